"""What the shop's parts hand to its HTTP server: requests, answers, errors in WordPress's shape."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit


@dataclass(frozen=True)
class Request:
    """One request. `path` is still percent-encoded; `pairs` are the query's parameters, decoded."""

    method: str
    path: str
    pairs: list[tuple[str, str]]
    headers: dict[str, str]
    body: bytes
    base_url: str

    @classmethod
    def of(cls, method: str, target: str, headers: dict[str, str], body: bytes, base_url: str) -> Request:
        """Takes a request target apart."""
        parts = urlsplit(target)
        pairs = parse_qsl(parts.query, keep_blank_values=True)
        return cls(method, parts.path, pairs, headers, body, base_url)

    @property
    def query(self) -> dict[str, str]:
        """The parameters, the last of each name; `status[]=a&status[]=b` becomes `status=a,b`."""
        result: dict[str, str] = {}
        for key, value in self.pairs:
            name = key.split("[")[0]
            result[name] = f"{result[name]},{value}" if name != key and name in result else value
        return result

    @property
    def segments(self) -> list[str]:
        """The path's parts, each decoded on its own, so that `%2F` stays within its part."""
        return [unquote(part) for part in self.path.strip("/").split("/")]

    def json(self) -> Any:
        """The body as JSON.

        Raises Problem (400) when it is none.
        """
        try:
            return json.loads(self.body or b"{}")
        except ValueError as error:
            raise Problem(400, "rest_invalid_json", "Invalid JSON body passed.") from error


@dataclass
class Answer:
    """A status, a body and headers of its own."""

    status: int
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)


class Problem(Exception):
    """An error answer in WordPress's shape."""

    def __init__(self, status: int, code: str, message: str, **data: Any) -> None:
        super().__init__(message)
        self.status, self.code, self.message, self.data = status, code, message, data

    def answer(self) -> Answer:
        """The answer that says it."""
        payload = {"code": self.code, "message": self.message, "data": {"status": self.status, **self.data}}
        return as_json(payload, self.status)


def dumps(value: Any) -> bytes:
    """JSON as PHP writes it: ASCII, slashes escaped."""
    return json.dumps(value, separators=(",", ":")).replace("/", "\\/").encode()


def as_json(value: Any, status: int = 200, **headers: str) -> Answer:
    """A JSON answer."""
    return Answer(status, dumps(value), {"Content-Type": "application/json; charset=UTF-8", **headers})


def invalid(parameter: str, message: str, code: str | None = None) -> Problem:
    """A parameter that WordPress refuses; `code` is that of its `details`."""
    details = {"details": {parameter: {"code": code, "message": message, "data": None}}} if code else {}
    text = f"Invalid parameter(s): {parameter}"
    return Problem(400, "rest_invalid_param", text, params={parameter: message}, **details)


def integer(query: dict[str, str], name: str, default: int, low: int, high: int | None = None) -> int:
    """A whole-numbered parameter within its bounds."""
    text = query.get(name)
    if text is None:
        return default
    if not text.lstrip("-").isdigit():
        raise invalid(name, f"{name} is not of type integer.", "rest_invalid_type")
    value = int(text)
    if high is not None and not low <= value <= high:
        message = f"{name} must be between {low} (inclusive) and {high} (inclusive)"
        raise invalid(name, message, "rest_out_of_bounds")
    if value < low:
        raise invalid(name, f"{name} must be greater than or equal to {low}", "rest_out_of_bounds")
    return value


def page_of(request: Request, bodies: list[bytes]) -> Answer:
    """One page of a list, with WordPress's counting headers and links."""
    query = request.query
    size = integer(query, "per_page", 10, 1, 100)
    page = integer(query, "page", 1, 1)
    offset = integer(query, "offset", (page - 1) * size, 0)
    pages = -(-len(bodies) // size)
    others = []
    if page > 1:
        others.append(("prev", min(page - 1, max(pages, 1))))
    if page < pages:
        others.append(("next", page + 1))
    address = f"{request.base_url}{request.path}"
    kept = "&".join(f"{k}={v}" for k, v in request.pairs if k != "page" and not k.startswith("oauth_"))
    link = ", ".join(f'<{address}?{kept}{"&" if kept else ""}page={n}>; rel="{rel}"' for rel, n in others)
    headers = {"X-WP-Total": str(len(bodies)), "X-WP-TotalPages": str(pages), **({"Link": link} if link else {})}
    body = b"[" + b",".join(bodies[offset : offset + size]) + b"]"
    return Answer(200, body, {"Content-Type": "application/json; charset=UTF-8", **headers})
