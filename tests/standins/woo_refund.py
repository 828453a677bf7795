"""Refunds as WooCommerce shows them: apart from the order, with negative lines that name the
refunded line in `_refunded_item_id`, and as a summary in the order itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from .money import cents, euros
from .woo_order import local_and_gmt, number

Json = dict[str, Any]


@dataclass(frozen=True)
class RefundPart:
    """What goes back of one line, shipping line or fee: cents, positive."""

    id: int
    quantity: Decimal
    net: int
    vat: int


def _negative(item: Json, part: RefundPart, place: int, refund: int) -> Json:
    """The refund's counterpart of a line or charge."""
    minus_net, minus_vat = euros(-part.net), euros(-part.vat)
    mirrored: Json = {**item, "id": refund * 100 + place, "total": minus_net, "total_tax": minus_vat}
    mirrored["taxes"] = [{**tax, "total": minus_vat} for tax in item["taxes"]]
    mirrored["meta_data"] = [
        {
            "id": refund * 1000 + place,
            "key": "_refunded_item_id",
            "value": str(item["id"]),
            "display_key": "_refunded_item_id",
            "display_value": str(item["id"]),
        }
    ]
    if "quantity" in item:
        mirrored["quantity"] = number(-part.quantity)
        mirrored["subtotal"], mirrored["subtotal_tax"] = minus_net, minus_vat
        mirrored["taxes"] = [{**tax, "subtotal": minus_vat} for tax in mirrored["taxes"]]
        mirrored["price"] = number(Decimal(-part.net) / 100 / (part.quantity or 1))
    return mirrored


def build(order: Json, refund: int, at: datetime, reason: str, amount: int, parts: list[RefundPart]) -> Json:
    """A refund of `amount` cents, with what its lines say (nothing: only money goes back)."""
    created, created_gmt = local_and_gmt(at)
    by_id = {part.id: part for part in parts}
    mirrored: dict[str, list[Json]] = {}
    place = 0
    for kind in ("line_items", "shipping_lines", "fee_lines"):
        mirrored[kind] = []
        for item in order[kind]:
            if item["id"] in by_id:
                place += 1
                mirrored[kind].append(_negative(item, by_id[item["id"]], place, refund))
    href = str(order["_links"]["self"][0]["href"])
    return {
        "id": refund,
        "parent_id": order["id"],
        "date_created": created,
        "date_created_gmt": created_gmt,
        "amount": euros(amount),
        "reason": reason,
        "refunded_by": 1,
        "refunded_payment": False,
        "meta_data": [],
        "line_items": mirrored["line_items"],
        "shipping_lines": mirrored["shipping_lines"],
        "tax_lines": [],
        "fee_lines": mirrored["fee_lines"],
        "_links": {
            "self": [{"href": f"{href}/refunds/{refund}"}],
            "collection": [{"href": f"{href}/refunds"}],
            "up": [{"href": href}],
        },
    }


def attach(order: Json, refund: Json, at: datetime) -> None:
    """Puts the refund's summary into its order and touches the order, as the shop does."""
    summary = {"id": refund["id"], "reason": refund["reason"], "total": euros(-cents(refund["amount"]))}
    order["refunds"] = [*order["refunds"], summary]
    order["date_modified"], order["date_modified_gmt"] = local_and_gmt(at)


def refunded(order: Json) -> int:
    """What was given back on an order, in cents."""
    return -sum(cents(summary["total"]) for summary in order["refunds"])
