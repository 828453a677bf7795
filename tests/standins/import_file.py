"""An import file taken apart by its layout: which row is what, and what each value means.

Faults of the file (encoding, quotes, columns, order of records, trailer) refuse it whole; faults of
one order are collected with it and refuse just that order.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from .layout import BOM, ENCODINGS, SOURCES, Column, Layout
from .money import cents
from .separated import FileFault, Row, read

Record = dict[str, Any]
"""Values by source: text, cents, Decimal, date (None where empty) or count; `_line` is the row's."""


@dataclass
class ImportedOrder:
    """One order as the file has it, with everything found wrong in its rows."""

    line: int
    header: Record
    lines: list[Record] = field(default_factory=list)
    payments: list[Record] = field(default_factory=list)
    faults: list[tuple[int, str]] = field(default_factory=list)


@dataclass
class ImportFile:
    """A file whose form is right."""

    orders: list[ImportedOrder]
    trailer: Record | None
    trailer_line: int
    records: int


def parse(content: bytes, layout: Layout) -> ImportFile:
    """Takes a file apart.

    Raises FileFault when its form is wrong.
    """
    rows = read(_decode(content, layout), layout.separator, layout.quote, layout.line_end)
    if layout.column_names:
        names = [column.name for column in layout.records["header"] + layout.records["line"]]
        if not rows or rows[0].values != names:
            raise FileFault(1, f"the first row is not the names of the columns: {', '.join(names)}")
        rows = rows[1:]
    if not rows:
        raise FileFault(0, "the file is empty")
    records = len(rows)
    trailer, trailer_line = None, rows[-1].line
    columns = layout.records["trailer"]
    if columns:
        last = rows.pop()
        if last.values[0] != columns[0].constant:
            raise FileFault(last.line, "the file ends without its trailer: it was cut off")
        faults: list[tuple[int, str]] = []
        trailer = _record(last, columns, layout, faults)
        if faults:
            raise FileFault(*faults[0])
    orders = _flat(rows, layout) if layout.flat else _records(rows, layout)
    result = ImportFile(orders, trailer, trailer_line, records)
    _check_trailer(result)
    return result


def _decode(content: bytes, layout: Layout) -> str:
    if layout.encoding == "utf-8-bom":
        if not content.startswith(BOM):
            raise FileFault(1, "the byte order mark is missing")
        content = content[len(BOM) :]
    elif content.startswith(BOM):
        raise FileFault(1, "a byte order mark where the layout has none")
    try:
        return content.decode(ENCODINGS[layout.encoding])
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise FileFault(line, f"byte {content[error.start]:#04x} is no {layout.encoding}") from None


def _records(rows: list[Row], layout: Layout) -> list[ImportedOrder]:
    """Header, its lines, its payments, the next header."""
    kinds = {layout.records[kind][0].constant: kind for kind in ("header", "line", "payment") if layout.records[kind]}
    orders: list[ImportedOrder] = []
    last = ""
    for row in rows:
        kind = kinds.get(row.values[0])
        if kind is None:
            raise FileFault(row.line, f"no record begins with {row.values[0]!r}")
        if kind == "header":
            orders.append(ImportedOrder(row.line, {}))
        elif not orders:
            raise FileFault(row.line, f"a {kind} record before the first header")
        elif kind == "line" and last == "payment":
            raise FileFault(row.line, "a line record after a payment record")
        last = kind
        order = orders[-1]
        record = _record(row, layout.records[kind], layout, order.faults)
        if kind == "header":
            order.header = record
            continue
        (order.lines if kind == "line" else order.payments).append(record)
        _check_reference(order, record, row.line)
    return orders


