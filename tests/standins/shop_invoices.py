"""Invoices in customers' accounts: the publishing contract that a plugin of the shop will offer.

A PDF is written first and its entry second, each under another name and then renamed, so that a
shop killed at any moment has an invoice wholly or not at all.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import threading
from collections.abc import Sequence
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any
from urllib.parse import quote

from werkzeug import Response

from .customers import Customer
from .files import replace
from .money import cents, sign
from .shop_http import Problem, Request, as_json, dumps, invalid, no_route, page_of

Json = dict[str, Any]
MAX_PDF = 5 * 1024 * 1024
"""The largest PDF the shop takes, in bytes."""
FIELDS = ("number", "customer_id", "kind", "issued_on", "due_on", "currency", "gross", "due", "sha256")


class Invoices:
    """What the shop holds, by number. Every method is safe to call from any thread."""

    def __init__(self, customers: Sequence[Customer], state: Path) -> None:
        self.lock = threading.RLock()
        self.folder = state / "invoices"
        self.folder.mkdir(parents=True, exist_ok=True)
        self.by_shop_id = {customer.shop_id: customer for customer in customers if customer.shop_id}
        self.by_code = {customer.code: customer for customer in customers}
        self.attempts = {"created": 0, "repeated": 0, "conflicts": 0, "no_customer": 0}
        self._held: dict[str, Json] = {}
        for entry in self.folder.glob("*.json"):
            invoice = json.loads(entry.read_bytes())
            self._held[invoice["number"]] = invoice

    def _path(self, number: str, suffix: str) -> Path:
        return self.folder / f"{quote(number, safe='')}.{suffix}"

    def put(self, number: str, body: Json) -> Response:
        """Takes an invoice: 201 new, 200 the same was there, 409 another is there."""
        invoice, pdf = _checked(number, body)
        with self.lock:
            if invoice["customer_id"] not in self.by_shop_id:
                self.attempts["no_customer"] += 1
                raise Problem(404, "passerelle_no_such_customer", "No customer has this id.")
            held = self._held.get(number)
            if held is not None and held != invoice:
                self.attempts["conflicts"] += 1
                different = sorted(name for name in FIELDS if held[name] != invoice[name])
                text = "Another invoice has this number."
                raise Problem(409, "passerelle_conflict", text, different=different)
            if held is not None:
                self.attempts["repeated"] += 1
                return as_json(held)
            replace(self._path(number, "pdf"), pdf)
            replace(self._path(number, "json"), json.dumps(invoice).encode())
            self._held[number] = invoice
            self.attempts["created"] += 1
            return as_json(invoice, 201)

    def of(self, customer: int | None) -> list[Json]:
        """A customer's invoices (everyone's without one), newest first."""
        with self.lock:
            found = [i for i in self._held.values() if customer is None or i["customer_id"] == customer]
        return sorted(found, key=lambda invoice: (invoice["issued_on"], invoice["number"]), reverse=True)

    def pdf(self, customer: int, number: str) -> bytes | None:
        """The PDF of one of a customer's own invoices."""
        with self.lock:
            invoice = self._held.get(number)
        if invoice is None or invoice["customer_id"] != customer:
            return None
        return self._path(number, "pdf").read_bytes()

    def figures(self) -> Json:
        """Counts, and sums in cents; credit notes count negative."""
        per_customer: dict[str, Json] = {}
        for invoice in self.of(None):
            code = self.by_shop_id[invoice["customer_id"]].code
            entry = per_customer.setdefault(code, {"invoices": 0, "gross_cents": 0})
            entry["invoices"] += 1
            entry["gross_cents"] += signed(invoice, "gross")
        return {
            "count": sum(entry["invoices"] for entry in per_customer.values()),
            "gross_cents": sum(entry["gross_cents"] for entry in per_customer.values()),
            "customers": len(per_customer),
            "attempts": dict(self.attempts),
            "per_customer": dict(sorted(per_customer.items())),
        }


def signed(invoice: Json, field: str) -> int:
    """An amount of an invoice in cents, negative on a credit note."""
    return cents(invoice[field]) * sign(invoice)


def _checked(number: str, body: Json) -> tuple[Json, bytes]:
    """The entry and PDF of a request whose fields are all in form."""
    for name in (*FIELDS[1:], "pdf"):
        if name not in body:
            raise Problem(400, "rest_missing_callback_param", f"Missing parameter(s): {name}", params=[name])
    if set(body) - {*FIELDS, "pdf"}:
        raise invalid(sorted(set(body) - {*FIELDS, "pdf"})[0], "Unknown parameter.")
    if not number or len(number) > 35:
        raise invalid("number", "1 to 35 characters")
    if type(body["customer_id"]) is not int:
        raise invalid("customer_id", "customer_id is not of type integer.", "rest_invalid_type")
    if body["kind"] not in ("invoice", "credit_note"):
        raise invalid("kind", "kind is not one of invoice and credit_note.", "rest_not_in_enum")
    for name in ("issued_on", "due_on"):
        _check_date(name, body[name], required=name == "issued_on")
    for name in ("gross", "due"):
        _check_amount(name, body[name])
    if body["currency"] != "EUR":
        raise invalid("currency", "currency is not one of EUR.", "rest_not_in_enum")
    try:
        pdf = base64.b64decode(body["pdf"], validate=True)
    except (binascii.Error, ValueError, TypeError):
        raise invalid("pdf", "pdf is not base64.") from None
    if len(pdf) > MAX_PDF:
        raise Problem(413, "passerelle_too_large", "The PDF is larger than 5 MB.")
    if hashlib.sha256(pdf).hexdigest() != body["sha256"]:
        raise Problem(422, "passerelle_wrong_hash", "sha256 is not the hash of the PDF.")
    invoice = {name: body[name] for name in FIELDS[1:]}
    return {"number": number, **invoice}, pdf


def _check_date(name: str, value: Any, required: bool) -> None:
    if value is None and not required:
        return
    try:
        if len(value) != 10:
            raise ValueError(value)
        date.fromisoformat(value)
    except (TypeError, ValueError):
        raise invalid(name, "Invalid date.", "rest_invalid_date") from None


def _check_amount(name: str, value: Any) -> None:
    try:
        amount = Decimal(value) if isinstance(value, str) else None
    except InvalidOperation:
        amount = None
    if amount is None or not amount.is_finite() or amount.as_tuple().exponent != -2:
        raise invalid(name, f"{name} is an amount with two decimals, as a string.")


def handle(invoices: Invoices, request: Request) -> Response:
    """Everything below `/wp-json/passerelle/v1/`, already authenticated."""
    query = request.query
    match request.method, request.segments[3:]:
        case "GET", ["customers"]:
            customer = invoices.by_code.get(query.get("erp_code", ""))
            if customer is None or customer.shop_id is None:
                raise Problem(404, "passerelle_no_such_customer", "No customer has this ERP code.")
            return as_json({"customer_id": customer.shop_id, "erp_code": customer.code})
        case "GET", ["invoices"]:
            text = query.get("customer_id")
            if text is not None and not text.isdigit():
                raise invalid("customer_id", "customer_id is not of type integer.", "rest_invalid_type")
            found = invoices.of(int(text) if text is not None else None)
            return page_of(request, [dumps(invoice) for invoice in found])
        case (("PUT" | "POST"), ["invoices", number]):
            return invoices.put(number, request.object())
    raise no_route()
