"""The invoices of a day as the file that the ERP drops at 18:00, in the form of its layout."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from .files import LayoutFault, read_toml
from .layout import BOM, ENCODINGS
from .money import euros, sign
from .separated import needs_quotes

Json = dict[str, Any]
Cell = Callable[[Json, Json, "InvoiceLayout"], str]

COLUMNS = (
    "Facture", "Type", "Date", "Echeance", "Livraison", "Corrige", "Corrige le", "Client", "Nom", "Adr1", "Adr2", "CP",
    "Ville", "Pays", "SIREN", "TVA intra", "Livre a", "Livre adr1", "Livre CP", "Livre ville", "Reglement", "Note", "Origine",
    "Piece", "Date piece", "Article", "Designation", "Pays origine", "Categorie", "Lot", "Quantite", "Unite", "PU",
    "Remise", "Taux", "HT", "Consigne", "Base 5,5", "TVA 5,5", "Base 10", "TVA 10", "Base 20", "TVA 20", "Base 0",
    "Total HT", "Total TVA", "Total TTC", "Deja regle", "Net a payer",
)  # fmt: skip
"""The columns that the ERP has, in the order it writes them."""


@dataclass(frozen=True)
class InvoiceLayout:
    """What the file looks like."""

    encoding: str
    separator: str
    decimal: str
    date: str
    kinds: dict[str, str]
    origins: dict[str, str]
    trailer: Json | None

    def amount(self, amount: int) -> str:
        """Cents as an amount of the file."""
        return self.point(euros(amount))

    def point(self, number: str) -> str:
        """A number with the file's decimal sign."""
        return number.replace(".", self.decimal)

    def day(self, text: str | None) -> str:
        """A date of the file, empty for none."""
        return date.fromisoformat(text).strftime(self.date) if text else ""


def _flat(table: Json, prefix: str = "") -> dict[str, Any]:
    result: dict[str, Any] = {}
    for key, value in table.items():
        result |= _flat(value, f"{prefix}{key}.") if isinstance(value, dict) else {prefix + key: value}
    return result


def load(path: Path) -> InvoiceLayout:
    """Reads the layout. The ERP's columns have fixed names, so a layout that waits for others is
    wrong about this ERP.

    Raises LayoutFault when the layout does not fit the ERP.
    """
    table = read_toml(path)
    file = table.get("file", {})
    if file.get("encoding") not in ENCODINGS:
        raise LayoutFault(f"file.encoding: {file.get('encoding')!r} is none of {', '.join(ENCODINGS)}")
    wanted = list(_flat(table.get("columns", {})).values())
    for vat in table.get("vat", []):
        wanted += [vat[name] for name in ("base", "amount") if name in vat]
    unknown = [name for name in wanted if name not in COLUMNS]
    if unknown or "Facture" not in wanted:
        raise LayoutFault(
            f"columns: the ERP writes {', '.join(COLUMNS)}; the layout wants {', '.join(map(str, unknown))}"
        )
    codes = table.get("codes", {})
    return InvoiceLayout(
        encoding=file["encoding"],
        separator=file.get("separator", ";"),
        decimal=file.get("decimal", ","),
        date=file.get("date", "%d/%m/%Y"),
        kinds={word: code for code, word in codes.get("kind", {}).items()},
        origins={word: code for code, word in codes.get("origin", {}).items()},
        trailer=table.get("trailer"),
    )


def _head(name: str) -> Cell:
    return lambda invoice, line, layout: str(invoice[name])


def _head_day(name: str) -> Cell:
    return lambda invoice, line, layout: layout.day(invoice[name])


def _head_amount(name: str) -> Cell:
    return lambda invoice, line, layout: layout.amount(invoice[name])


def _item(name: str) -> Cell:
    return lambda invoice, line, layout: str(line[name])


def _item_number(name: str) -> Cell:
    return lambda invoice, line, layout: layout.point(str(line[name]))


def _price(text: str) -> str:
    """A price with two decimals at least, six at most."""
    whole, _, places = text.partition(".")
    return f"{whole}.{places:0<2}"


def _to(name: str) -> Cell:
    return lambda invoice, line, layout: invoice["deliver_to"][name] if invoice["deliver_to"] else ""


