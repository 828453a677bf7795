"""An order as WooCommerce 11 shows it over REST, field for field, with WooCommerce's arithmetic.

Tax is rounded a line and then summed; coupons take whole cents off the lines before tax: each line's
share is rounded down, and what is missing of the coupon's share of the cart (half a cent rounded
down, as WooCommerce does where prices are without tax) is taken a cent a line from the first on.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import ROUND_HALF_DOWN, Decimal
from hashlib import sha256
from typing import Any
from zoneinfo import ZoneInfo

from .catalog import BY_CODE, Article
from .customers import Customer
from .money import cents, euros, plain, spread, times, vat_on

PARIS = ZoneInfo("Europe/Paris")
Json = dict[str, Any]

# VAT rate -> tax class, rate id, label, rate code: the captured ones, and 10 % in their image.
TAXES: dict[Decimal, tuple[str, int, str, str]] = {
    Decimal("5.5"): ("reduced-rate", 1, "TVA 5,5%", "FR-TVA 5,5%-1"),
    Decimal(20): ("", 2, "TVA 20%", "FR-TVA 20%-1"),
    Decimal(10): ("intermediate-rate", 3, "TVA 10%", "FR-TVA 10%-1"),
}
PAYMENT_TITLES = {
    "bacs": "Virement",
    "card": "Carte bancaire",
    "sepa": "Prélèvement SEPA",
    "paypal": "PayPal",
    "cod": "Paiement à la livraison",
    "gift_card": "Bon d’achat",
}


@dataclass(frozen=True)
class Coupon:
    """A promotion code: a percentage, or euros off the cart."""

    code: str
    kind: str
    amount: Decimal


@dataclass
class Draft:
    """What a customer put together, before the shop does its sums."""

    id: int
    customer: Customer
    created: datetime
    modified: datetime
    lines: list[tuple[Article, Decimal]]
    status: str = "processing"
    coupons: list[Coupon] = field(default_factory=list)
    shipping: tuple[str, str, int] = ("flat_rate", "Livraison", 0)
    fees: list[tuple[str, Decimal, int]] = field(default_factory=list)
    payment_method: str = "bacs"
    extra_payments: list[Json] = field(default_factory=list)
    note: str = ""
    wanted_on: str = ""


@dataclass
class _Line:
    article: Article
    quantity: Decimal
    subtotal: int
    total: int


def number(value: Decimal) -> int | float:
    """A JSON number as PHP writes it: whole ones without a point."""
    return int(value) if value == value.to_integral_value() else float(value)


def _whole(value: float) -> int | float:
    return int(value) if value.is_integer() else value


def local_and_gmt(instant: datetime | None) -> tuple[str | None, str | None]:
    """A time as the two texts WooCommerce shows: the site's and GMT, both without zone."""
    if instant is None:
        return None, None
    form = "%Y-%m-%dT%H:%M:%S"
    return instant.astimezone(PARIS).strftime(form), instant.astimezone(UTC).strftime(form)


def _apply_coupon(coupon: Coupon, lines: list[_Line]) -> int:
    """Takes a coupon off the lines' totals; returns what it took, in cents."""
    cart = sum(line.subtotal for line in lines)
    if coupon.kind == "percent":
        share = coupon.amount / 100
        wanted = int((cart * share).quantize(Decimal(1), rounding=ROUND_HALF_DOWN))
        parts = [int(line.subtotal * share) for line in lines]
    else:
        wanted = min(cents(coupon.amount), sum(line.total for line in lines))
        parts = spread(wanted, [line.subtotal for line in lines])
    taken = 0
    for line, part in zip(lines, parts, strict=True):
        part = min(part, line.total)
        line.total -= part
        taken += part
    for line in lines:
        if taken < wanted and line.total > 0:
            line.total -= 1
            taken += 1
    return taken


def _meta(identifier: int, key: str, value: Any) -> Json:
    return {"id": identifier, "key": key, "value": value, "display_key": key, "display_value": value}


def _address(customer: Customer, delivery: bool) -> Json:
    line1, postcode, city = customer.line1, customer.postcode, customer.city
    line2 = customer.line2
    if delivery:
        if customer.delivery is None:
            blank = ("first_name", "last_name", "company", "address_1", "address_2", "city", "state", "postcode")
            return dict.fromkeys((*blank, "country", "phone"), "")
        (line1, postcode, city), line2 = customer.delivery, ""
    return {
        "first_name": customer.first_name,
        "last_name": customer.last_name,
        "company": customer.company,
        "address_1": line1,
        "address_2": line2,
        "city": city,
        "state": "",
        "postcode": postcode,
        "country": "FR",
        **({} if delivery else {"email": customer.email}),
        "phone": customer.phone,
    }


