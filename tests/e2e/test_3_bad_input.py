"""What is wrong is refused, rejected or quarantined with a clear message, and nothing is lost."""

from __future__ import annotations

import re
import time

import pytest

from tests.local import FunctionFailed

from .test_2_repeats import figures


def header_and_invoices(played) -> tuple[bytes, dict[bytes, list[bytes]]]:
    """The first row of the day's CSV, and the rows of each invoice."""
    header, *lines, _ = played.csv.read_bytes().split(b"\r\n")[:-1]
    by_number: dict[bytes, list[bytes]] = {}
    for line in lines:
        by_number.setdefault(line.split(b";", 1)[0], []).append(line)
    return header, by_number


def made_file(header: bytes, invoices: list[list[bytes]]) -> bytes:
    """A file of these invoices' rows, with the trailer that belongs to them."""
    rows = [row for own in invoices for row in own]
    gross = sum(int(own[0].split(b";")[-3].replace(b",", b"")) for own in invoices)
    trailer = b"FIN;%d;%d;%d,%02d" % (len(invoices), len(rows), gross // 100, gross % 100)
    return b"\r\n".join([header, *rows, trailer, b""])


def one_invoice(played, number: bytes, change=lambda row: row) -> bytes:
    """A file with two invoices: the day's first under another number, and the day's second with a change."""
    header, by_number = header_and_invoices(played)
    plain = [name for name, own in by_number.items() if own[0].split(b";")[1] == b"F"][:2]
    good = [line.replace(plain[0], number + b"-A", 1) for line in by_number[plain[0]]]
    other = [change(line.replace(plain[1], number + b"-B", 1)) for line in by_number[plain[1]]]
    return made_file(header, [good, other])


def another_name(row: bytes) -> bytes:
    """The row, for a customer of another name."""
    cells = row.split(b";")
    cells[7] = b"Un autre nom"
    return b";".join(cells)


def refused(played, key: str) -> tuple[dict[str, str], str]:
    """The rejection of a file that was refused whole, and the text that was put beside its copy."""
    outcome = played.outcome(key)["outcome"]["M"]["rejected"]["M"]
    rejection = {name: text["S"] for name, text in outcome["rejection"]["M"].items()}
    return rejection, played.day.cloud.read(outcome["rejects_key"]["S"]).decode()


def test_a_wrong_header_refuses_the_file_and_nothing_is_taken(played):
    before = played.standing()
    content = played.csv.read_bytes().replace(b"Facture;Type", b"Faktur;Type", 1)
    key = played.drop("mauvais-entete.csv", content)
    rejection, text = refused(played, key)
    assert "Facture" in rejection["rule"] + rejection["field"]
    assert "aucune facture" in text and key in text
    copies = [name for name in played.day.cloud.keys("invoices/rejected/mauvais-entete") if name.endswith(".csv")]
    assert [played.day.cloud.read(copy) for copy in copies] == [content]
    assert played.standing() == before


@pytest.mark.parametrize("cut", ["in a row", "between rows"])
def test_a_truncated_file_is_refused_and_nothing_is_taken(played, cut):
    before = played.standing()
    content = played.csv.read_bytes()
    at = len(content) // 2 if cut == "in a row" else content.rfind(b"\r\n", 0, len(content) // 2) + 2
    rejection, _ = refused(played, played.drop(f"tronque-{cut.replace(' ', '-')}.csv", content[:at]))
    assert rejection["code"] in ("truncated", "column_count")
    assert played.standing() == before


def test_an_empty_file_is_refused(played):
    rejection, _ = refused(played, played.drop("vide.csv", b""))
    assert rejection["code"] == "empty_file"


def test_one_bad_invoice_is_set_aside_and_the_good_one_goes_on(played):
    def spoil(row: bytes) -> bytes:
        cells = row.split(b";")
        cells[-4] = b"99999,99"
        return b";".join(cells)

    outcome = played.outcome(played.drop("une-mauvaise.csv", one_invoice(played, b"X1", spoil)))
    assert figures(outcome) == {"new": 1, "same": 0, "conflicts": 0, "rejected": 1}
    invoices = played.ledger("INVOICE")
    assert invoices["X1-A"]["state"]["S"] == "published"
    assert "X1-B" not in invoices
    rejects = played.day.cloud.read(outcome["outcome"]["M"]["accepted"]["M"]["rejects_key"]["S"]).decode("cp1252")
    assert "X1-B;F;" in rejects and "X1-A;" not in rejects
    assert "99999,99" in rejects and "BR-CO-1" in rejects


def test_another_content_under_a_known_number_is_a_conflict_and_changes_nothing(played):
    first = one_invoice(played, b"X2")
    played.drop("premiere.csv", first)
    before = played.standing()
    header, *lines, trailer = first.split(b"\r\n")[:-1]
    renamed = [another_name(row) if row.startswith(b"X2-A;") else row for row in lines]
    outcome = played.outcome(played.drop("autre.csv", b"\r\n".join([header, *renamed, trailer, b""])))
    assert figures(outcome) == {"new": 0, "same": 1, "conflicts": 1, "rejected": 0}
    assert played.standing() == before
    kept = [item for item in played.day.cloud.ledger() if item["pk"]["S"] == "INVOICE#X2-A" and item["sk"]["S"] != "HEAD"]
    assert len(kept) == 1


@pytest.mark.parametrize(("status", "says"), [(500, "500"), (401, "401")])
def test_an_error_of_the_shop_stops_the_run_and_loses_nothing(played, status, says):
    before = played.standing()
    shop = played.day.shop
    shop.ask("faults", {"status": status, "times": 50, "path": "/wp-json/wc/v3/orders"})
    try:
        with pytest.raises(FunctionFailed, match=says):
            played.day.fetch()
    finally:
        shop.ask("faults", method="DELETE")
    assert played.day.fetch()["new"] == 0
    assert played.standing() == before


def test_an_order_changed_after_its_invoice_is_refused_with_the_reason(played):
    accepted = [key for key, item in played.ledger("ORDER").items() if item["status"]["S"] == "accepted"]
    number = min(accepted).split("#")[1]
    played.day.shop.ask("orders", {"id": int(number), "set": {"customer_note": "Sonner à l'arrière"}})
    sent = played.day.send_changes()
    assert [ack["accepted"] for ack in sent.acks] == [False]
    order = played.ledger("ORDER")[f"rungis#{number}"]
    rejection = {name: text["S"] for name, text in order["rejection"]["M"].items()}
    assert (order["status"]["S"], rejection["code"]) == ("rejected", "refused_by_erp")
    assert "only a credit note changes it" in rejection["rule"]


@pytest.mark.parametrize(
    ("name", "function", "break_it", "says"),
    [
        ("layouts/orders.toml", "export-orders", ('from = "order.number"', 'from = "order.numbr"'), "order.numbr"),
        ("passerelle.toml", "fetch-orders", ("overlap_seconds", "overlap_second"), "overlap_second"),
        ("passerelle.toml", "export-orders", ("max_orders_per_file = 200", "max_orders_per_file = 0"), "max_orders_per_file"),
    ],
)
def test_a_wrong_configuration_is_refused_at_start_with_the_path_of_the_field(played, name, function, break_it, says):
    cloud = played.day.cloud
    key = f"config/{name}"
    good = cloud.read(key)
    assert break_it[0].encode() in good

    def put(content: bytes) -> None:
        cloud.client("s3").put_object(Bucket=cloud.outputs["bucket"], Key=key, Body=content)
        cloud.kill_functions()
        time.sleep(1)  # until the emulator has seen that they are gone

    put(good.replace(break_it[0].encode(), break_it[1].encode(), 1))
    try:
        with pytest.raises(FunctionFailed, match=re.escape(says)):
            cloud.invoke(function, {"scheduled_time": played.day.midnight})
    finally:
        put(good)
    assert cloud.invoke(function, {"scheduled_time": played.day.midnight})
