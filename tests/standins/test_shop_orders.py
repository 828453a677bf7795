"""The shop responds about orders as the live server was seen to."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from .money import cents
from .support import Client, running

CAPTURES = Path(__file__).parents[1] / "fixtures" / "woocommerce"
ALL = "pending,processing,on-hold,completed,cancelled,refunded,failed,trash"


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    with running(tmp_path_factory.mktemp("shop"), count=250, broken=True) as client:
        yield client


def _ids(client: Client, **query: str) -> list[int]:
    found: list[int] = []
    page = 1
    while True:
        reply = client.api("GET", "/wc/v3/orders", per_page="100", page=str(page), **query)
        assert reply.status == 200
        found += [order["id"] for order in reply.json()]
        if page >= int(reply.headers["x-wp-totalpages"]):
            return found
        page += 1


def test_basic_and_unsigned_requests_are_refused_over_plain_http(shop: Client) -> None:
    basic = {"Authorization": "Basic " + base64.b64encode(b"ck_standin:cs_standin").decode()}
    for headers in ({}, basic):
        reply = shop.send("GET", "/wp-json/wc/v3/orders", headers=headers)
        assert reply.status == 401 and reply.json()["code"] == "woocommerce_rest_cannot_view"
    assert shop.api("GET", "/wc/v3/orders", algorithm="HMAC-SHA1").status == 200


@pytest.mark.parametrize(
    ("query", "capture"),
    [({"modified_after": "yesterday"}, "error-date.json"), ({"per_page": "101"}, "error-per-page.json")],
)
def test_wrong_parameters_are_refused_as_captured(shop: Client, query: dict[str, str], capture: str) -> None:
    reply = shop.api("GET", "/wc/v3/orders", **query)
    assert reply.status == 400
    assert reply.data == (CAPTURES / capture).read_bytes()


def test_a_list_is_newest_first_ten_a_page_and_without_the_trash(shop: Client) -> None:
    reply = shop.api("GET", "/wc/v3/orders")
    orders = reply.json()
    created = [order["date_created_gmt"] for order in orders]
    assert len(orders) == 10 and created == sorted(created, reverse=True)
    everything = _ids(shop, status=ALL)
    trashed = _ids(shop, status="trash")
    assert int(reply.headers["x-wp-total"]) == len(everything) - len(trashed) and trashed
    assert 'rel="next"' in reply.headers["link"] and 'rel="prev"' not in reply.headers["link"]


def test_pages_by_time_of_change_hold_every_order_once(shop: Client) -> None:
    found = _ids(shop, status=ALL, orderby="modified", order="asc")
    assert len(found) == len(set(found)) == 251


def test_modified_after_is_strictly_greater_at_one_second(shop: Client) -> None:
    last = shop.api("GET", "/wc/v3/orders", status=ALL, orderby="modified", order="desc").json()[3]
    at = last["date_modified_gmt"]
    later = _ids(shop, status=ALL, modified_after=at, dates_are_gmt="true")
    assert last["id"] not in later
    before = f"{at[:-2]}{int(at[-2:]) - 1:02d}"
    assert last["id"] in _ids(shop, status=ALL, modified_after=before, dates_are_gmt="true")


def test_a_zone_together_with_gmt_skips_an_hour_as_the_live_server_does(shop: Client) -> None:
    right = _ids(shop, status=ALL, modified_after="2026-11-23T18:00:00", dates_are_gmt="true")
    local = _ids(shop, status=ALL, modified_after="2026-11-23T19:00:00")
    zoned = _ids(shop, status=ALL, modified_after="2026-11-23T18:00:00Z")
    trap = _ids(shop, status=ALL, modified_after="2026-11-23T18:00:00Z", dates_are_gmt="true")
    assert right == local == zoned
    assert set(trap) < set(right)


def test_a_state_touches_the_order_and_meta_data_does_not(shop: Client) -> None:
    order = shop.api("GET", "/wc/v3/orders", status="processing", orderby="id").json()[0]
    path = f"/wc/v3/orders/{order['id']}"
    meta = [{"key": "_erp_number", "value": "V-1"}]
    kept = shop.api("PUT", path, {"meta_data": meta}).json()
    assert kept["date_modified_gmt"] == order["date_modified_gmt"]
    assert {"key": "_erp_number", "value": "V-1"}.items() <= kept["meta_data"][-1].items()
    touched = shop.api("POST", path, {"status": "completed"}).json()
    assert touched["status"] == "completed" and touched["date_modified_gmt"] > order["date_modified_gmt"]
    assert shop.api("PUT", path, {"status": "sold"}).status == 400
    assert shop.api("GET", "/wc/v3/orders/1").status == 404


def test_refunds_stand_apart_and_vanish_with_the_trash(shop: Client) -> None:
    orders = shop.api("GET", "/wc/v3/orders", per_page="100", status="processing,completed").json()
    order = next(order for order in orders if order["refunds"])
    refunds = shop.api("GET", f"/wc/v3/orders/{order['id']}/refunds", per_page="100").json()
    assert [refund["id"] for refund in refunds] == [refund["id"] for refund in order["refunds"]]
    assert cents(refunds[0]["amount"]) == -cents(order["refunds"][0]["total"])
    shop.control("POST", "orders", {"id": order["id"], "set": {"status": "trash"}})
    assert shop.api("GET", f"/wc/v3/orders/{order['id']}/refunds").json() == []


def test_control_adds_changes_and_refunds_orders(shop: Client) -> None:
    before = shop.control("GET", "stats")["orders"]
    wish = {"erp_code": "C00042", "lines": [{"sku": "TOM-6", "quantity": 3}, {"sku": "MAR-001", "quantity": "1.235"}]}
    made = shop.control("POST", "orders", {"new": {**wish, "shipping": "12.50"}, "modified": "2026-11-23T22:00:00"})
    assert made["date_modified_gmt"] == "2026-11-23T22:00:00" and made["line_items"][1]["quantity"] == 1.235
    item = made["line_items"][0]["id"]
    refund = {"line_items": [{"id": item, "quantity": 1}], "reason": "Produit abîmé"}
    back = shop.control("POST", "orders", {"id": made["id"], "refund": refund})
    assert back["amount"] == "14.08" and back["line_items"][0]["quantity"] == -1
    assert back["line_items"][0]["meta_data"][0]["value"] == str(item)
    after = shop.control("GET", "stats")["orders"]
    assert after["to_export"] == before["to_export"] + 1
    assert after["to_export_cents"] == before["to_export_cents"] + cents(made["total"]) - 1408
    silent = shop.control("POST", "orders", {"id": made["id"], "set": {"customer_note": "vite"}, "silent": True})
    assert silent["date_modified_gmt"] == shop.control("GET", f"orders/{made['id']}")["order"]["date_modified_gmt"]


def test_the_broken_order_is_counted_apart(shop: Client) -> None:
    figures = shop.control("GET", "stats")["orders"]
    assert len(figures["broken"]) == 1
    assert figures["to_export"] == figures["sound"] + 1 and figures["to_export_cents"] > figures["sound_cents"]


def _fault(shop: Client, **wish: Any) -> None:
    shop.control("POST", "faults", {"path": "/wp-json/wc/v3/orders", **wish})


def test_faults_come_as_often_as_asked(shop: Client) -> None:
    _fault(shop, status=500, times=2)
    assert [shop.api("GET", "/wc/v3/orders").status for _ in range(3)] == [500, 500, 200]
    _fault(shop, status=429, retry_after=7)
    reply = shop.api("GET", "/wc/v3/orders")
    assert reply.status == 429 and reply.headers["retry-after"] == "7"
    _fault(shop, truncate=True)
    with pytest.raises(Exception, match="IncompleteRead"):
        shop.api("GET", "/wc/v3/orders")
    assert json.loads(shop.api("GET", "/wc/v3/orders").data)


def test_a_fault_after_the_effect_leaves_it_done(shop: Client) -> None:
    order = shop.api("GET", "/wc/v3/orders", status="processing", orderby="id").json()[5]["id"]
    _fault(shop, drop=True, after=True, method="PUT")
    with pytest.raises((ConnectionError, OSError, Exception)):
        shop.api("PUT", f"/wc/v3/orders/{order}", {"status": "completed"})
    assert shop.api("GET", f"/wc/v3/orders/{order}").json()["status"] == "completed"


def test_a_shop_started_again_has_its_changes_and_ignores_a_torn_last_one(tmp_path: Path) -> None:
    with running(tmp_path, count=20) as client:
        order = client.api("GET", "/wc/v3/orders", status="processing").json()[0]["id"]
        client.api("PUT", f"/wc/v3/orders/{order}", {"status": "completed"})
    with (tmp_path / "orders.jsonl").open("ab") as log:
        log.write(b'{"order": {"id": 1')
    for _ in range(2):
        with running(tmp_path, count=20) as client:
            assert client.api("GET", f"/wc/v3/orders/{order}").json()["status"] == "completed"
            client.api("PUT", f"/wc/v3/orders/{order}", {"meta_data": [{"key": "k", "value": "v"}]})


def test_edited_lines_change_the_totals_and_one_without_quantity_is_gone(shop: Client) -> None:
    orders = shop.control("GET", "orders")
    plain = [o for o in orders if not o["coupon_lines"] and not o["refunds"] and len(o["line_items"]) > 2]
    before = plain[0]
    first, second, *_ = before["line_items"]
    edited = shop.control("POST", "orders", {"id": before["id"], "quantities": {first["sku"]: 3, second["sku"]: 0}})
    shown = shop.api("GET", f"/wc/v3/orders/{before['id']}").json()
    assert shown == edited and shown["date_modified_gmt"] > before["date_modified_gmt"]
    assert [line["id"] for line in shown["line_items"]] == [line["id"] for line in before["line_items"] if line != second]
    assert shown["line_items"][0]["quantity"] == 3
    parts = shown["line_items"] + shown["shipping_lines"] + shown["fee_lines"]
    assert cents(shown["total"]) == sum(cents(part["total"]) + cents(part["total_tax"]) for part in parts)
    assert cents(shown["total_tax"]) == sum(cents(part["total_tax"]) for part in parts)
    taxes = shown["tax_lines"]
    assert cents(shown["total_tax"]) == sum(cents(tax["tax_total"]) + cents(tax["shipping_tax_total"]) for tax in taxes)


def test_lines_of_an_order_with_a_coupon_are_not_edited(shop: Client) -> None:
    order = next(o for o in shop.control("GET", "orders") if o["coupon_lines"])
    response = shop.control("POST", "orders", {"id": order["id"], "quantities": {order["line_items"][0]["sku"]: 1}})
    assert response["code"] == "standin_order"
