"""The world is the same for the same seed, and its figures hold."""

from __future__ import annotations

import json
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

from . import market, woo_order, woo_refund, world
from .catalog import ARTICLES, DEPOSITS
from .customers import customers, luhn_digit, vat_number
from .money import cents, spread, times, vat_on
from .support import DAY

CAPTURES = Path(__file__).parents[1] / "fixtures" / "woocommerce"


def test_the_same_seed_gives_the_same_day_and_another_seed_another() -> None:
    assert world.orders(DAY, 1) == world.orders(DAY, 1)
    assert world.orders(DAY, 1).orders != world.orders(DAY, 2).orders
    assert market.market_sales(DAY, 1) == market.market_sales(DAY, 1)
    assert market.market_sales(DAY, 1) != market.market_sales(date(2026, 11, 25), 1)


def test_every_order_adds_up_but_the_one_that_is_asked_not_to() -> None:
    day = world.orders(DAY, 1, broken=True)
    assert [o["id"] for o in day.orders if not world.adds_up(o)] == [day.broken]
    assert all(world.adds_up(order) for seed in (2, 3, 4) for order in world.orders(DAY, seed).orders)


def test_an_order_has_the_fields_of_a_captured_one_in_their_order() -> None:
    captured = json.loads((CAPTURES / "order-with-coupon-delivery-and-deposit.json").read_text())
    every = world.orders(DAY, 1).orders
    order = next(o for o in every if o["coupon_lines"] and any(f["tax_status"] == "none" for f in o["fee_lines"]))
    assert list(order) == list(captured)
    for name in ("billing", "shipping"):
        assert list(order[name]) == list(captured[name])
    for name in ("line_items", "tax_lines", "shipping_lines", "fee_lines", "coupon_lines", "meta_data"):
        assert list(order[name][0]) == list(captured[name][0]), name
    for name, value in captured.items():
        if value is not None and order[name] is not None:
            assert type(order[name]) is type(value), name
    assert order["_links"].keys() == captured["_links"].keys()


def test_the_captured_order_comes_out_of_the_same_arithmetic() -> None:
    """WooCommerce's own figures of order 13: 10 % off 40.05 and 38.90 is 7.89, not 7.90."""
    captured = json.loads((CAPTURES / "order-with-coupon-delivery-and-deposit.json").read_text())
    tomatoes = next(article for article in ARTICLES if article.code == "TOM-6")
    oil = next(a for a in ARTICLES if a.code == "EPI-001")
    oil = type(oil)(**{**oil.__dict__, "vat_rate": Decimal(20)})
    at = datetime.fromisoformat("2026-11-24T01:56:44+00:00")
    draft = woo_order.Draft(
        id=13, customer=customers(1)[0], created=at, modified=at, lines=[(tomatoes, Decimal(3)), (oil, Decimal(1))],
        coupons=[woo_order.Coupon("rungis10", "percent", Decimal(10))], shipping=("flat_rate", "Livraison", 1250),
        fees=[("Consigne", Decimal(0), 400)],
    )  # fmt: skip
    order = woo_order.build(draft, "https://127.0.0.1:38081")
    totals = ("discount_total", "discount_tax", "shipping_total", "shipping_tax", "cart_tax", "total", "total_tax")
    assert {name: order[name] for name in totals} == {name: captured[name] for name in totals}
    for ours, theirs in zip(order["line_items"], captured["line_items"], strict=True):
        for name in ("quantity", "subtotal", "subtotal_tax", "total", "total_tax", "taxes", "price"):
            assert ours[name] == theirs[name]
    assert order["coupon_lines"][0]["discount_tax"] == captured["coupon_lines"][0]["discount_tax"]
    assert [line["tax_total"] for line in order["tax_lines"]] == ["1.98", "7.00"]


def test_orders_fill_the_day_in_paris_and_many_share_a_second() -> None:
    for day, hours in ((DAY, 24), (date(2026, 3, 29), 23), (date(2026, 10, 25), 25)):
        start, end = world.bounds(day)
        assert (end - start).total_seconds() == hours * 3600
        orders = world.orders(day, 1).orders
        assert {order["date_created"][:10] for order in orders} == {day.isoformat()}
        assert all(o["date_created_gmt"] <= o["date_modified_gmt"] < end.strftime("%Y-%m-%dT%H:%M:%S") for o in orders)
        seconds = [order["date_created_gmt"] for order in orders]
        assert max(seconds.count(second) for second in set(seconds)) >= 14


def test_the_day_has_everything_that_makes_it_hard() -> None:
    day = world.orders(DAY, 1)
    statuses = {order["status"] for order in day.orders}
    assert {"processing", "completed", "pending", "cancelled", "trash"} <= statuses
    assert any(len(order["coupon_lines"]) == 2 for order in day.orders)
    assert any("_payments" in {m["key"] for m in order["meta_data"]} for order in day.orders)
    assert any(isinstance(item["quantity"], float) for order in day.orders for item in order["line_items"])
    assert any("🍅" in order["customer_note"] for order in day.orders)
    refunds = [refund for several in day.refunds.values() for refund in several]
    assert any(not refund["line_items"] for refund in refunds) and any(refund["line_items"] for refund in refunds)
    by_id = {order["id"]: order for order in day.orders}
    for order, several in day.refunds.items():
        assert woo_refund.refunded(by_id[order]) == sum(cents(refund["amount"]) for refund in several)
        assert 0 < woo_refund.refunded(by_id[order]) < cents(by_id[order]["total"])


def test_customers_have_identifiers_whose_check_digits_hold() -> None:
    people = customers(1)
    assert len({person.code for person in people}) == len({person.email for person in people}) == 600
    assert sum(person.orders_on_web for person in people) == 450
    assert all(person.shop_id for person in people if person.orders_on_web)
    assert 5 <= sum(person.shop_id is None for person in people) <= 20
    for person in people:
        assert luhn_digit(person.siren[:-1]) == person.siren[-1] and luhn_digit(person.siret[:-1]) == person.siret[-1]
        assert person.siret.startswith(person.siren) and person.vat_number == vat_number(person.siren)
    assert vat_number("404833048") == "FR83404833048"
    names = "".join(person.company for person in people)
    assert all(sign in names for sign in 'Œ’&";é')


def test_tickets_are_positive_and_their_lines_are_quantity_times_price() -> None:
    tickets = market.market_sales(DAY, 1)
    assert len({ticket.number for ticket in tickets}) == len(tickets)
    for ticket in tickets:
        assert sum(line.net for line in ticket.lines) > 0
        assert all(line.net == times(line.unit_price, line.quantity) for line in ticket.lines)
    lines = [line for ticket in tickets for line in ticket.lines]
    assert any(line.quantity < 0 and line.article in DEPOSITS for line in lines)
    assert any(line.quantity.as_tuple().exponent == -3 for line in lines)


def test_shares_add_up_and_half_a_cent_goes_up() -> None:
    assert spread(100, [1, 1, 1]) == [34, 33, 33]
    assert spread(5, [0, 0]) == [0, 0]
    assert vat_on(1010, Decimal("5.5")) == 56 and vat_on(-1010, Decimal("5.5")) == -56