def _by_rate(part: str, rate: str) -> Cell:
    return lambda invoice, line, layout: layout.amount(invoice[part][rate]) if rate in invoice[part] else ""


_CELLS: dict[str, Cell] = {
    "Facture": _head("number"),
    "Type": lambda invoice, line, layout: layout.kinds[invoice["kind"]],
    "Date": _head_day("issued_on"),
    "Echeance": _head_day("due_on"),
    "Livraison": _head_day("delivered_on"),
    "Corrige": _head("corrects"),
    "Corrige le": _head_day("corrects_on"),
    "Client": _head("customer"),
    "Nom": _head("name"),
    "Adr1": _head("line1"),
    "Adr2": _head("line2"),
    "CP": _head("postcode"),
    "Ville": _head("city"),
    "Pays": _head("country"),
    "SIREN": _head("siren"),
    "TVA intra": _head("vat_number"),
    "Livre a": _to("name"),
    "Livre adr1": _to("line1"),
    "Livre CP": _to("postcode"),
    "Livre ville": _to("city"),
    "Reglement": _head("means"),
    "Note": _head("note"),
    "Origine": lambda invoice, line, layout: layout.origins[line["origin"]],
    "Piece": _item("reference"),
    "Date piece": lambda invoice, line, layout: layout.day(line["date"]),
    "Article": _item("article"),
    "Designation": _item("label"),
    "Pays origine": _item("country"),
    "Categorie": _item("class"),
    "Lot": _item("lot"),
    "Quantite": _item_number("quantity"),
    "Unite": _item("unit"),
    "PU": lambda invoice, line, layout: layout.point(_price(line["price"])),
    "Remise": lambda invoice, line, layout: layout.amount(line["discount"]),
    "Taux": _item_number("rate"),
    "HT": lambda invoice, line, layout: layout.amount(line["net"]),
    "Consigne": lambda invoice, line, layout: "O" if line["deposit"] else "",
    **{f"Base {rate.replace('.', ',')}": _by_rate("bases", rate) for rate in ("5.5", "10", "20", "0")},
    **{f"TVA {rate.replace('.', ',')}": _by_rate("vat", rate) for rate in ("5.5", "10", "20")},
    "Total HT": _head_amount("ht"),
    "Total TVA": _head_amount("tva"),
    "Total TTC": _head_amount("ttc"),
    "Deja regle": _head_amount("prepaid"),
    "Net a payer": _head_amount("due"),
}


def _quoted(value: str, separator: str) -> str:
    doubled = value.replace('"', '""')
    return f'"{doubled}"' if needs_quotes(value, separator) else value


def _rows(invoices: list[Json], layout: InvoiceLayout) -> list[list[str]]:
    """A row a line. On every 97th invoice that mixes both origins, the web's rows come only at the
    end of the file, as an ERP does that sorts by the document a line came from."""
    now: list[list[str]] = []
    later: list[list[str]] = []
    mixed = 0
    for invoice in invoices:
        origins = {line["origin"] for line in invoice["lines"]}
        mixed += len(origins) == 2
        apart = len(origins) == 2 and mixed % 97 == 1
        for line in invoice["lines"]:
            row = [_CELLS[name](invoice, line, layout) for name in COLUMNS]
            (later if apart and line["origin"] == "web" else now).append(row)
    return now + later


def write(invoices: list[Json], layout: InvoiceLayout) -> bytes:
    """The file, byte for byte the same for the same invoices."""
    rows = _rows(invoices, layout)
    text = [COLUMNS, *rows]
    if layout.trailer:
        positions = {
            "invoices": str(len(invoices)),
            "rows": str(len(rows)),
            "gross": layout.amount(sum(i["ttc"] * sign(i) for i in invoices)),
        }
        cells = {layout.trailer[name]: value for name, value in positions.items() if name in layout.trailer}
        trailer = [layout.trailer["mark"], *(cells.get(place, "") for place in range(2, max(cells, default=1) + 1))]
        text.append(trailer)
    lines = (layout.separator.join(_quoted(value, layout.separator) for value in row) for row in text)
    content = "".join(f"{line}\r\n" for line in lines)
    mark = BOM if layout.encoding == "utf-8-bom" else b""
    return mark + content.encode(ENCODINGS[layout.encoding], errors="replace")
