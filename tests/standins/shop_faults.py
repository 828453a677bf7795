"""Faults that a test asks the shop for: errors, refusals, slowness, responses cut off."""

from __future__ import annotations

import errno
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from werkzeug import Response

from .shop_http import Problem

_FIELDS = {"status", "times", "path", "method", "retry_after", "slow", "truncate", "drop", "after"}


@dataclass
class Fault:
    """One fault, for so many requests whose path begins with `path`.

    status: respond with this error; with `after`, only once the request has had its effect.
    slow: wait so many seconds first. truncate: send half the response's body and hang up.
    drop: hang up without a response; with `after`, once the request has had its effect.
    """

    times: int = 1
    path: str = "/"
    method: str = ""
    status: int = 0
    retry_after: int | None = None
    slow: float = 0.0
    truncate: bool = False
    drop: bool = False
    after: bool = False

    def strike(self, respond: Callable[[], Response]) -> Response | None:
        """The response under this fault, where `respond` makes the right one; None for none at all."""
        time.sleep(self.slow)
        response = respond() if self.after or not (self.status or self.drop) else None
        if self.drop:
            return None
        if self.status:
            codes = {401: "woocommerce_rest_cannot_view", 429: "rate_limit_exceeded"}
            code = codes.get(self.status, "internal_server_error")
            response = Problem(self.status, code, "A fault that a test asked for.").response()
            if self.retry_after is not None:
                response.headers["Retry-After"] = str(self.retry_after)
        elif response and self.truncate:
            response = Response(_half(response.get_data()), response.status, response.headers)
        return response


def hang_up() -> ConnectionResetError:
    """What makes the server close a connection as if the client had, without a word more."""
    return ConnectionResetError(errno.ECONNRESET, "a test asked for it")


def _half(body: bytes) -> Iterator[bytes]:
    yield body[: len(body) // 2]
    raise hang_up()


class Faults:
    """The faults that wait for their requests, oldest first."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: list[Fault] = []
        self.fired = 0

    def add(self, wish: dict[str, Any]) -> None:
        """Takes a wish such as `{"status": 500, "times": 3, "path": "/wp-json/wc/v3/orders"}`.

        Raises Problem (400) when it says something unknown.
        """
        unknown = set(wish) - _FIELDS
        if unknown or not {"status", "slow", "truncate", "drop"} & set(wish):
            raise Problem(400, "standin_fault", f"unknown: {sorted(unknown)}; needs status, slow, truncate or drop")
        with self._lock:
            self._waiting.append(Fault(**wish))

    def clear(self) -> None:
        """Forgets all."""
        with self._lock:
            self._waiting.clear()

    def take(self, method: str, path: str) -> Fault | None:
        """The fault for this request, if any."""
        with self._lock:
            for fault in self._waiting:
                if path.startswith(fault.path) and fault.method in ("", method):
                    fault.times -= 1
                    if fault.times <= 0:
                        self._waiting.remove(fault)
                    self.fired += 1
                    return fault
        return None

    def waiting(self) -> int:
        """How many faults are still to come."""
        with self._lock:
            return sum(fault.times for fault in self._waiting)
