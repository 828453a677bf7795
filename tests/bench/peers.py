"""The same invoice by ReportLab (a plain PDF) and by WeasyPrint (PDF/A-3b with the XML): `peers.py NAME JSON SECONDS`.

Both show what the product's page shows, with its font; neither is asked for carried-over sums.
"""

from __future__ import annotations

import io
import json
import sys
import time
from html import escape
from pathlib import Path

ROOT = Path(__file__).parents[2]
FONTS = ROOT / "shared" / "invoice-pdf" / "fonts"
HEAD = ["Article", "Désignation", "Quantité", "PU HT", "TVA", "Montant HT"]


def figure(value: str) -> str:
    """`1 234,56`."""
    return f"{float(value):,.2f}".replace(",", "\u202f").replace(".", ",")


def rows(invoice: dict) -> list[list[str]]:
    """The table of lines."""
    return [
        [
            line["article"] or "",
            line["designation"] + (f"\nOrigine {line['country_of_origin']} · Lot {line['lot']}" if line["lot"] else ""),
            line["quantity"].replace(".", ","),
            figure(line["unit_price"]),
            f"{line['vat']['rate'].replace('.', ',')}\u202f%",
            figure(line["net"]),
        ]
        for line in invoice["lines"]
    ]


def vat_rows(invoice: dict) -> list[list[str]]:
    """The VAT table."""
    return [[f"{row['vat']['rate']}\u202f%", figure(row["base"]), figure(row["amount"])] for row in invoice["vat_breakdown"]]


def totals(invoice: dict) -> list[list[str]]:
    """The totals."""
    names = {"net": "Total HT", "vat": "Total TVA", "gross": "Total TTC", "prepaid": "Déjà réglé", "due": "Net à payer"}
    return [[label, figure(invoice["totals"][name]) + "\u00a0€"] for name, label in names.items()]


def address(invoice: dict) -> list[str]:
    """The buyer's."""
    there = invoice["buyer"]["address"]
    return [there["name"], there["line1"], there["line2"], f"{there['postcode']} {there['city']}"]


def reportlab():
    """A function from an invoice to a plain PDF."""
    from reportlab.lib import colors
    from reportlab.lib.pagesizes import A4
    from reportlab.lib.styles import ParagraphStyle
    from reportlab.lib.units import mm
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.ttfonts import TTFont
    from reportlab.platypus import Paragraph, SimpleDocTemplate, Spacer, Table

    for style in ("Regular", "Bold"):
        pdfmetrics.registerFont(TTFont(f"Sans-{style}", FONTS / f"PasserelleSans-{style}.ttf"))
    body = ParagraphStyle("body", fontName="Sans-Regular", fontSize=8.5, leading=10.4)
    title = ParagraphStyle("title", fontName="Sans-Bold", fontSize=20, leading=24)
    grid: list[tuple] = [("FONT", (0, 0), (-1, -1), "Sans-Regular", 8.5), ("FONT", (0, 0), (-1, 0), "Sans-Bold", 7.5)]
    grid += [("ALIGN", (2, 0), (-1, -1), "RIGHT"), ("LINEBELOW", (0, 0), (-1, -1), 0.3, colors.lightgrey)]

    def render(invoice: dict, _xml: bytes) -> bytes:
        out = io.BytesIO()
        document = SimpleDocTemplate(out, pagesize=A4, leftMargin=18 * mm, rightMargin=18 * mm, title=invoice["number"])
        lines = [[row[0], Paragraph(row[1].replace("&", "&amp;").replace("\n", "<br/>"), body), *row[2:]] for row in rows(invoice)]
        widths = [25 * mm, 75 * mm, 18 * mm, 18 * mm, 14 * mm, 24 * mm]
        document.build(
            [
                Paragraph(f"Facture n° {invoice['number']}", title),
                *(Paragraph(escape(line), body) for line in address(invoice)),
                Spacer(1, 10 * mm),
                Table([HEAD, *lines], colWidths=widths, repeatRows=1, style=grid),
                Spacer(1, 5 * mm),
                Table([["Taux", "Base", "TVA"], *vat_rows(invoice)], style=grid),
                Table(totals(invoice), style=grid),
            ]
        )
        return out.getvalue()

    return render


def weasyprint():
    """A function from an invoice and its XML to a PDF/A-3b."""
    from weasyprint import HTML, Attachment
    from weasyprint.text.fonts import FontConfiguration

    faces = "".join(
        f"@font-face{{font-family:Sans;font-weight:{weight};src:url({(FONTS / f'PasserelleSans-{style}.ttf').as_uri()})}}"
        for style, weight in (("Regular", 400), ("Bold", 700))
    )
    css = faces + "@page{size:A4;margin:18mm} body{font:8.5pt Sans} table{width:100%;border-collapse:collapse}"
    css += "td{border-bottom:.3pt solid #ddd} td:nth-child(n+3){text-align:right} th{text-align:left}"

    def table(body: list[list[str]], head: list[str] | None = None) -> str:
        def cells(tag: str, row: list[str]) -> str:
            return "<tr>" + "".join(f"<{tag}>{escape(cell).replace(chr(10), '<br>')}</{tag}>" for cell in row) + "</tr>"

        return "<table>" + (f"<thead>{cells('th', head)}</thead>" if head else "") + "".join(cells("td", row) for row in body) + "</table>"

    def render(invoice: dict, xml: bytes) -> bytes:
        parts = [f"<h1>Facture n° {invoice['number']}</h1>", *(f"<div>{escape(line)}</div>" for line in address(invoice))]
        parts += [table(rows(invoice), HEAD), table(vat_rows(invoice), ["Taux", "Base", "TVA"]), table(totals(invoice))]
        head = f"<head><title>Facture {invoice['number']}</title><style>{css}</style></head>"
        html = f"<html lang=fr>{head}<body>{''.join(parts)}</body></html>"
        attachment = Attachment(string=xml, name="factur-x.xml", relationship="Alternative")
        document = HTML(string=html).render(font_config=FontConfiguration())
        document.metadata.attachments = [attachment]
        return document.write_pdf(pdf_variant="pdf/a-3b")

    return render


def main(name: str, file: str, seconds: str) -> None:
    """Render over and over; print what it takes as one line of JSON."""
    invoice = json.loads(Path(file).read_bytes())
    xml = b"<x>" + Path(file).read_bytes() + b"</x>"
    render = {"reportlab": reportlab, "weasyprint": weasyprint}[name]()
    size, rounds, until = len(render(invoice, xml)), 0, time.monotonic() + float(seconds)
    before = time.process_time_ns()
    while time.monotonic() < until or rounds < 3:
        render(invoice, xml)
        rounds += 1
    mean = (time.process_time_ns() - before) // 1000 // rounds
    peak = next(int(line.split()[1]) for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
    figures = {"lines": len(invoice["lines"]), "cpu_us": mean, "bytes": size}
    print(json.dumps(figures | {"peak_kb": peak, "rounds": rounds}))


if __name__ == "__main__":
    main(*sys.argv[1:])