def _line_item(order: int, place: int, line: _Line) -> Json:
    tax_class, rate_id, _, _ = TAXES[line.article.vat_rate]
    tax, subtotal_tax = vat_on(line.total, line.article.vat_rate), vat_on(line.subtotal, line.article.vat_rate)
    return {
        "id": order * 100 + place,
        "name": line.article.label,
        "product_id": 10 + sum(line.article.code.encode()),
        "variation_id": 0,
        "quantity": number(line.quantity),
        "tax_class": tax_class,
        "subtotal": euros(line.subtotal),
        "subtotal_tax": euros(subtotal_tax),
        "total": euros(line.total),
        "total_tax": euros(tax),
        "taxes": [{"id": rate_id, "total": euros(tax), "subtotal": euros(subtotal_tax)}],
        "meta_data": [_meta(order * 1000 + 100 + place, "_unit", line.article.unit)],
        "sku": line.article.code,
        "global_unique_id": "",
        # A float's quotient, as PHP makes it: 36.05 / 3 is 12.016666666666666.
        "price": _whole(float(euros(line.total)) / float(line.quantity)),
        "image": {"id": "", "src": ""},
        "parent_name": None,
    }


def _charge(identifier: int, net: int, rate: Decimal) -> Json:
    tax = vat_on(net, rate)
    taxes = [{"id": TAXES[rate][1], "total": euros(tax), "subtotal": ""}] if rate and net else []
    return {"id": identifier, "total": euros(net), "total_tax": euros(tax), "taxes": taxes}


def _shipping_line(identifier: int, draft: Draft) -> Json:
    method, title, net = draft.shipping
    charge = _charge(identifier, net, Decimal(20))
    return {
        "id": identifier,
        "method_title": title,
        "method_id": method,
        "instance_id": "",
        "total": charge["total"],
        "total_tax": charge["total_tax"],
        "taxes": charge["taxes"],
        "tax_status": "taxable",
        "meta_data": [],
    }


def _fee_line(identifier: int, name: str, rate: Decimal, net: int) -> Json:
    charge = _charge(identifier, net, rate)
    return {
        "id": identifier,
        "name": name,
        "tax_class": "",
        "tax_status": "taxable" if rate else "none",
        "amount": "",
        "total": charge["total"],
        "total_tax": charge["total_tax"],
        "taxes": charge["taxes"],
        "meta_data": [],
    }


def _coupon_line(order: int, place: int, coupon: Coupon, taken: int, tax: int) -> Json:
    info = json.dumps([place, coupon.code, coupon.kind, number(coupon.amount)], separators=(",", ":"))
    return {
        "id": order * 100 + 80 + place,
        "code": coupon.code,
        "discount": euros(taken),
        "discount_tax": plain(Decimal(tax) / 100),
        "meta_data": [_meta(order * 1000 + 500 + place, "coupon_info", info)],
        "discount_type": coupon.kind,
        "nominal_amount": number(coupon.amount),
        "free_shipping": False,
    }


def _tax_lines(order: int, items: list[Json], charges: list[Json]) -> list[Json]:
    """One a rate: the tax of lines and fees, and apart that of shipping (whose lines name a method)."""
    result = []
    for rate, (_, rate_id, label, code) in TAXES.items():
        of_items = [c for t in items for c in t["taxes"] if c["id"] == rate_id]
        fees = [c for t in charges if "method_id" not in t for c in t["taxes"] if c["id"] == rate_id]
        shipping = [c for t in charges if "method_id" in t for c in t["taxes"] if c["id"] == rate_id]
        if not (of_items or fees or shipping):
            continue
        result.append(
            {
                "id": order * 100 + 70 + rate_id,
                "rate_code": code,
                "rate_id": rate_id,
                "label": label,
                "compound": False,
                "tax_total": euros(sum(cents(c["total"]) for c in of_items + fees)),
                "shipping_tax_total": euros(sum(cents(c["total"]) for c in shipping)),
                "rate_percent": number(rate),
                "meta_data": [],
            }
        )
    return result


def _order_meta(draft: Draft) -> list[Json]:
    pairs: list[tuple[str, Any]] = [
        ("_erp_code", draft.customer.code),
        ("_billing_siret", draft.customer.siret),
        ("_billing_vat_number", draft.customer.vat_number),
    ]
    if draft.wanted_on:
        pairs.append(("_delivery_date", draft.wanted_on))
    if draft.extra_payments:
        pairs.append(("_payments", json.dumps(draft.extra_payments, ensure_ascii=False)))
    return [{"id": draft.id * 1000 + n, "key": key, "value": value} for n, (key, value) in enumerate(pairs, 1)]


def links(base_url: str, order: int, shop_customer: int) -> Json:
    """The `_links` of an order."""
    api = f"{base_url}/wp-json/wc/v3"
    return {
        "self": [
            {
                "href": f"{api}/orders/{order}",
                "targetHints": {"allow": ["GET", "POST", "PUT", "PATCH", "DELETE"]},
            }
        ],
        "collection": [{"href": f"{api}/orders"}],
        "email_templates": [{"embeddable": True, "href": f"{api}/orders/{order}/actions/email_templates"}],
        "customer": [{"href": f"{api}/customers/{shop_customer}"}],
    }


