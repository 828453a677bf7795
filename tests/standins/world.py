"""A deterministic day at the wholesaler's: the same seed and date make the same customers, web
orders and market tickets, to the byte and the cent. Pure functions; nothing is stored."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from random import Random
from typing import Any

from . import woo_refund
from .catalog import ARTICLES, Article
from .customers import Customer, customers
from .money import cents, euros, vat_on
from .woo_order import PARIS, Coupon, Draft, build
from .woo_refund import RefundPart

Json = dict[str, Any]
FIRST_ORDER_ID = 10_000
REFUND_ID_OFFSET = 5_000_000
SALE_STATUSES = ("processing", "completed")
"""The states in which the shop has sold: what the ERP must have."""

_NOTES = (
    "", "", "", "", "", "", "", "", "", "Livrer avant 7 h, merci", "Sonner à l’interphone « Cuisine »",
    "Pas d’ail violet si possible ; remplacer par de l’ail blanc", "Merci 🍅🙏 à très vite",
    "Code portail : 12B34\nDéposer dans la chambre froide", "Tomates bien mûres (coulis) – pas de cagettes abîmées",
    "Œufs frais du jour, s’il vous plaît", "Livraison 5 °C max ❄️, appeler le 06 00 00 00 00",
    "Comme d’habitude, mais sans les échalotes : le chef préfère les oignons rosés cette semaine, et deux bottes "
    "de persil plat en plus",
)  # fmt: skip
_COUPONS = (
    Coupon("rungis10", "percent", Decimal(10)),
    Coupon("bienvenue5", "percent", Decimal(5)),
    Coupon("été2026", "percent", Decimal("7.5")),
    Coupon("noel20", "fixed_cart", Decimal(20)),
    Coupon("fidelite15", "fixed_cart", Decimal("15.55")),
)
_REASONS = ("Produit abîmé", "Rupture de stock", "Erreur de préparation", "Geste commercial", "Manquant à la livraison")


@dataclass(frozen=True)
class Day:
    """The web orders of a day, and the refunds that the shop keeps apart, by order id."""

    orders: list[Json]
    refunds: dict[int, list[Json]]
    broken: int | None


def bounds(day: date) -> tuple[datetime, datetime]:
    """The instants between which a day lies in Paris: 23, 24 or 25 hours."""
    start, end = (datetime(d.year, d.month, d.day, tzinfo=PARIS) for d in (day, day + timedelta(days=1)))
    return start.astimezone(UTC), end.astimezone(UTC)


def quantity(rng: Random, article: Article) -> Decimal:
    """As much as a restaurant takes; kilograms are weighed, everything else counted."""
    if article.unit == "kg":
        top = 400 if article.price > 100 else 9_500
        step = 5 if rng.random() < 0.5 else 250
        return Decimal(max(100, rng.randrange(100, top) // step * step)) / 1000
    return Decimal(rng.randint(1, 4 if article.price > 25 else 9))


def _instants(rng: Random, day: date, count: int) -> list[datetime]:
    """When the day's orders were placed, oldest first: mostly in the evening after service, many in
    one second (a burst of 14, others in pairs), one at the very first and one at the very last."""
    start, end = bounds(day)
    length = int((end - start).total_seconds())
    seconds = [0, length - 1]
    burst = rng.randrange(length // 2, length - 3600)
    seconds += [burst] * 14
    while len(seconds) < count:
        second = min(length - 2, int(length * (1 - rng.random() ** 2 * 0.98)))
        seconds += [second] * (2 if rng.random() < 0.15 else 1)
    return [start + timedelta(seconds=second) for second in sorted(seconds[:count])]


def _shipping(rng: Random, customer: Customer, lines: list[tuple[Article, Decimal]]) -> tuple[str, str, int]:
    """Free from 400 €, nothing for those who fetch, else by distance and weight."""
    worth = sum((article.price * qty for article, qty in lines), Decimal(0))
    if rng.random() < 0.08:
        return "local_pickup", "Retrait au carreau", 0
    if worth > 400:
        return "free_shipping", "Livraison offerte", 0
    weight = sum((article.weight * qty for article, qty in lines), Decimal(0))
    fee = Decimal("4.90") + customer.distance_km * Decimal("0.35") + weight * Decimal("0.045")
    return "flat_rate", "Livraison", cents(fee)


def _status(rng: Random) -> str:
    roll = rng.random()
    for limit, status in ((0.015, "pending"), (0.027, "cancelled"), (0.036, "trash"), (0.04, "failed")):
        if roll < limit:
            return status
    return "completed" if roll < 0.12 else "processing"


def _draft(rng: Random, order: int, customer: Customer, created: datetime, day: date) -> Draft:
    count = min(24, max(1, int(rng.gauss(7.5, 3.5))))
    chosen = rng.sample(ARTICLES, count)
    lines = [(article, quantity(rng, article)) for article in chosen]
    coupons: list[Coupon] = []
    roll = rng.random()
    if roll < 0.03:
        coupons = [rng.choice(_COUPONS[:3]), rng.choice(_COUPONS[3:])]
    elif roll < 0.17:
        coupons = [rng.choice(_COUPONS)]
    fees: list[tuple[str, Decimal, int]] = []
    if rng.random() < 0.10:
        fees.append(("Consigne", Decimal(0), 50 * rng.randint(2, 16)))
    if rng.random() < 0.04:
        fees.append(("Frais de préparation", Decimal(20), rng.choice((150, 245, 390))))
    _, end = bounds(day)
    later = created + timedelta(seconds=rng.choice((0, 0, 1, 1, 2, 3, 45, 1800)))
    return Draft(
        id=order,
        customer=customer,
        created=created,
        modified=min(later, end - timedelta(seconds=1)),
        lines=lines,
        status=_status(rng),
        coupons=coupons,
        shipping=_shipping(rng, customer, lines),
        fees=fees,
        payment_method=rng.choice(("card",) * 5 + ("bacs",) * 4 + ("sepa",) * 3 + ("paypal",)),
        note=rng.choice(_NOTES),
        wanted_on=(day + timedelta(days=1)).isoformat() if rng.random() < 0.93 else "",
    )


def _add_payments(rng: Random, draft: Draft, total: int) -> None:
    """Some pay a part otherwise: a gift card, rarely two."""
    if draft.status not in SALE_STATUSES or rng.random() > 0.06:
        return
    amounts = [min(total // 2, rng.choice((2000, 1000, 5000, 1555)))]
    if rng.random() < 0.2:
        amounts.append(min(total // 4, 750))
    draft.extra_payments = [
        {"method": "gift_card", "title": "Bon d’achat", "amount": euros(amount), "reference": f"B-{draft.id}-{n}"}
        for n, amount in enumerate(amounts, 1)
        if amount > 0
    ]


def _refund_parts(rng: Random, order: Json) -> list[RefundPart]:
    """One or two lines, in part or whole, seldom the delivery as well."""
    parts = []
    for item in rng.sample(order["line_items"], min(len(order["line_items"]), rng.choice((1, 1, 2)))):
        net, vat, qty = cents(item["total"]), cents(item["total_tax"]), Decimal(str(item["quantity"]))
        if net == 0:
            continue
        if rng.random() < 0.4 or qty <= 1:
            parts.append(RefundPart(item["id"], qty, net, vat))
            continue
        back = (qty / 2).quantize(Decimal(1), rounding=ROUND_HALF_UP)
        share = int((net * back / qty).quantize(Decimal(1), rounding=ROUND_HALF_UP))
        parts.append(RefundPart(item["id"], back, share, min(vat, int(Decimal(vat) * share / net + Decimal("0.5")))))
    shipping = order["shipping_lines"][0]
    if rng.random() < 0.15 and cents(shipping["total"]):
        parts.append(RefundPart(shipping["id"], Decimal(1), cents(shipping["total"]), cents(shipping["total_tax"])))
    return parts


def _refund(rng: Random, order: Json, day: date) -> Json | None:
    """A refund later the same day; a quarter of them only give money back and name no line."""
    total = cents(order["total"])
    if rng.random() < 0.25:
        amount, parts = max(1, total * rng.randint(3, 18) // 100), []
    else:
        parts = _refund_parts(rng, order)
        amount = sum(part.net + part.vat for part in parts)
    if not 0 < amount < total:
        return None
    _, end = bounds(day)
    modified = datetime.fromisoformat(order["date_modified_gmt"]).replace(tzinfo=UTC)
    at = min(end - timedelta(seconds=1), modified + timedelta(seconds=rng.randrange(60, 9000)))
    refund = woo_refund.build(order, REFUND_ID_OFFSET + order["id"], at, rng.choice(_REASONS), amount, parts)
    woo_refund.attach(order, refund, at)
    return refund


def orders(day: date, seed: int = 1, count: int = 700, base_url: str = "http://127.0.0.1", broken: bool = False) -> Day:
    """The web orders placed on a day in Paris, by id. With `broken` there is one more, last, whose
    parts do not add up to its total."""
    rng = Random(f"orders:{seed}:{day}")
    web = [customer for customer in customers(seed) if customer.orders_on_web]
    rng.shuffle(web)
    buyers = web[: max(1, len(web) * 19 // 20)]
    first_id = FIRST_ORDER_ID + (day - date(2026, 1, 1)).days * 1000
    result: list[Json] = []
    refunds: dict[int, list[Json]] = {}
    for place, created in enumerate(_instants(rng, day, count)):
        customer = buyers[place] if place < len(buyers) else rng.choice(buyers)
        draft = _draft(rng, first_id + place, customer, created, day)
        order = build(draft, base_url)
        _add_payments(rng, draft, cents(order["total"]))
        if draft.extra_payments:
            order = build(draft, base_url)
        if draft.status in SALE_STATUSES and rng.random() < 0.05 and (refund := _refund(rng, order, day)):
            refunds[order["id"]] = [refund]
        result.append(order)
    if not broken:
        return Day(result, refunds, None)
    odd = json.loads(json.dumps(next(order for order in reversed(result) if order["status"] == "processing")))
    odd.update(id=first_id + count, number=str(first_id + count), refunds=[], total=euros(cents(odd["total"]) + 14))
    odd["_links"]["self"][0]["href"] = f"{base_url}/wp-json/wc/v3/orders/{odd['id']}"
    return Day([*result, odd], refunds, odd["id"])


def exportable(order: Json) -> bool:
    """Whether an order is a sale that the ERP must have."""
    return order["status"] in SALE_STATUSES


def net_of_refunds(order: Json) -> int:
    """What the ERP is to invoice for an order, with VAT, in cents."""
    return cents(order["total"]) - woo_refund.refunded(order)


def adds_up(order: Json) -> bool:
    """Whether an order's parts add up to its totals, as a careful reader would check."""
    charges = order["line_items"] + order["shipping_lines"] + order["fee_lines"]
    net = sum(cents(charge["total"]) for charge in charges)
    vat = sum(cents(charge["total_tax"]) for charge in charges)
    rounded_by_line = all(
        cents(item["total_tax"]) == sum(vat_on(cents(item["total"]), _rate(order, tax["id"])) for tax in item["taxes"])
        for item in order["line_items"]
    )
    return rounded_by_line and vat == cents(order["total_tax"]) and net + vat == cents(order["total"])


def _rate(order: Json, rate_id: int) -> Decimal:
    return next(Decimal(str(line["rate_percent"])) for line in order["tax_lines"] if line["rate_id"] == rate_id)
