"""The shop's orders: the world's day plus every change since, kept in a log that survives a kill.

The log has one line a change, appended and flushed under a lock; a last line cut off by a crash is
ignored, as its client never had a response.
"""

from __future__ import annotations

import json
import threading
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from . import catalog, woo_refund, world
from .customers import Customer
from .money import cents, euros
from .shop_http import Problem, dumps
from .woo_order import Draft, build, local_and_gmt, with_quantities
from .woo_refund import RefundPart

Json = dict[str, Any]


def now() -> datetime:
    """This second, as the shop stamps it."""
    return datetime.now(UTC).replace(microsecond=0)


def parse_gmt(text: str | None) -> datetime:
    """A GMT time of a control request; nothing is now."""
    if not text:
        return now()
    return datetime.fromisoformat(text.removesuffix("Z")).replace(tzinfo=UTC)


class Orders:
    """All orders by id, with their refunds and notes. Every method is safe to call from any thread."""

    def __init__(self, day: date, seed: int, count: int, base_url: str, broken: bool, state: Path) -> None:
        self.lock = threading.RLock()
        self.base_url = base_url
        made = world.orders(day, seed, count, base_url, broken)
        self._orders: dict[int, Json] = {order["id"]: order for order in made.orders}
        self._refunds: dict[int, list[Json]] = made.refunds
        self._notes: dict[int, list[Json]] = {}
        self.broken = made.broken
        self._bytes: dict[int, bytes] = {}
        self._log = state / "orders.jsonl"
        self._replay()

    def _replay(self) -> None:
        if not self._log.exists():
            return
        kept = 0
        with self._log.open("rb") as log:
            for line in log:
                if not line.endswith(b"\n"):
                    break
                kept += len(line)
                change = json.loads(line)
                self._orders[change["order"]["id"]] = change["order"]
                self._refunds[change["order"]["id"]] = change["refunds"]
                self._notes[change["order"]["id"]] = change.get("notes", [])
        with self._log.open("r+b") as log:
            log.truncate(kept)

    def all(self) -> list[Json]:
        """All orders as they stand. Not to be changed."""
        with self.lock:
            return list(self._orders.values())

    def get(self, order: int) -> Json:
        """One order.

        Raises Problem (404) when there is none.
        """
        with self.lock:
            if order not in self._orders:
                raise Problem(404, "woocommerce_rest_shop_order_invalid_id", "Invalid ID.")
            return self._orders[order]

    def refunds(self, order: int) -> list[Json]:
        """An order's refunds, newest first; none of a trashed order."""
        with self.lock:
            if self.get(order)["status"] == "trash":
                return []
            return list(reversed(self._refunds.get(order, [])))

    def notes(self, order: int) -> list[Json]:
        """An order's notes, newest first."""
        with self.lock:
            self.get(order)
            return list(reversed(self._notes.get(order, [])))

    def add_note(self, order: int, text: str, customer_note: bool, at: datetime) -> Json:
        """Writes a note on an order; that does not touch the order."""
        with self.lock:
            before = self._notes.get(order, [])
            local, gmt = local_and_gmt(at)
            note = {
                "id": 10 * order + len(before),
                "author": "system",
                "date_created": local,
                "date_created_gmt": gmt,
                "note": text,
                "customer_note": customer_note,
            }
            self._notes[order] = [*before, note]
            self.save(self.get(order))
            return note

    def body(self, order: int) -> bytes:
        """An order as JSON, made once a change."""
        with self.lock:
            if order not in self._bytes:
                self._bytes[order] = dumps(self.get(order))
            return self._bytes[order]

    def save(self, order: Json, refunds: list[Json] | None = None) -> None:
        """Puts an order in place of what was there, and into the log."""
        with self.lock:
            identifier = order["id"]
            if refunds is not None:
                self._refunds[identifier] = refunds
            change = {"order": order, "refunds": self._refunds.get(identifier, [])}
            if identifier in self._notes:
                change["notes"] = self._notes[identifier]
            with self._log.open("ab") as log:
                log.write(json.dumps(change, separators=(",", ":")).encode() + b"\n")
            self._orders[identifier] = order
            self._bytes.pop(identifier, None)

    def change(self, order: int, fields: Json, at: datetime, touch: bool) -> Json:
        """Replaces fields of an order; meta data is merged by key. `touch` sets its time of change."""
        with self.lock:
            changed: Json = json.loads(json.dumps(self.get(order)))
            for name, value in fields.items():
                if name == "meta_data":
                    _merge_meta(changed, value)
                else:
                    changed[name] = value
            if touch:
                changed["date_modified"], changed["date_modified_gmt"] = local_and_gmt(at)
            self.save(changed)
            return changed

    def edit_lines(self, order: int, quantities: dict[str, Decimal], at: datetime) -> Json:
        """Other quantities of an order's articles; none takes the line off."""
        with self.lock:
            known = self.get(order)
            if known["coupon_lines"] or known["refunds"]:
                raise Problem(400, "standin_order", "the order has a coupon or a refund, so its lines cannot be edited")
            names = ("line_items", "tax_lines", "cart_tax", "total", "total_tax")
            edited = with_quantities(known, quantities)
            return self.change(order, {name: edited[name] for name in names}, at, touch=True)

    def refund(self, order: int, wish: Json, at: datetime) -> Json:
        """Gives money back on an order: `{"amount"?, "reason"?, "line_items"?}`, the lines' sum where no amount is
        named. Refunding all of it changes the order's state, as in the shop."""
        with self.lock:
            changed = json.loads(json.dumps(self.get(order)))
            parts = _parts_of(changed, wish.get("line_items", []))
            amount = cents(wish["amount"]) if "amount" in wish else sum(part.net + part.vat for part in parts)
            if not 0 < amount <= cents(changed["total"]) - woo_refund.refunded(changed):
                raise Problem(400, "woocommerce_rest_invalid_order_refund", "Invalid refund amount.")
            before = self._refunds.get(order, [])
            identifier = world.REFUND_ID_OFFSET + order + 100_000 * len(before)
            made = woo_refund.build(changed, identifier, at, wish.get("reason", ""), amount, parts)
            woo_refund.attach(changed, made, at)
            if woo_refund.refunded(changed) == cents(changed["total"]):
                changed["status"] = "refunded"
            self.save(changed, [*before, made])
            return made

    def place(
        self, customer: Customer, lines: list[tuple[str, Decimal]], shipping: int, at: datetime, **more: Any
    ) -> Json:
        """A new order of a customer."""
        with self.lock:
            articles = [(catalog.BY_CODE[code], qty) for code, qty in lines]
            draft = Draft(
                id=max(self._orders) + 1,
                customer=customer,
                created=at,
                modified=at,
                lines=articles,
                shipping=("flat_rate", "Livraison", shipping),
                payment_method="card",
                **more,
            )
            order = build(draft, self.base_url)
            self.save(order, [])
            return order

    def figures(self) -> Json:
        """What a test compares with: counts, and sums in cents after refunds. `to_export` are all
        sales; `sound` those of them whose parts add up, `broken` the others' ids."""
        with self.lock:
            every = self.all()
            sales = [order for order in every if world.exportable(order)]
            sound = [order for order in sales if world.adds_up(order)]
            by_status: dict[str, int] = {}
            for order in every:
                by_status[order["status"]] = by_status.get(order["status"], 0) + 1
            return {
                "count": len(every),
                "by_status": by_status,
                "to_export": len(sales),
                "to_export_cents": sum(world.net_of_refunds(order) for order in sales),
                "sound": len(sound),
                "sound_cents": sum(world.net_of_refunds(order) for order in sound),
                "refunded_cents": sum(woo_refund.refunded(order) for order in sales),
                "with_refunds": sum(bool(order["refunds"]) for order in sales),
                "with_promotions": sum(bool(order["coupon_lines"]) for order in sales),
                "lines": sum(len(order["line_items"]) for order in sales),
                "accepted_by_erp": sum(_meta(order, "_erp_state") == "accepted" for order in every),
                "broken": [order["id"] for order in sales if not world.adds_up(order)],
            }