def _flat(rows: list[Row], layout: Layout) -> list[ImportedOrder]:
    """One row a line, with the order's columns in front on every row or on its first only."""
    header_columns, line_columns = layout.records["header"], layout.records["line"]
    width = len(header_columns)
    orders: list[ImportedOrder] = []
    first_values: list[str] = []
    for row in rows:
        _check_width(row, width + len(line_columns))
        values = row.values[:width]
        more = layout.shape == "header_first_row" and not any(values)
        more = more or (layout.shape == "header_repeated" and bool(orders) and values == first_values)
        if more and not orders:
            raise FileFault(row.line, "the first row has no header")
        if not more:
            orders.append(ImportedOrder(row.line, {}))
            orders[-1].header = _record(Row(row.line, values), header_columns, layout, orders[-1].faults)
            first_values = values
        order = orders[-1]
        if not more and not any(row.values[width:]):
            continue  # a cancellation has no lines
        record = _record(Row(row.line, row.values[width:]), line_columns, layout, order.faults)
        order.lines.append(record)
        _check_reference(order, record, row.line)
    return orders


def _check_reference(order: ImportedOrder, record: Record, line: int) -> None:
    for source in ("order.number", "order.id", "customer.code"):
        if source in record and source in order.header and record[source] != order.header[source]:
            order.faults.append((line, f"{source} is {record[source]!r}, its header's {order.header[source]!r}"))


def _check_width(row: Row, width: int) -> None:
    if len(row.values) != width:
        raise FileFault(row.line, f"{len(row.values)} columns where the layout has {width}")


def _record(row: Row, columns: list[Column], layout: Layout, faults: list[tuple[int, str]]) -> Record:
    _check_width(row, len(columns))
    record: Record = {"_line": row.line}
    for column, text in zip(columns, row.values, strict=True):
        try:
            value = _value(text, column, layout)
        except ValueError as error:
            faults.append((row.line, f"{column.name}: {error}"))
            continue
        if column.source:
            record[column.source] = value
            if column.codes:
                record[f"{column.source} words"] = column.words(text)
    return record


def _value(text: str, column: Column, layout: Layout) -> Any:
    if column.constant is not None:
        if text != column.constant:
            raise ValueError(f"is {text!r} instead of {column.constant!r}")
        return text
    if column.required and not text:
        raise ValueError("is empty and must not be")
    if column.max is not None and len(text) > column.max:
        raise ValueError(f"{len(text)} characters, and {column.max} are the most: {text!r}")
    if column.codes:
        if text and text not in column.codes.values() and text != column.default:
            raise ValueError(f"{text!r} is not in the code list")
        return text
    kind = SOURCES[column.source]
    if kind == "text":
        if text != text.strip():
            raise ValueError(f"blanks around {text!r}")
        return text
    if kind == "date":
        return _date(text, layout.date) if text else None
    if kind == "count":
        if not re.fullmatch(r"0|[1-9]\d*", text):
            raise ValueError(f"{text!r} is no count")
        return int(text)
    return _number(text, layout.decimal, money=kind == "money")


def _date(text: str, form: str) -> date:
    try:
        value = datetime.strptime(text, form).date()
    except ValueError:
        raise ValueError(f"{text!r} is no date of the form {form}") from None
    if value.strftime(form) != text:
        raise ValueError(f"{text!r} is no date of the form {form}")
    return value


def _number(text: str, point: str, money: bool) -> Any:
    places = 2 if money else 6
    if not re.fullmatch(rf"-?(0|[1-9]\d*)({re.escape(point)}\d{{1,{places}}})?", text):
        raise ValueError(f"{text!r} is no number with {point!r} and at most {places} decimals")
    number = Decimal(text.replace(point, "."))
    return cents(number) if money else number


def _check_trailer(file: ImportFile) -> None:
    if file.trailer is None:
        return
    found = {
        "file.orders": len(file.orders),
        "file.lines": sum(len(order.lines) for order in file.orders),
        "file.payments": sum(len(order.payments) for order in file.orders),
        "file.records": file.records,
        "file.total": sum(order.header.get("order.total", 0) for order in file.orders),
    }
    for source, count in found.items():
        said = file.trailer.get(source, count)
        if said != count:
            raise FileFault(file.trailer_line, f"the trailer says {said} for {source}, the file has {count}")
