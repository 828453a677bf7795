"""A whole day, played on this machine: the shop, the local cloud, the ERP and its till.

`python -m tests.day` plays it from nothing and prints what happened; `Day` is what the end-to-end
tests are made of.
"""

from .play import Day
from .programs import ShopProcess, Till

__all__ = ["Day", "ShopProcess", "Till"]
