"""The ERP's own reading of a layout for import files: strict, and written without a look at the
product's, so that a fault in one of the two shows."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .files import LayoutFault, read_toml

ENCODINGS = {
    "utf-8": "utf-8",
    "utf-8-bom": "utf-8",
    "windows-1252": "cp1252",
    "iso-8859-15": "iso8859-15",
}
"""The layout's names of encodings, and Python's."""
BOM = b"\xef\xbb\xbf"

_CHOICES = {
    "shape": ("header_and_lines", "header_repeated", "header_first_row"),
    "encoding": tuple(ENCODINGS),
    "separator": (";", ",", "\t", "|"),
    "quote": ("when_needed", "always", "never"),
    "line_end": ("crlf", "lf"),
    "decimal": (",", "."),
    "unencodable": ("transliterate", "set_aside"),
    "promotions": ("line_per_vat_rate", "spread", "header_field"),
    "charges": ("line_per_vat_rate", "header_field"),
    "payments": ("record_each", "sum", "first"),
    "amendments": ("set_aside", "replacement", "cancellation"),
}
ACTIONS = {"set_aside": ("new",), "replacement": ("new", "replace", "cancel"), "cancellation": ("new", "cancel")}
"""What an order of a file can be, by what the ERP takes of changes."""
_ADDRESS = ("name", "line1", "line2", "postcode", "city", "country", "phone")
_TEXTS = {
    "order": ("number", "shop", "id", "batch", "action", "note", "promotion_codes", "payment_method"),
    "customer": ("code", "name", "email", "siret", "vat_number"),
    "billing": _ADDRESS,
    "delivery": _ADDRESS,
    "line": ("article", "label", "unit"),
    "payment": ("method", "label", "reference"),
    "file": ("batch",),
}
_MONEY = {
    "order": ("net", "vat", "total", "promotion_net", "delivery_net", "fee_net", "payment_total"),
    "line": ("gross", "discount", "net", "vat", "total"),
    "payment": ("amount",),
    "file": ("total",),
}
_DATES = {"order": ("created_on", "wanted_on")}
_DECIMALS = {"line": ("quantity", "unit_price", "vat_rate")}
_COUNTS = {"line": ("number",), "payment": ("number",), "file": ("orders", "lines", "payments", "records")}


def _kinds() -> dict[str, str]:
    kinds = {}
    tables = (("text", _TEXTS), ("money", _MONEY), ("date", _DATES), ("decimal", _DECIMALS), ("count", _COUNTS))
    for kind, table in tables:
        kinds.update({f"{group}.{name}": kind for group, names in table.items() for name in names})
    return kinds


SOURCES: dict[str, str] = _kinds()
"""Where a column's value can come from, and what kind of value that is."""
_GROUPS = {
    "header": ("order", "customer", "billing", "delivery"),
    "line": ("order", "customer", "billing", "delivery", "line"),
    "payment": ("order", "customer", "billing", "delivery", "payment"),
    "trailer": ("file",),
}


@dataclass(frozen=True)
class Column:
    """A column: a constant or a source, and what its values must satisfy."""

    name: str
    constant: str | None
    source: str
    required: bool
    max: int | None
    codes: dict[str, str]
    default: str | None

    def words(self, text: str) -> list[str]:
        """The shop's words that this column writes as `text`."""
        return [word for word, code in self.codes.items() if code == text]


@dataclass(frozen=True)
class Layout:
    """A layout for import files."""

    shape: str
    encoding: str
    separator: str
    quote: str
    line_end: str
    column_names: bool
    decimal: str
    date: str
    policy: dict[str, str]
    records: dict[str, list[Column]]

    @property
    def flat(self) -> bool:
        """Whether header and line stand in one row."""
        return self.shape != "header_and_lines"


def _choice(table: dict[str, Any], path: str, name: str, default: str | None = None) -> str:
    value = table.get(name, default)
    if value not in _CHOICES[name]:
        raise LayoutFault(f"{path}.{name}: {value!r} is none of {', '.join(map(repr, _CHOICES[name]))}")
    return str(value)


def _known(table: dict[str, Any], path: str, names: set[str]) -> None:
    unknown = sorted(set(table) - names)
    if unknown:
        raise LayoutFault(f"{path}: does not know {', '.join(unknown)}")


