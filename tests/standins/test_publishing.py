"""The publishing contract, and what a customer sees of it."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from .money import french_money
from .shop_pages import status
from .support import Client, running

Json = dict[str, Any]
PDF = b"%PDF-1.7 une facture"


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Client]:
    with running(tmp_path, count=5) as client:
        yield client


def _invoice(pdf: bytes = PDF, **changes: Any) -> Json:
    body: Json = {
        "customer_id": 2, "kind": "invoice", "issued_on": "2026-11-24", "due_on": "2026-12-24", "currency": "EUR",
        "gross": "1242.03", "due": "40.00", "sha256": hashlib.sha256(pdf).hexdigest(),
        "pdf": base64.b64encode(pdf).decode(),
    }  # fmt: skip
    return body | changes


def _put(shop: Client, number: str = "F2026-000001", **changes: Any) -> int:
    return shop.api("PUT", f"/passerelle/v1/invoices/{number}", _invoice(**changes)).status


def test_customers_are_found_by_erp_code_and_some_have_no_account(shop: Client) -> None:
    people = shop.control("GET", "customers")
    assert shop.api("GET", "/passerelle/v1/customers", erp_code="C00001").json() == {"customer_id": 2, "erp_code": "C00001"}
    without = next(person["erp_code"] for person in people if person["customer_id"] is None)
    for code in (without, "C99999", "c00001", "C1", "C00001 "):
        reply = shop.api("GET", "/passerelle/v1/customers", erp_code=code)
        assert reply.status == 404 and reply.json()["code"] == "passerelle_no_such_customer"


def test_the_same_invoice_again_changes_nothing_and_another_is_a_conflict(shop: Client) -> None:
    assert [_put(shop), _put(shop)] == [201, 200]
    assert _put(shop, pdf=b"%PDF-1.7 autre") == 409
    assert _put(shop, gross="1242.04") == 409
    assert _put(shop, customer_id=3) == 409
    figures = shop.control("GET", "stats")["invoices"]
    assert (figures["count"], figures["gross_cents"]) == (1, 124203)
    assert figures["attempts"] == {"created": 1, "repeated": 1, "conflicts": 3, "no_customer": 0}


def test_what_is_out_of_form_is_refused(shop: Client) -> None:
    assert _put(shop, customer_id=99_999) == 404
    assert _put(shop, sha256="0" * 64) == 422
    assert _put(shop, pdf=b"x" * (5 * 1024 * 1024 + 1)) == 413
    for wrong in ({"kind": "bill"}, {"gross": "12.5"}, {"due": 40.0}, {"issued_on": "24/11/2026"}, {"currency": "USD"},
                  {"customer_id": "2"}):  # fmt: skip
        assert _put(shop, **wrong) == 400, wrong
    body = _invoice()
    del body["due"]
    assert shop.api("PUT", "/passerelle/v1/invoices/F1", body).status == 400
    assert shop.send("PUT", "/wp-json/passerelle/v1/invoices/F1", b"{}").status == 401
    assert shop.control("GET", "stats")["invoices"]["count"] == 0


def test_a_number_with_a_slash_is_one_number(shop: Client) -> None:
    assert _put(shop, "F2026%2F0001") == 201
    listed = shop.api("GET", "/passerelle/v1/invoices", customer_id="2", per_page="100")
    assert [entry["number"] for entry in listed.json()] == ["F2026/0001"]
    assert shop.control("GET", "invoices") == listed.json()
    assert "pdf" not in listed.json()[0] and listed.headers["x-wp-total"] == "1"


def test_a_killed_shop_still_has_its_invoices(tmp_path: Path) -> None:
    with running(tmp_path, count=5) as client:
        assert _put(client) == 201
    (tmp_path / "invoices" / "F2026-000009.pdf").write_bytes(b"half an invoice: its entry never came")
    with running(tmp_path, count=5) as client:
        assert _put(client) == 200
        assert _put(client, "F2026-000009") == 201


def _sign_in(shop: Client, person: Json, password: str | None = None) -> Any:
    form = urlencode({"email": person["email"], "password": password or person["password"]}).encode()
    return shop.send("POST", "/mon-compte/", form, {"Content-Type": "application/x-www-form-urlencoded"})


def test_a_customer_sees_and_downloads_only_his_own(shop: Client) -> None:
    people = shop.control("GET", "customers")
    _put(shop)
    _put(shop, "A2026-000001", kind="credit_note", due_on=None)
    _put(shop, "F2026-000002", customer_id=3)
    reply = _sign_in(shop, people[0])
    assert reply.status == 303 and reply.headers["location"] == "/mon-compte/factures/"
    cookie = reply.headers["set-cookie"]
    assert "HttpOnly" in cookie and "SameSite=Lax" in cookie
    session = {"Cookie": cookie.split(";")[0]}
    page = shop.send("GET", "/mon-compte/factures/", headers=session).data.decode()
    assert "F2026-000001" in page and "F2026-000002" not in page
    assert "1\u202f242,03\u00a0€" in page and "−1\u202f242,03\u00a0€" in page and "24/12/2026" in page
    own = shop.send("GET", "/mon-compte/factures/F2026-000001.pdf", headers=session)
    assert (own.status, own.data, own.headers["content-type"]) == (200, PDF, "application/pdf")
    for other in ("F2026-000002", "F2026-000404", "..%2F..%2Forders"):
        assert shop.send("GET", f"/mon-compte/factures/{other}.pdf", headers=session).status == 404
    shop.send("POST", "/mon-compte/deconnexion", headers=session)
    assert shop.send("GET", "/mon-compte/factures/F2026-000001.pdf", headers=session).status == 303


def test_nobody_gets_in_without_his_password(shop: Client) -> None:
    people = shop.control("GET", "customers")
    _put(shop)
    assert _sign_in(shop, people[0], people[1]["password"]).status == 401
    assert _sign_in(shop, {"email": "<b>@x", "password": "é"}).status == 401
    for path in ("/mon-compte/factures/", "/mon-compte/factures/F2026-000001.pdf"):
        reply = shop.send("GET", path)
        assert reply.status == 303 and reply.headers["location"] == "/mon-compte/"
        forged = shop.send("GET", path, headers={"Cookie": "passerelle_session=x"})
        assert forged.status == 303


def test_names_are_shown_as_text(shop: Client) -> None:
    person = next(p for p in shop.control("GET", "customers") if p["company"] == 'Restaurant "Le 12"')
    session = {"Cookie": _sign_in(shop, person).headers["set-cookie"].split(";")[0]}
    page = shop.send("GET", "/mon-compte/factures/", headers=session).data.decode()
    assert "Restaurant &quot;Le 12&quot;" in page and "Aucune facture" in page


def test_money_and_states_are_french() -> None:
    assert french_money(-123456789) == "−1\u202f234\u202f567,89\u00a0€"
    today = date(2026, 11, 24)
    invoice = {"kind": "invoice", "due": "1.00", "due_on": "2026-11-23"}
    assert status(invoice, today)[1] == "En retard"
    assert status(invoice | {"due_on": "2026-11-24"}, today)[1] == "À régler"
    assert status(invoice | {"due": "0.00"}, today)[1] == "Réglée"
