"""Stand-ins for the two systems that Passerelle connects: a web shop and an ERP with its till.

They are programs of their own (`python -m tests.standins.shop`, `python -m tests.standins.till`),
speak only HTTP and files, and share no code with the product: they read the same layouts and
captures, but with their own eyes.
"""