def with_quantities(order: Json, quantities: dict[str, Decimal]) -> Json:
    """An order without coupons whose lines were edited: other quantities by article, none takes the
    line off. Its totals follow."""
    items = []
    for item in order["line_items"]:
        quantity = quantities.get(item["sku"])
        if quantity is None:
            items.append(item)
        elif quantity:
            article = BY_CODE[item["sku"]]
            worth = times(article.price, quantity)
            made = _line_item(order["id"], 0, _Line(article, quantity, worth, worth))
            items.append({**made, "id": item["id"], "meta_data": item["meta_data"]})
    charges = order["fee_lines"] + order["shipping_lines"]
    net, vat = (sum(cents(part[name]) for part in items + charges) for name in ("total", "total_tax"))
    return {
        **order,
        "line_items": items,
        "tax_lines": _tax_lines(order["id"], items, charges),
        "cart_tax": euros(vat - cents(order["shipping_tax"])),
        "total": euros(net + vat),
        "total_tax": euros(vat),
    }


def build(draft: Draft, base_url: str) -> Json:
    """The order object of a draft."""
    lines = []
    for article, quantity in draft.lines:
        subtotal = times(article.price, quantity)
        lines.append(_Line(article, quantity, subtotal, subtotal))
    coupon_lines = []
    discount_tax_before = 0
    for place, coupon in enumerate(draft.coupons, 1):
        taken = _apply_coupon(coupon, lines)
        discount_tax = sum(vat_on(i.subtotal, i.article.vat_rate) - vat_on(i.total, i.article.vat_rate) for i in lines)
        coupon_lines.append(_coupon_line(draft.id, place, coupon, taken, discount_tax - discount_tax_before))
        discount_tax_before = discount_tax
    items = [_line_item(draft.id, place, line) for place, line in enumerate(lines, 1)]
    shipping = [_shipping_line(draft.id * 100 + 60, draft)]
    fees = [
        _fee_line(draft.id * 100 + 61 + place, name, rate, net) for place, (name, rate, net) in enumerate(draft.fees)
    ]
    item_tax = sum(cents(i["total_tax"]) for i in items)
    fee_tax = sum(cents(f["total_tax"]) for f in fees)
    shipping_net, shipping_tax = cents(shipping[0]["total"]), cents(shipping[0]["total_tax"])
    net = sum(line.total for line in lines) + sum(cents(f["total"]) for f in fees) + shipping_net
    vat = item_tax + fee_tax + shipping_tax
    unpaid = draft.status in ("pending", "failed", "on-hold", "cancelled")
    paid = None if unpaid else draft.created
    completed = draft.modified if draft.status == "completed" else None
    created, created_gmt = local_and_gmt(draft.created)
    modified, modified_gmt = local_and_gmt(draft.modified)
    key = "wc_order_" + sha256(f"key:{draft.id}".encode()).hexdigest()[:13]
    shop_customer = draft.customer.shop_id or 0
    return {
        "id": draft.id,
        "parent_id": 0,
        "status": draft.status,
        "currency": "EUR",
        "version": "11.0.1",
        "prices_include_tax": False,
        "date_created": created,
        "date_modified": modified,
        "discount_total": euros(sum(line.subtotal - line.total for line in lines)),
        "discount_tax": euros(discount_tax_before),
        "shipping_total": euros(shipping_net),
        "shipping_tax": euros(shipping_tax),
        "cart_tax": euros(item_tax + fee_tax),
        "total": euros(net + vat),
        "total_tax": euros(vat),
        "customer_id": shop_customer,
        "order_key": key,
        "billing": _address(draft.customer, delivery=False),
        "shipping": _address(draft.customer, delivery=True),
        "payment_method": draft.payment_method,
        "payment_method_title": PAYMENT_TITLES[draft.payment_method],
        "transaction_id": "" if unpaid or draft.payment_method in ("bacs", "cod") else f"T{draft.id}",
        "customer_ip_address": "",
        "customer_user_agent": "",
        "created_via": "checkout",
        "customer_note": draft.note,
        "date_completed": local_and_gmt(completed)[0],
        "date_paid": local_and_gmt(paid)[0],
        "cart_hash": "",
        "number": str(draft.id),
        "meta_data": _order_meta(draft),
        "line_items": items,
        "tax_lines": _tax_lines(draft.id, items, fees + shipping),
        "shipping_lines": shipping,
        "fee_lines": fees,
        "coupon_lines": coupon_lines,
        "refunds": [],
        "payment_url": f"{base_url}/checkout/order-pay/{draft.id}/?pay_for_order=true&key={key}",
        "is_editable": draft.status in ("pending", "on-hold"),
        "needs_payment": draft.status in ("pending", "failed"),
        "needs_processing": True,
        "date_created_gmt": created_gmt,
        "date_modified_gmt": modified_gmt,
        "date_completed_gmt": local_and_gmt(completed)[1],
        "date_paid_gmt": local_and_gmt(paid)[1],
        "currency_symbol": "€",
        "_links": links(base_url, draft.id, shop_customer),
    }
