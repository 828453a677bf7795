"""What customers wrote and who they are stays in the bucket and the ledger: no log repeats it."""

from __future__ import annotations

import json

from tests.standins.customers import Customer, customers

from .test_2_repeats import figures
from .test_3_bad_input import one_invoice


def private(customer: Customer) -> set[str]:
    """What no log may say of a customer."""
    words = {customer.company, f"{customer.first_name} {customer.last_name}", customer.line1, customer.phone}
    words |= {customer.email, customer.line2 if customer.line2[:1].isdigit() else "", *(customer.delivery or ())[:1]}
    # As a JSON text has them, too.
    return {spelt for word in words - {""} for spelt in (word, json.dumps(word, ensure_ascii=False)[1:-1])}


def test_no_log_names_a_customer_whatever_was_wrong_on_the_day(played):
    day = played.day
    people = customers(day.shop.seed)
    person = people[3]
    name = f"{person.company} {person.email} {person.phone}"

    def misplaced(row: bytes) -> bytes:
        cells = row.split(b";")
        cells[2] = name.encode("cp1252")
        return b";".join(cells)

    outcome = played.outcome(played.drop("nom-dans-la-date.csv", one_invoice(played, b"X5", misplaced)))
    assert figures(outcome)["rejected"] == 1
    header = played.csv.read_bytes().replace(b"Facture;Type", name.encode("cp1252") + b";Type", 1)
    assert "rejected" in played.outcome(played.drop("nom-dans-l-entete.csv", header))["outcome"]["M"]
    report = day.folder / "dropped" / "nom.csv"
    report.write_bytes(f"{name};{name}\r\n".encode("cp1252"))
    day.cloud.put_drop(report, inbox="orders/acks/")
    day.settle()
    order = day.shop.ask("orders")[0]["id"]
    day.shop.ask("orders", {"id": order, "set": {"total": name}})
    assert day.fetch()["faulty"] == 1

    logs = {function: day.cloud.logs(function) for function in day.cloud.outputs["log_groups"]}
    said = {function: {line for line in lines if '"_aws"' not in line} for function, lines in logs.items()}
    for function, words in {
        "ingest-invoices": ("invoice set aside", "file refused whole"),
        "receive-acks": ("refused by the ERP", "file refused whole"),
        "fetch-orders": ("order set aside",),
    }.items():
        for expected in words:
            assert any(expected in line for line in said[function]), f"{function} says nothing of {expected!r}"
    texts = {function: "\n".join(lines) for function, lines in said.items()}
    personal = set().union(*map(private, people))
    found = {(function, word) for function, text in texts.items() for word in personal if word in text}
    assert found == set()
