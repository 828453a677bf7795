"""The day as it was played."""

from __future__ import annotations

import http.cookiejar
import random
import re
import urllib.error
import urllib.parse
import urllib.request

from tests.day import figures


def test_every_figure_agrees_to_the_cent(played):
    found = figures.gather(played.day, played.happened, played.made)
    assert found.disagreements == []
    assert played.day.rounds[0].exported["orders"] > 600
    assert played.made["count"] > 500


def test_the_order_that_does_not_add_up_is_quarantined_with_both_figures(played):
    (broken,) = played.day.shop.ask("stats")["orders"]["broken"]
    order = played.ledger("ORDER")[f"rungis#{broken}"]
    rejection = {name: text["S"] for name, text in order["rejection"]["M"].items()}
    assert order["status"]["S"] == "quarantined"
    assert rejection["code"] == "totals_mismatch"
    assert re.fullmatch(r"shop says \d+\.\d\d, its parts give \d+\.\d\d", rejection["value"])
    assert played.fetched["faulty"] == 1


def test_orders_changed_after_their_export_are_replaced_or_cancelled(played):
    _, changed, _ = played.day.rounds
    made = played.happened.made
    gone = made["cancelled"] + made["refunded whole"]
    assert (changed.taken["orders_changed"], changed.taken["orders_cancelled"]) == (sum(made.values()) - gone - 1, gone)
    files = sorted((played.day.folder / "orders").glob("*.txt"))
    rows = [row for file in files for row in file.read_bytes().decode("cp1252").split("\r\n")]
    actions = [row.rsplit(";", 1)[1] for row in rows if row.startswith("E;")]
    assert actions.count("A") == gone
    # The change that was refused was sent twice.
    assert actions.count("M") == sum(made.values()) - gone + 1


def test_a_refusal_of_the_erp_says_why_and_once_fixed_the_order_comes_in(played):
    first, changed, fixed = played.day.rounds
    refused = [ack for round in (first, changed) for ack in round.acks if not ack["accepted"]]
    assert ["blocked" in refused[0]["reason"], "later than 60 days" in refused[1]["reason"]] == [True, True]
    numbers = {str(order["id"]) for order in (played.happened.blocked, played.happened.mistyped)}
    assert {ack["number"] for ack in refused} == numbers
    assert {ack["number"] for ack in fixed.acks if ack["accepted"]} == numbers
    orders = played.ledger("ORDER")
    assert {orders[f"rungis#{number}"]["status"]["S"] for number in numbers} == {"accepted"}


def test_the_raw_responses_of_the_shop_are_kept(played):
    order = next(iter(played.ledger("ORDER").values()))
    raw = played.day.cloud.read(order["raw_key"]["S"]).decode()
    assert f'"id":{order["key"]["M"]["id"]["S"]},' in raw.replace(" ", "")


def test_twenty_customers_see_exactly_their_invoices(played):
    shop = played.day.shop
    by_customer: dict[int, set[str]] = {}
    for invoice in shop.invoices():
        by_customer.setdefault(invoice["customer_id"], set()).add(invoice["number"])
    customers = [customer for customer in shop.ask("customers") if customer["customer_id"]]
    everyone = {invoice["number"] for invoice in shop.invoices()}
    for customer in random.Random(7).sample(customers, 20):
        mine = by_customer.get(customer["customer_id"], set())
        browser = log_in(shop.url, customer)
        page = browser.open(f"{shop.url}/mon-compte/factures/").read().decode()
        assert set(re.findall(r"/mon-compte/factures/([^\"/]+)\.pdf", page)) == mine
        for number in mine:
            document = browser.open(f"{shop.url}/mon-compte/factures/{number}.pdf").read()
            assert document == played.day.cloud.read(key_of(played, number))
        foreign = min(everyone - mine)
        assert status(browser, f"{shop.url}/mon-compte/factures/{foreign}.pdf") == 404


def test_who_is_not_logged_in_sees_no_invoice(played):
    shop = played.day.shop
    number = shop.invoices()[0]["number"]
    response = urllib.request.urlopen(f"{shop.url}/mon-compte/factures/{number}.pdf")
    assert "/factures/" not in response.url
    assert not response.read().startswith(b"%PDF")


def key_of(played, number: str) -> str:
    return played.ledger("INVOICE")[number]["pdf"]["L"][0]["S"]


def log_in(url: str, customer: dict) -> urllib.request.OpenerDirector:
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))
    form = {"email": customer["email"], "password": customer["password"]}
    browser.open(f"{url}/mon-compte/", urllib.parse.urlencode(form).encode())
    return browser


def status(browser: urllib.request.OpenerDirector, url: str) -> int:
    try:
        return browser.open(url).status
    except urllib.error.HTTPError as error:
        return error.code
