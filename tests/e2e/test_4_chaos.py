"""Processes that die in the middle lose and double nothing."""

from __future__ import annotations

import random
import re
import threading
import time
from collections import Counter
from contextlib import suppress
from datetime import date, datetime, timedelta

from tests.day import figures
from tests.day.play import PARIS, midnight_of

from .test_3_bad_input import header_and_invoices, made_file

VISIBILITY_S = 15
"""How soon a message comes again whose process was killed: production waits six times the time-out."""


def test_an_evening_whose_processes_are_killed_again_and_again_ends_as_a_calm_one(played):
    day = played.day
    evening = day.day + timedelta(days=1)
    csv = day.folder / f"factures-{evening}.csv"
    made = day.till.invoice_day(evening, csv)
    before = {invoice["number"] for invoice in day.shop.invoices()}
    for queue in ("ingest-invoices", "render-invoice", "publish-invoice"):
        day.cloud.set_visibility(queue, VISIBILITY_S)
    over = threading.Event()
    killed: list[int] = []

    def break_things() -> None:
        dice = random.Random(11)
        while not over.wait(dice.uniform(0.3, 1.2)) and len(killed) < 60:
            killed.append(day.cloud.kill_functions())
            if dice.random() < 0.2:
                day.shop.stop(kill=True)
                time.sleep(dice.uniform(0.1, 0.6))
                day.shop.start()

    saboteur = threading.Thread(target=break_things)
    saboteur.start()
    try:
        day.drop(csv)
        time.sleep(12)
    finally:
        over.set()
        saboteur.join()
    assert sum(killed) > 3, "nothing was killed, so nothing was tested"
    day.settle()

    # What failed five times waits in a dead-letter queue: the operator sends it back.
    for name in ("ingest-invoices", "render-invoice", "publish-invoice"):
        for body in day.cloud.dead_letters(name):
            day.cloud.client("sqs").send_message(QueueUrl=day.cloud.outputs["queues"][name], MessageBody=body)
    day.settle()
    for url in day.cloud.outputs["dead_letter_queues"].values():
        day.cloud.client("sqs").purge_queue(QueueUrl=url)

    numbers = {row.split(";", 1)[0] for row in csv.read_bytes().decode("cp1252").split("\r\n")[1:-2]}
    assert len(numbers) == made["count"]
    ledger = {number: item for number, item in played.ledger("INVOICE").items() if number in numbers}
    states = [item["state"]["S"] for item in ledger.values()]
    assert sorted(set(states)) == ["published", "unpublishable"]
    assert len(states) == made["count"]

    shown = [invoice["number"] for invoice in day.shop.invoices() if invoice["number"] not in before]
    assert len(shown) == len(set(shown)) == states.count("published")
    assert set(shown) <= numbers
    read = {number: total for number, total, _ in map(figures.read_total, day.fetch_pdfs()) if number in numbers}
    assert sum(read.values()) == made["gross_cents"]


def test_a_night_whose_export_is_killed_ends_with_each_order_in_one_file(played):
    day = played.day
    # Orders are placed now; the next midnight exports them.
    tomorrow = datetime.now(PARIS).date() + timedelta(days=1)
    files_before = set(day.cloud.keys("orders/outbox/"))
    placed, hit = 0, set()
    end_lease(day, "fetch-orders/rungis")
    for aim in range(MOST_NIGHTS):
        placed += place_orders(day, 60)
        # Each run is killed at a random moment, or as soon as it holds a batch, until a run gets through.
        dice = random.Random(5 + aim)
        for wait in [None, *(dice.uniform(0.2, 1.4) for _ in range(3)), None, None]:
            run = threading.Thread(target=try_export, args=(day, midnight_of(tomorrow)))
            run.start()
            wait_for_an_unfinished_batch(day, tomorrow, run) if wait is None else time.sleep(wait)
            day.cloud.kill_functions()
            run.join()
            end_lease(day, "export-orders")
            hit |= unfinished(day, tomorrow)
        day.cloud.invoke("export-orders", {"scheduled_time": midnight_of(tomorrow)})
        assert unfinished(day, tomorrow) == set()
        if hit:
            break
    assert hit, "no run was killed while its batch was open or sealed, so nothing was tested"
    states = batches(day, tomorrow)
    assert {states[number] for number in hit} == {"written"}, "what a killed run left was finished by a later one"
    new_files = [day.cloud.read(key).decode("cp1252") for key in sorted(set(day.cloud.keys("orders/outbox/")) - files_before)]
    numbers = [row.split(";")[1] for text in new_files for row in text.split("\r\n") if row.startswith("E;")]
    orders = [item["status"]["S"] for item in played.ledger("ORDER").values()]
    assert "ready" not in orders and "claimed" not in orders
    assert len(numbers) == len(set(numbers)) == placed


