"""What the ERP asks of a change to an order that it has: a replacement, or a cancellation."""

from __future__ import annotations

from typing import Any

from .import_checks import Fault, Masters, check, customer_of
from .import_file import ImportedOrder
from .layout import ACTIONS, Layout

Json = dict[str, Any]


def action_of(order: ImportedOrder) -> str:
    """Whether an order is `new`, or is to `replace` or `cancel` one; empty for a word that the ERP does not know."""
    if "order.action words" in order.header:
        words: list[str] = order.header["order.action words"]
        return words[0] if words else ""
    return str(order.header.get("order.action", "new"))


def check_change(order: ImportedOrder, action: str, known: Json | None, layout: Layout, masters: Masters) -> list[Fault]:
    """Everything that is wrong with a change of the order that the ERP has as `known`."""
    faults = list(order.faults) if action == "cancel" else check(order, layout, masters)

    def wrong(reason: str) -> None:
        faults.append((order.line, reason))

    if action not in ACTIONS[layout.policy["amendments"]]:
        wrong(f"{order.header.get('order.action')!r} is nothing that the ERP can do with an order")
    if action == "cancel" and not order.faults:
        _check_cancellation(order, wrong)
    if known is None:
        wrong("the ERP has no such order to change")
        return faults
    if known["cancelled"]:
        wrong("the order is cancelled and cannot be changed")
    if known["invoiced_on"]:
        wrong(f"the order is invoiced since {known['invoiced_on']}: only a credit note changes it")
    if customer_of(order) != known["customer"]:
        wrong(f"the order is {known['customer']}'s, and cannot become {customer_of(order)!r}'s")
    return faults


def _check_cancellation(order: ImportedOrder, wrong: Any) -> None:
    """Of a cancelled order nothing is left: no line, no payment, no amount."""
    if order.lines or order.payments:
        wrong("a cancellation with lines or payments")
    for source in ("order.net", "order.vat", "order.total"):
        if order.header.get(source):
            wrong(f"a cancellation with {source} of {order.header[source]} cents")
