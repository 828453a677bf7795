"""What each station of the day holds, asked of the station itself, and whether all agree."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from .pdf_text import amount_after, text_of
from .play import Day


@dataclass(frozen=True)
class Station:
    """A row of the table: what, how many, how much in cents with VAT."""

    name: str
    count: int
    cents: int | None = None
    note: str = ""


@dataclass
class Figures:
    """The day's stations and everything that does not agree."""

    orders: list[Station] = field(default_factory=list)
    invoices: list[Station] = field(default_factory=list)
    disagreements: list[str] = field(default_factory=list)

    def agree(self, what: str, *figures: int) -> None:
        """Note it when figures that should be the same are not."""
        if len(set(figures)) > 1:
            self.disagreements.append(f"{what}: {' ≠ '.join(map(str, figures))}")


def read_total(file: Path) -> tuple[str, int, bool]:
    """An invoice's number, its total with VAT in cents (credit notes negative) as a reader sees it."""
    text = text_of(file)
    gross = amount_after("Total TTC", text)
    credit = "Net en votre faveur" in text  # what a credit note says where an invoice says "Net à payer"
    return file.stem, (-gross if credit else gross) if gross is not None else 0, gross is not None


def gather(day: Day, exported: dict, taken: dict, made: dict) -> Figures:
    """Ask every station and compare."""
    figures = Figures()
    _orders(figures, day, exported, taken)
    _invoices(figures, day, made)
    return figures


def _orders(figures: Figures, day: Day, exported: dict, taken: dict) -> None:
    shop = day.shop.ask("stats")["orders"]
    heads = [i for i in day.cloud.ledger() if i["pk"]["S"].startswith("ORDER#") and i["sk"]["S"] == "HEAD"]
    states = Counter(head["status"]["S"] for head in heads)
    stats = day.till.stats()
    imported = stats["orders"]
    files = day.cloud.keys("orders/outbox/")
    aside = states["quarantined"]
    given = states["exported"] + states["accepted"]
    figures.orders = [
        Station("orders in the shop", shop["count"], None, "all states"),
        Station("of these sales, after refunds", shop["to_export"], shop["to_export_cents"]),
        Station("orders fetched", len(heads), None, ", ".join(f"{n} {state}" for state, n in sorted(states.items()))),
        Station("orders set aside", aside, None, "in quarantine, each with its reason"),
        Station("orders exported", exported["orders"], cents(exported["total"]), f"in {len(files)} files"),
        Station("orders in the ERP", imported["imported"], imported["ttc_cents"]),
        Station("orders accepted, known to the shop", shop["accepted_by_erp"], None, "with their number in the ERP"),
    ]
    figures.agree("orders in the shop and in the ledger", shop["count"], len(heads))
    figures.agree("sales = exported + set aside", shop["to_export"], given + aside)
    figures.agree("orders exported and in the ERP", exported["orders"], imported["imported"], given)
    figures.agree("orders in the ERP and accepted in ledger and shop", imported["imported"], states["accepted"], shop["accepted_by_erp"])
    figures.agree("euros exported and in the ERP", cents(exported["total"]), imported["ttc_cents"])
    # What does not add up is set aside; all other sales reach the ERP to the cent.
    figures.agree("sound sales in the shop and orders in the ERP", shop["sound"], imported["imported"])
    figures.agree("euros in the shop and in the ERP", shop["sound_cents"], imported["ttc_cents"])
    figures.agree("orders refused or doubled by the ERP", taken["errors"] + taken["duplicates"], 0)


def _invoices(figures: Figures, day: Day, made: dict) -> None:
    heads = [i for i in day.cloud.ledger() if i["pk"]["S"].startswith("INVOICE#") and i["sk"]["S"] == "HEAD"]
    states = Counter(head["state"]["S"] for head in heads)
    with ProcessPoolExecutor() as pool:
        read = list(pool.map(read_total, day.fetch_pdfs(), chunksize=16))
    rendered = sum(total for _, total, _ in read)
    held = day.shop.ask("stats")["invoices"]
    published, unpublishable = states["published"], states["unpublishable"]
    totals = {number: total for number, total, _ in read}
    without = [totals.get(head["pk"]["S"].removeprefix("INVOICE#"), 0) for head in heads if head["state"]["S"] == "unpublishable"]
    figures.invoices = [
        Station("invoices in the CSV", made["count"], made["gross_cents"]),
        Station("invoices registered", len(heads)),
        Station("invoices as PDF", len(read), rendered, "read back from the documents"),
        Station("invoices in the shop", held["count"], held["gross_cents"]),
        Station("customers without account", len(without), sum(without)),
    ]
    figures.agree("invoices", made["count"], len(heads), len(read), published + unpublishable)
    figures.agree("invoices in the shop", held["count"], published)
    figures.agree("euros in the CSV and on the PDFs", made["gross_cents"], rendered)
    figures.agree("euros in the shop and without account", made["gross_cents"], held["gross_cents"] + sum(without))
    figures.disagreements += [f"no total can be read in {number}.pdf" for number, _, found in read if not found]
    for queue, (waiting, in_flight) in day.cloud.queue_depths().items():
        figures.agree(f"messages left in {queue}", waiting + in_flight, 0)


def cents(amount: str) -> int:
    """`"12.50"` is 1250."""
    return int(amount.replace(".", ""))