MOST_NIGHTS = 5
"""How often orders are placed and exported again when a fast machine finished before it was killed."""


def place_orders(day, count: int) -> int:
    """So many customers order, and the orders are fetched."""
    customers = [customer for customer in day.shop.ask("customers") if customer["orders_on_web"]][:count]
    for place, customer in enumerate(customers):
        lines = [{"sku": "001205", "quantity": 1 + place % 5}]
        day.shop.ask("orders", {"new": {"erp_code": customer["erp_code"], "lines": lines, "status": "processing"}})
    assert day.fetch()["new"] == len(customers)
    return len(customers)


def batches(day, business_day: date) -> dict[str, str]:
    """The batches of a business day, each with its state."""
    found = day.cloud.client("dynamodb").query(
        TableName=day.cloud.outputs["table"],
        KeyConditionExpression="pk = :day",
        ExpressionAttributeValues={":day": {"S": f"BATCH#{business_day}"}},
        ConsistentRead=True,
    )
    return {item["sk"]["S"]: item["state"]["S"] for item in found["Items"]}


def unfinished(day, business_day: date) -> set[str]:
    """The batches that a run has begun and not finished."""
    return {number for number, state in batches(day, business_day).items() if state in ("open", "sealed")}


def wait_for_an_unfinished_batch(day, business_day: date, run: threading.Thread) -> None:
    """Wait until a run holds a batch, or is over."""
    while run.is_alive() and not unfinished(day, business_day):
        time.sleep(0.002)


def try_export(day, midnight: str) -> None:
    with suppress(Exception):  # it was killed, which may show in any way
        day.cloud.invoke("export-orders", {"scheduled_time": midnight})


def end_lease(day, job: str) -> None:
    """A killed run's lease ends with its time-out; here nobody waits for that."""
    day.cloud.client("dynamodb").update_item(
        TableName=day.cloud.outputs["table"],
        Key={"pk": {"S": f"LEASE#{job}"}, "sk": {"S": "HEAD"}},
        UpdateExpression="SET expires_at = :past",
        ConditionExpression="attribute_exists(pk)",
        ExpressionAttributeValues={":past": {"S": "2026-01-01T00:00:00Z"}},
    )


def test_ten_thousand_invoices_in_one_file_and_another_file_at_the_same_time(played):
    day = played.day
    many, few = made_up(played, "M", 10_000), made_up(played, "K", 300)
    before = len(day.shop.invoices())
    for name, content in (("dix-mille.csv", many), ("en-meme-temps.csv", few)):
        (day.folder / name).write_bytes(content)
        day.drop(day.folder / name)
    day.settle(timeout=900)
    states = Counter(
        item["state"]["S"] for number, item in played.ledger("INVOICE").items() if re.fullmatch(r"[MK]\d{6}", number)
    )
    assert states == {"published": 10_300}
    assert len(day.shop.invoices()) == before + 10_300
    assert len([key for key in day.cloud.keys("invoices/pdf/") if re.search(r"/[MK]\d{6}\.pdf$", key)]) == 10_300


def made_up(played, letter: str, count: int) -> bytes:
    """A file of so many invoices, each with the rows of one short invoice of the day whose customer has an account."""
    header, by_number = header_and_invoices(played)
    published = {number for number, item in played.ledger("INVOICE").items() if item["state"]["S"] == "published"}
    number, rows = min(
        ((number, rows) for number, rows in by_number.items() if number.decode() in published and b";F;" in rows[0]),
        key=lambda found: len(found[1]),
    )
    numbers = (b"%s%06d" % (letter.encode(), place) for place in range(count))
    return made_file(header, [[row.replace(number, other, 1) for row in rows] for other in numbers])