def _meta(order: Json, key: str) -> str:
    """An order's meta data of a key; empty where there is none."""
    return next((str(entry["value"]) for entry in order["meta_data"] if entry["key"] == key), "")


def _parts_of(order: Json, items: list[Json]) -> list[RefundPart]:
    """The parts of a refund request: `{"id", "quantity"?, "total"?, "total_tax"?}`; amounts left out
    are the line's whole, or its share by quantity."""
    charges = {item["id"]: item for kind in ("line_items", "shipping_lines", "fee_lines") for item in order[kind]}
    parts = []
    for item in items:
        charge = charges[int(item["id"])]
        whole = Decimal(str(charge.get("quantity", 1)))
        back = Decimal(str(item.get("quantity", whole)))
        share = back / whole
        net = item.get("total") or euros(cents(Decimal(charge["total"]) * share))
        vat = item.get("total_tax") or euros(cents(Decimal(charge["total_tax"]) * share))
        parts.append(RefundPart(charge["id"], back, cents(net), cents(vat)))
    return parts


def _merge_meta(order: Json, entries: list[Json]) -> None:
    for entry in entries:
        for known in order["meta_data"]:
            if known["key"] == entry["key"]:
                known["value"] = entry["value"]
                break
        else:
            identifier = order["id"] * 1000 + 900 + len(order["meta_data"])
            order["meta_data"].append({"id": identifier, "key": entry["key"], "value": entry["value"]})
