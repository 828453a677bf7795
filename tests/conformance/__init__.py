"""Whether every kind of invoice is what it says: Factur-X, EN 16931, French rules, PDF/A-3b."""
