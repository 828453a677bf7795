"""What each station of the day holds, asked of the station itself, and whether all agree."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from tests.standins.money import cents

from .changes import Changes
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
    notes: list[str] = field(default_factory=list)

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


def gather(day: Day, happened: Changes, made: dict) -> Figures:
    """Ask every station and compare."""
    figures = Figures()
    _orders(figures, day, happened)
    _invoices(figures, day, made)
    return figures


def _orders(figures: Figures, day: Day, happened: Changes) -> None:
    shop = day.shop.ask("stats")["orders"]
    heads = day.cloud.heads("ORDER")
    states = Counter(head["status"]["S"] for head in heads.values())
    stats = day.till.stats()
    erp, refused = stats["orders"], stats["refused"]["orders"]
    first = day.rounds[0]
    taken = [sum(round.taken[name] for round in day.rounds) for name in ("orders_imported", "orders_changed", "orders_cancelled")]
    acks = [ack for round in day.rounds for ack in round.acks]
    reasons = sorted(ack["reason"] for ack in acks if not ack["accepted"])
    quarantined = states["quarantined"]
    changed = sum(happened.made.values())
    figures.orders = [
        Station("orders in the shop", shop["count"], None, "all states"),
        Station("orders fetched", len(heads), None, ", ".join(f"{n} {state}" for state, n in sorted(states.items()))),
        Station("orders quarantined", quarantined, None, "each with its reason"),
        Station(
            "orders exported at first", first.exported["orders"], cents(first.exported["total"]),
            f"in {len(first.exported['files'])} files",
        ),
        Station("changed after their export", changed, None, ", ".join(f"{n} {what}" for what, n in happened.made.items())),
        Station("of these taken by the ERP", taken[1] + taken[2], None, f"{taken[1]} replaced, {taken[2]} cancelled"),
        Station("refused by the ERP at first", refused, None, "; ".join(reasons)),
        Station("fixed and sent again", happened.fixed, None, "one replayed by the operator, one saved in the shop"),
        Station("acknowledgements of the ERP", len(acks), None, f"{len(acks) - len(reasons)} accepted, {len(reasons)} refused"),
        Station("sales in the shop at last", shop["to_export"], shop["to_export_cents"], "after changes and refunds"),
        Station("orders in the ERP at last", erp["imported"], erp["ttc_cents"], f"and {erp['cancelled']} cancelled"),
        Station("acknowledged in the shop", shop["accepted_by_erp"], None, "with their number in the ERP"),
    ]
    figures.agree("orders in the shop and in the ledger", shop["count"], len(heads))
    for number, round in enumerate(day.rounds, 1):
        figures.agree(f"orders exported and acknowledged, round {number}", round.exported["orders"], len(round.acks))
        figures.agree(f"euros exported and read by the ERP, round {number}", cents(round.exported["total"]), round.taken["read_cents"])
    figures.agree("orders taken and cancelled by the ERP", taken[0], erp["imported"] + erp["cancelled"])
    figures.agree("changes in the shop and in the ERP", changed, taken[1] + taken[2])
    both = "orders in ERP and cancelled there, and accepted in ledger and shop"
    figures.agree(both, taken[0], states["accepted"], shop["accepted_by_erp"])
    figures.agree("orders still refused or under way", states["rejected"] + states["exported"] + states["ready"] + states["claimed"], 0)
    figures.agree("orders refused, in the acknowledgements, and fixed", refused, len(reasons), happened.fixed)
    figures.agree("sales = in the ERP + quarantined", shop["to_export"], erp["imported"] + quarantined)
    # What does not add up is quarantined; all other sales are in the ERP to the cent.
    figures.agree("sound sales in the shop and orders in the ERP", shop["sound"], erp["imported"])
    figures.agree("euros in the shop and in the ERP", shop["sound_cents"], erp["ttc_cents"])
    figures.agree("orders doubled", sum(round.taken["duplicates"] for round in day.rounds), 0)


def _invoices(figures: Figures, day: Day, made: dict) -> None:
    heads = day.cloud.heads("INVOICE")
    states = Counter(head["state"]["S"] for head in heads.values())
    with ProcessPoolExecutor() as pool:
        read = list(pool.map(read_total, day.fetch_pdfs(), chunksize=16))
    rendered = sum(total for _, total, _ in read)
    held = day.shop.ask("stats")["invoices"]
    published, unpublishable = states["published"], states["unpublishable"]
    totals = {number: total for number, total, _ in read}
    without = [totals.get(number, 0) for number, head in heads.items() if head["state"]["S"] == "unpublishable"]
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
