"""Text with separators, read strictly: every row as it must have been written, else a fault with
its line."""

from __future__ import annotations

from dataclasses import dataclass


class FileFault(Exception):
    """Why a whole file is refused: a line (0 for the file itself) and a reason."""

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(f"line {line}: {reason}")
        self.line, self.reason = line, reason


@dataclass(frozen=True)
class Row:
    """A row's values, and the line it begins on, counted from 1."""

    line: int
    values: list[str]


@dataclass
class _Reader:
    text: str
    separator: str
    quote: str
    line_end: str
    at: int = 0
    line: int = 1

    def rows(self) -> list[Row]:
        result = []
        while self.at < len(self.text):
            start, values = self.line, [self._value()]
            while self._skip(self.separator):
                values.append(self._value())
            if not self._skip(self.line_end):
                raise FileFault(self.line, "the row does not end with the line end of the layout")
            self.line += 1
            result.append(Row(start, values))
        return result

    def _skip(self, text: str) -> bool:
        if self.text.startswith(text, self.at):
            self.at += len(text)
            return True
        return False

    def _value(self) -> str:
        if self.quote != "never" and self.text.startswith('"', self.at):
            return self._quoted()
        start = self.at
        while self.at < len(self.text) and self.text[self.at] not in (self.separator, "\r", "\n"):
            self.at += 1
        value = self.text[start : self.at]
        if '"' in value:
            raise FileFault(self.line, f"a quote inside an unquoted value: {value!r}")
        if self.quote == "always":
            raise FileFault(self.line, f"a value without quotes: {value!r}")
        return value

    def _quoted(self) -> str:
        line, parts = self.line, []
        self.at += 1
        while True:
            end = self.text.find('"', self.at)
            if end < 0:
                raise FileFault(line, "a quote that is never closed")
            parts.append(self.text[self.at : end])
            self.at = end + 1
            if not self._skip('"'):
                break
            parts.append('"')
        value = "".join(parts)
        self.line += value.count("\n")
        if self.quote == "when_needed" and not needs_quotes(value, self.separator):
            raise FileFault(line, f"quotes that are not needed: {value!r}")
        return value


def needs_quotes(value: str, separator: str) -> bool:
    """Whether a value must stand in quotes."""
    return any(c in value for c in (separator, '"', "\r", "\n")) or value != value.strip()


def read(text: str, separator: str, quote: str, line_end: str) -> list[Row]:
    """All rows of a text.

    Raises FileFault at the first place that breaks the rules of quotes and line ends.
    """
    for number, line in enumerate(text.split("\n"), 1):
        odd = [c for c in line.removesuffix("\r") if (ord(c) < 32 and c != "\t") or 127 <= ord(c) < 160]
        if odd:
            raise FileFault(number, f"a control character: U+{ord(odd[0]):04X}")
    return _Reader(text, separator, quote, line_end).rows()
