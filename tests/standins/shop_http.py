"""What the shop's parts hand to its HTTP server: requests, responses, errors in WordPress's shape."""

from __future__ import annotations

import json
from functools import cached_property
from typing import Any
from urllib.parse import unquote, urlencode, urlsplit

import werkzeug
from werkzeug import Response

JSON = "application/json; charset=UTF-8"


class Request(werkzeug.Request):
    """One request."""

    max_content_length = 12 * 1024 * 1024
    """The largest body read, in bytes: more than a 5 MB PDF in base64, so that such a PDF has its own response."""

    @cached_property
    def raw_path(self) -> str:
        """The path, still percent-encoded."""
        return urlsplit(self.environ["REQUEST_URI"]).path

    @cached_property
    def url_without_query(self) -> str:
        """The address that a client signs."""
        return self.host_url.rstrip("/") + self.raw_path

    @cached_property
    def segments(self) -> list[str]:
        """The path's parts, each decoded on its own, so that `%2F` stays within its part."""
        return [unquote(part) for part in self.raw_path.strip("/").split("/")]

    @cached_property
    def pairs(self) -> list[tuple[str, str]]:
        """The query's parameters."""
        return list(self.args.items(multi=True))

    @cached_property
    def query(self) -> dict[str, str]:
        """The parameters, the last of each name; `status[]=a&status[]=b` becomes `status=a,b`."""
        result: dict[str, str] = {}
        for key, value in self.pairs:
            name = key.split("[")[0]
            result[name] = f"{result[name]},{value}" if name != key and name in result else value
        return result

    def object(self) -> dict[str, Any]:
        """The body, a JSON object.

        Raises Problem (400) when it is none.
        """
        try:
            value = json.loads(self.get_data() or b"{}")
        except ValueError:
            value = None
        if not isinstance(value, dict):
            raise Problem(400, "rest_invalid_json", "Invalid JSON body passed.")
        return value


class Problem(Exception):
    """An error response in WordPress's shape."""

    def __init__(self, status: int, code: str, message: str, **data: Any) -> None:
        super().__init__(message)
        self.status, self.code, self.message, self.data = status, code, message, data

    def response(self) -> Response:
        """The response that says it."""
        payload = {"code": self.code, "message": self.message, "data": {"status": self.status, **self.data}}
        return as_json(payload, self.status)


def dumps(value: Any) -> bytes:
    """JSON as PHP writes it: ASCII, slashes escaped."""
    return json.dumps(value, separators=(",", ":")).replace("/", "\\/").encode()


def as_json(value: Any, status: int = 200) -> Response:
    """A JSON response."""
    return Response(dumps(value), status, content_type=JSON)


def no_route() -> Problem:
    """What WordPress says of an address or method that it does not know."""
    return Problem(404, "rest_no_route", "No route was found matching the URL and request method.")


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


def page_of(request: Request, bodies: list[bytes]) -> Response:
    """One page of a list, with WordPress's counting headers and links."""
    query = request.query
    size = integer(query, "per_page", 10, 1, 100)
    page = integer(query, "page", 1, 1)
    offset = integer(query, "offset", (page - 1) * size, 0)
    pages = -(-len(bodies) // size)
    others = {"prev": min(page - 1, max(pages, 1)), "next": page + 1 if page < pages else 0}
    kept = [(name, value) for name, value in request.pairs if name != "page" and not name.startswith("oauth_")]
    link = ", ".join(
        f'<{request.url_without_query}?{urlencode([*kept, ("page", other)])}>; rel="{rel}"'
        for rel, other in others.items()
        if other
    )
    headers = {"X-WP-Total": str(len(bodies)), "X-WP-TotalPages": str(pages), **({"Link": link} if link else {})}
    body = b"[" + b",".join(bodies[offset : offset + size]) + b"]"
    return Response(body, 200, headers, content_type=JSON)
