"""The day as a table on the terminal and as a page."""

from __future__ import annotations

import html
import textwrap
from pathlib import Path

from tests.standins.money import french_money

from .figures import Figures, Station


def euros(cents: int | None) -> str:
    """1234567 is `12 345,67 €`."""
    return "" if cents is None else french_money(cents)


def as_text(figures: Figures, seconds: dict[str, float]) -> str:
    """The table."""
    lines = [""]
    for title, stations in (("ORDERS OUT", figures.orders), ("INVOICES BACK", figures.invoices)):
        lines += [f"  {title}", *(_row(station) for station in stations), ""]
    lines += ["  SECONDS", *(f"    {name:<34}{taken:>8.1f}" for name, taken in seconds.items()), ""]
    lines += [f"  {line}" for note in figures.notes for line in textwrap.wrap(note, 110)] + [""] * bool(figures.notes)
    if figures.disagreements:
        lines += ["  DOES NOT AGREE", *(f"    {what}" for what in figures.disagreements)]
    else:
        lines += ["  Every figure agrees, to the cent."]
    return "\n".join(lines)


def _row(station: Station) -> str:
    return f"    {station.name:<34}{station.count:>8}{euros(station.cents):>18}   {station.note}".rstrip()


PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Passerelle: {day}</title>
<style>
body {{ font: 16px/1.5 system-ui, sans-serif; max-width: 56rem; margin: 3rem auto; padding: 0 1.5rem; color: #1d2a24 }}
h1 {{ font-weight: 650; margin-bottom: 0 }} h2 {{ margin-top: 2.5rem; font-size: 1.1rem; color: #1f5c3f }}
table {{ border-collapse: collapse; width: 100% }} td {{ padding: .45rem .5rem; border-bottom: 1px solid #dfe7e2 }}
td.n {{ text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap }} td.note {{ color: #67776f }}
.verdict {{ padding: .8rem 1rem; border-radius: .5rem; margin: 1.5rem 0; background: #e5f3ea }} .bad {{ background: #fbe6e0 }}
</style>
<h1>A day at Rungis</h1><p>{day}</p>
<div class="verdict{bad}">{verdict}</div>
{tables}
<h2>Seconds</h2><table>{seconds}</table>
{notes}
<p>Files: <a href="orders/">orders/</a> (what the ERP read), <a href="invoices/">invoices/</a> (what the customers see).</p>
</html>
"""


def as_page(figures: Figures, seconds: dict[str, float], day: str, out: Path) -> None:
    """The same as a page."""
    tables = "".join(
        f"<h2>{title}</h2><table>{''.join(_html_row(station) for station in stations)}</table>"
        for title, stations in (("Orders out", figures.orders), ("Invoices back", figures.invoices))
    )
    bad = figures.disagreements
    verdict = "<br>".join(map(html.escape, bad)) if bad else "Every figure agrees, to the cent."
    rows = "".join(f"<tr><td>{html.escape(name)}<td class=n>{taken:.1f}" for name, taken in seconds.items())
    notes = "".join(f"<p>{html.escape(note)}</p>" for note in figures.notes)
    page = PAGE.format(notes=notes, day=day, bad=" bad" if bad else "", verdict=verdict, tables=tables, seconds=rows)
    out.write_text(page, encoding="utf-8")


def _html_row(station: Station) -> str:
    cells = f"<td class=n>{station.count}<td class=n>{euros(station.cents)}<td class=note>{html.escape(station.note)}"
    return f"<tr><td>{html.escape(station.name)}{cells}"
