"""`/_standin/`: what tests ask of the shop and change in it, unauthenticated, on loopback only.

| request | does |
|---|---|
| `GET stats` | counts and sums in cents of orders and invoices, requests by route and status |
| `GET invoices` | all invoices in accounts, newest first, without their PDFs |
| `GET customers` | all customers with e-mail, password, ERP code and id in the shop |
| `GET orders` | all orders as they stand |
| `GET orders/<id>` | an order and its refunds, whatever its state |
| `POST faults` | a fault (see `shop_faults`); `DELETE faults` forgets those still waiting |
| `POST orders` | adds or changes an order, below |

An order is changed by `{"id", "set": {…}, "silent"?}` (fields as they are, meta data by key; silent does
not touch the time of change), edited by `{"id", "quantities": {sku: quantity}}` (0 takes a line off), given
money back on by `{"id", "refund": {"amount"?, "reason"?,
"line_items"?: [{"id", "quantity"?, "total"?, "total_tax"?}]}}`, added by `{"new": {"erp_code",
"lines": [{"sku", "quantity"}], "shipping"?, "status"?, "note"?, "wanted_on"?}}`; each with
`"modified"`, a GMT time, now where it is left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from werkzeug import Response

from . import catalog
from .customers import Customer
from .money import cents
from .shop_faults import Faults
from .shop_http import Problem, Request, as_json, no_route
from .shop_invoices import Invoices
from .shop_orders import Orders, parse_gmt

Json = dict[str, Any]


@dataclass
class Control:
    """What the control endpoints reach."""

    orders: Orders
    invoices: Invoices
    faults: Faults
    customers: Sequence[Customer]
    seed: int
    day: str
    requests: dict[str, int]

    def stats(self) -> Json:
        """The shop's figures."""
        return {
            "day": self.day,
            "seed": self.seed,
            "orders": self.orders.figures(),
            "invoices": self.invoices.figures(),
            "customers": {
                "all": len(self.customers),
                "with_account": sum(customer.shop_id is not None for customer in self.customers),
            },
            "requests": dict(sorted(self.requests.items())),
            "faults": {"fired": self.faults.fired, "waiting": self.faults.waiting()},
        }

    def listed(self) -> list[Json]:
        """The customers as tests need them."""
        return [
            {
                "erp_code": customer.code,
                "customer_id": customer.shop_id,
                "company": customer.company,
                "email": customer.email,
                "password": customer.password(self.seed) if customer.shop_id else None,
                "orders_on_web": customer.orders_on_web,
            }
            for customer in self.customers
        ]

    def change(self, wish: Json) -> Response:
        """Adds or changes an order."""
        at = parse_gmt(wish.get("modified"))
        if "new" in wish:
            new = wish["new"]
            customer = self.invoices.by_code.get(new["erp_code"])
            unknown = [line["sku"] for line in new["lines"] if line["sku"] not in catalog.BY_CODE]
            if customer is None or unknown:
                raise Problem(400, "standin_order", f"no such customer, or no such articles: {unknown}")
            lines = [(line["sku"], Decimal(str(line["quantity"]))) for line in new["lines"]]
            more = {name: new[name] for name in ("status", "note", "wanted_on") if name in new}
            return as_json(self.orders.place(customer, lines, cents(new.get("shipping", "0")), at, **more), 201)
        order = int(wish["id"])
        if "quantities" in wish:
            quantities = {sku: Decimal(str(quantity)) for sku, quantity in wish["quantities"].items()}
            return as_json(self.orders.edit_lines(order, quantities, at))
        if "refund" in wish:
            return as_json(self.orders.refund(order, wish["refund"], at), 201)
        return as_json(self.orders.change(order, wish["set"], at, not wish.get("silent", False)))

    def handle(self, request: Request) -> Response:
        """Everything below `/_standin/`."""
        match request.method, request.segments[1:]:
            case "GET", ["stats"]:
                return as_json(self.stats())
            case "GET", ["customers"]:
                return as_json(self.listed())
            case "GET", ["invoices"]:
                return as_json(self.invoices.of(None))
            case "GET", ["orders"]:
                return as_json(self.orders.all())
            case "GET", ["orders", order] if order.isdigit():
                found = self.orders.get(int(order))
                return as_json({"order": found, "refunds": self.orders.refunds(int(order))})
            case "POST", ["faults"]:
                self.faults.add(request.object())
                return as_json({"waiting": self.faults.waiting()}, 201)
            case "DELETE", ["faults"]:
                self.faults.clear()
                return as_json({"waiting": 0})
            case "POST", ["orders"]:
                try:
                    return self.change(request.object())
                except (KeyError, ValueError, ArithmeticError, TypeError) as error:
                    raise Problem(400, "standin_order", f"{type(error).__name__}: {error}") from error
        raise no_route()
