"""A file of many invoices through ingest-invoices on the local cloud: `python -m tests.bench.ingest [INVOICES]`.

The file is dropped as the ERP does; rendering is switched off, so what is measured ends when each invoice is in the
ledger and announced. Prints time, peak memory of the function's process, and what is registered and announced.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import time
from decimal import Decimal
from pathlib import Path

from tests.bench.render import machine
from tests.local import ROOT, Cloud
from tests.local.cloud import ENVIRONMENT
from tests.standins.invoice_file import COLUMNS
from tests.standins.money import french, vat_on

FOLDER = ROOT / "target" / "bench" / "ingest"
MOST_SECONDS = 3600
RATE = Decimal("5.5")


def write(path: Path, invoices: int) -> None:
    """Invoices of one line, as the till writes them, one row at a time."""
    gross = 0
    with path.open("w", encoding="cp1252", newline="") as file:
        file.write(";".join(COLUMNS) + "\r\n")
        for place in range(1, invoices + 1):
            net = 1_000 + place % 50_000
            vat = vat_on(net, RATE)
            gross += net + vat
            cells = {
                "Facture": f"Z{place:07d}", "Type": "F", "Date": "24/11/2026", "Echeance": "24/12/2026",
                "Client": f"C{place % 700 + 1:05d}", "Nom": f"Bistrot n° {place % 700}", "Adr1": f"{place % 90 + 1} rue du Marché",
                "CP": "94150", "Ville": "Rungis", "Pays": "FR", "Reglement": "Virement", "Origine": "CARREAU",
                "Piece": f"T-{place}", "Article": "TOM-6", "Designation": "Cagette tomates cœur de bœuf 6 kg",
                "Pays origine": "France", "Categorie": "I", "Lot": f"L-{place % 365}", "Quantite": "1", "Unite": "colis",
                "PU": french(net), "Remise": "0,00", "Taux": "5,5", "HT": french(net), "Base 5,5": french(net), "TVA 5,5": french(vat),
                "Total HT": french(net), "Total TVA": french(vat), "Total TTC": french(net + vat), "Deja regle": "0,00",
                "Net a payer": french(net + vat),
            }  # fmt: skip
            file.write(";".join(cells.get(column, "") for column in COLUMNS) + "\r\n")
        file.write(f"FIN;{invoices};{invoices};{french(gross)}\r\n")


def switch_off(cloud: Cloud, function: str) -> None:
    """Let a function's messages wait."""
    lambdas = cloud.client("lambda")
    for mapping in lambdas.list_event_source_mappings(FunctionName=cloud.outputs["functions"][function])["EventSourceMappings"]:
        lambdas.update_event_source_mapping(UUID=mapping["UUID"], Enabled=False)


def outcome_of(cloud: Cloud, key: str) -> dict | None:
    """What became of the file, once it is known."""
    found = cloud.client("dynamodb").query(
        TableName=cloud.outputs["table"], KeyConditionExpression="pk = :drop", ExpressionAttributeValues={":drop": {"S": f"DROP#{key}"}}
    )["Items"]
    return found[0].get("outcome", {}).get("M") if found else None


def registered(cloud: Cloud) -> int:
    """The invoices in the ledger."""
    pages = cloud.client("dynamodb").get_paginator("scan").paginate(
        TableName=cloud.outputs["table"], Select="COUNT", FilterExpression="begins_with(pk, :invoice) AND sk = :head",
        ExpressionAttributeValues={":invoice": {"S": "INVOICE#"}, ":head": {"S": "HEAD"}},
    )  # fmt: skip
    return sum(page["Count"] for page in pages)


def main() -> int:
    """Measure and print; 1 when something is not registered or not announced."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.ingest", description=__doc__)
    parser.add_argument("invoices", type=int, nargs="?", default=100_000, help="how many (100000)")
    count = parser.parse_args().invoices
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    file = FOLDER / "factures.csv"
    write(file, count)
    with Cloud(FOLDER / "cloud") as cloud:
        cloud.deploy(ENVIRONMENT)
        switch_off(cloud, "render-invoice")
        started, peak_kb = time.monotonic(), 0
        key = cloud.put_drop(file)
        while (outcome := outcome_of(cloud, key)) is None:
            if time.monotonic() - started > MOST_SECONDS:
                raise RuntimeError(f"the file is not taken in after {MOST_SECONDS} s: make logs FN=ingest-invoices")
            peak_kb = max(peak_kb, cloud.peak_memory_kb("ingest-invoices"))
            time.sleep(0.5)
        seconds, used = time.monotonic() - started, cloud.cpu_seconds()
        if "accepted" not in outcome:
            raise RuntimeError(f"the file was refused: {outcome}")
        new, known, announced = int(outcome["accepted"]["M"]["new"]["N"]), registered(cloud), sum(cloud.queue_depths()["render-invoice"])
    megabytes = file.stat().st_size / 1_000_000
    shutil.rmtree(FOLDER)
    print(f"{machine()}; {count} invoices of one line, {megabytes:.0f} MB, on the local cloud")
    print(f"  {seconds:.0f} s, {count / seconds:.0f} invoices a second; of a processor: ingest-invoices {used['ingest-invoices']:.0f} s, "
          f"the local cloud {used['local cloud']:.0f} s")  # fmt: skip
    print(f"  most memory of the function's process: {peak_kb / 1024:.0f} MB")
    print(f"  new by its own count {new}, in the ledger {known}, announced {announced}")
    return 0 if count == new == known == announced else 1


if __name__ == "__main__":
    sys.exit(main())
