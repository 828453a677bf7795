"""The night's second thoughts: what customers, shop and ERP change after orders were exported.

The customers' wishes are the same every time, so that the day's figures are.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

from .play import Day

QUANTITIES, LINES, CANCELLED, REFUNDED, REFUNDED_WHOLE = 5, 4, 3, 4, 1
"""How many orders get another quantity, lose a line, are cancelled, get money back for a line, for everything."""


@dataclass
class Changes:
    """Who is refused at first, and what was changed how often."""

    blocked: dict
    mistyped: dict
    made: Counter[str] = field(default_factory=Counter)
    fixed: int = 0


def plan(day: Day) -> tuple[Changes, list[dict]]:
    """Choose the orders, before anything is exported: the first has a customer that the ERP blocks, the second will
    get a wrong date, the others change."""
    every = day.shop.ask("orders")
    orders_of = Counter(order["customer_id"] for order in every)
    plain = [order for order in every if _is_plain(order) and orders_of[order["customer_id"]] == 1]
    return Changes(blocked=plain[0], mistyped=plain[1]), plain[2:]


def _is_plain(order: dict) -> bool:
    extra = order["coupon_lines"] or order["refunds"] or any(meta["key"] == "_payments" for meta in order["meta_data"])
    return order["status"] == "processing" and len(order["line_items"]) > 3 and not extra


def change(day: Day, changes: Changes, plain: list[dict]) -> None:
    """Orders change in the shop, which the next fetch sees. None does where the ERP's layout has no changes."""
    if not day.erp_takes_changes:
        return
    left = iter(plain)

    def each(what: str, count: int, wish) -> None:
        for _ in range(count):
            order = next(left)
            day.shop.ask("orders", {"id": order["id"], **wish(order)})
            changes.made[what] += 1

    def other_quantity(order: dict) -> dict:
        line = order["line_items"][0]
        return {"quantities": {line["sku"]: str(Decimal(str(line["quantity"])) + 1)}}

    def refund(order: dict) -> dict:
        return {"refund": {"reason": "Produit abîmé", "line_items": [{"id": order["line_items"][1]["id"]}]}}

    each("other quantity", QUANTITIES, other_quantity)
    each("line taken off", LINES, lambda order: {"quantities": {order["line_items"][0]["sku"]: "0"}})
    each("cancelled", CANCELLED, lambda order: {"set": {"status": "cancelled"}})
    each("refunded in part", REFUNDED, refund)
    each("refunded whole", REFUNDED_WHOLE, lambda order: {"refund": {"amount": order["total"], "reason": "Geste commercial"}})
    # A year too late: the ERP will not take it.
    _wish_for(day, changes.mistyped, day.day + timedelta(days=365))
    changes.made["another date"] += 1


def fix(day: Day, changes: Changes) -> None:
    """What the ERP refused is fixed where the fault was: in the ERP and replayed, and in the shop and saved."""
    day.till.unblock(_erp_code(changes.blocked))
    day.operator("quarantine", "replay", f"rungis/{changes.blocked['id']}")
    changes.fixed = 1
    if changes.made:
        _wish_for(day, changes.mistyped, day.day + timedelta(days=1))
        changes.fixed = 2


def block(day: Day, changes: Changes) -> None:
    """The ERP's people block a customer, who has ordered."""
    day.till.block(_erp_code(changes.blocked))


def _wish_for(day: Day, order: dict, wanted: date) -> None:
    meta = [{"key": "_delivery_date", "value": wanted.isoformat()}]
    day.shop.ask("orders", {"id": order["id"], "set": {"meta_data": meta}})


def _erp_code(order: dict) -> str:
    return next(meta["value"] for meta in order["meta_data"] if meta["key"] == "_erp_code")