def _column(table: dict[str, Any], record: str, place: int) -> Column:
    path = f"{record}[{place}]"
    _known(table, path, {"name", "value", "from", "required", "max", "too_long", "codes", "default"})
    if not table.get("name"):
        raise LayoutFault(f"{path}.name: is missing")
    if ("value" in table) == ("from" in table):
        raise LayoutFault(f"{path}: has both or neither of value and from")
    source = table.get("from", "")
    if source:
        if source not in SOURCES:
            raise LayoutFault(f"{path}.from: knows no source {source!r}")
        if source.split(".")[0] not in _GROUPS[record] and source != "file.batch":
            raise LayoutFault(f"{path}.from: {source} does not stand in a {record} record")
    if table.get("too_long", "set_aside") not in ("set_aside", "cut"):
        raise LayoutFault(f"{path}.too_long: is neither set_aside nor cut")
    if table.get("too_long") == "cut" and source in ("customer.code", "line.article", "order.number"):
        raise LayoutFault(f"{path}.too_long: cut would shorten a code")
    if "default" in table and "codes" not in table:
        raise LayoutFault(f"{path}.default: there are no codes")
    return Column(
        table["name"], table.get("value"), source, bool(table.get("required", False)), table.get("max"),
        dict(table.get("codes", {})), table.get("default"),
    )  # fmt: skip


def load(path: Path) -> Layout:
    """Reads a layout.

    Raises LayoutFault when it says something unknown or impossible.
    """
    table = read_toml(path)
    _known(table, "layout", {"file", "policy", "header", "line", "payment", "trailer"})
    file, policy = table.get("file", {}), table.get("policy", {})
    names = {"name", "shape", "encoding", "separator", "quote", "line_end", "column_names", "decimal", "date"}
    _known(file, "file", names | {"unencodable"})
    articles = {"promotion_article", "delivery_article", "fee_article"}
    _known(policy, "policy", articles | {"promotions", "charges", "payments", "amendments"})
    _choice(file, "file", "unencodable")
    chosen = {name: _choice(policy, "policy", name) for name in ("promotions", "charges", "payments")}
    chosen["amendments"] = _choice(policy, "policy", "amendments", "set_aside")
    chosen |= {name: str(policy[name]) for name in articles if name in policy}
    records = {
        record: [_column(column, record, place) for place, column in enumerate(table.get(record, []))]
        for record in _GROUPS
    }
    layout = Layout(
        shape=_choice(file, "file", "shape"),
        encoding=_choice(file, "file", "encoding"),
        separator=_choice(file, "file", "separator"),
        quote=_choice(file, "file", "quote"),
        line_end={"crlf": "\r\n", "lf": "\n"}[_choice(file, "file", "line_end")],
        column_names=bool(file.get("column_names", False)),
        decimal=_choice(file, "file", "decimal"),
        date=str(file.get("date", "")),
        policy=chosen,
        records=records,
    )
    _check(layout)
    return layout


def _check(layout: Layout) -> None:
    if "%" not in layout.date:
        raise LayoutFault("file.date: is no date format")
    if layout.column_names and not layout.flat:
        raise LayoutFault("file.column_names: header and lines have different columns")
    sources = {column.source for columns in layout.records.values() for column in columns}
    if not sources & {"order.number", "order.id"}:
        raise LayoutFault("the ERP needs order.number or order.id, and no column has either")
    for needed in ("customer.code", "line.article", "line.net"):
        if needed not in sources:
            raise LayoutFault(f"the ERP needs {needed}, and no column has it")
    actions = [column for column in layout.records["header"] if column.source == "order.action"]
    if layout.policy["amendments"] != "set_aside":
        if not actions:
            raise LayoutFault("policy.amendments: changes are to be sent, but no column has order.action")
        for word in ACTIONS[layout.policy["amendments"]]:
            if actions[0].codes and word not in actions[0].codes:
                raise LayoutFault(f"{actions[0].name}: its code list lacks {word}")
    if layout.records["payment"] and (layout.flat or layout.policy["payments"] != "record_each"):
        raise LayoutFault("payment: the layout is not header_and_lines with record_each")
    marked = [] if layout.flat else ["header", "line", "payment"]
    for record in [*marked, "trailer"]:
        columns = layout.records[record]
        if columns and not columns[0].constant:
            raise LayoutFault(f"{record}[0]: is no constant, so that the record cannot be recognised")
    marks = [layout.records[r][0].constant for r in [*marked, "trailer"] if layout.records[r]]
    if len(set(marks)) != len(marks):
        raise LayoutFault("two records begin with the same constant")
