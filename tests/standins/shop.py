"""The stand-in shop: WooCommerce's REST, the publishing contract, and the customers' pages.

    python -m tests.standins.shop --port 8787 --day 2026-11-23 --seed 1 [--orders 700] [--state DIR]
                                  [--key ck_…] [--secret cs_…] [--broken] [--host 127.0.0.1]

It prints one line of JSON when it listens, and ends on SIGTERM or SIGINT. With `--port 0` it takes
a free port. Started again with the same `--state` it has the changes and invoices of before.
"""

from __future__ import annotations

import argparse
import json
import signal
import sys
import tempfile
import threading
import time
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from . import shop_invoices, shop_pages, shop_rest
from .customers import customers
from .oauth import Gate, Refused
from .shop_control import Control
from .shop_faults import Fault, Faults
from .shop_http import Answer, Problem, Request
from .shop_invoices import Invoices
from .shop_orders import Orders

DEFAULT_KEY = "ck_standin"
DEFAULT_SECRET = "cs_standin"
MAX_BODY = 12 * 1024 * 1024
"""The largest body read, in bytes: more than a 5 MB PDF in base64, so that the contract answers."""


class Shop(ThreadingHTTPServer):
    """The shop and its server; `serve_forever` runs it."""

    daemon_threads = True
    request_queue_size = 256

    def __init__(
        self,
        address: tuple[str, int],
        day: date,
        seed: int,
        state: Path,
        count: int = 700,
        key: str = DEFAULT_KEY,
        secret: str = DEFAULT_SECRET,
        broken: bool = False,
    ) -> None:
        super().__init__(address, Handler)
        state.mkdir(parents=True, exist_ok=True)
        self.base_url = f"http://{address[0]}:{self.server_address[1]}"
        people = customers(seed)
        self.gate = Gate(key, secret)
        self.orders = Orders(day, seed, count, self.base_url, broken, state)
        self.invoices = Invoices(people, state)
        self.accounts = shop_pages.Accounts(people, seed)
        self.faults = Faults()
        self._requests: dict[str, int] = {}
        self._requests_lock = threading.Lock()
        self.control = Control(self.orders, self.invoices, self.faults, people, seed, day.isoformat(), self._requests)

    def count(self, request: Request, status: int) -> None:
        """Counts a request by method, route and status."""
        parts = [
            "*" if any(c.isdigit() for c in part) and part not in ("v1", "v3") else part for part in request.segments
        ]
        name = f"{request.method} /{'/'.join(parts)} {status or 'cut off'}"
        with self._requests_lock:
            self._requests[name] = self._requests.get(name, 0) + 1

    def answer(self, request: Request) -> Answer:
        """The answer to a request, faults apart."""
        try:
            if request.segments[0] == "_standin":
                return self.control.handle(request)
            if request.segments[0] == "mon-compte":
                return shop_pages.handle(self.accounts, self.invoices, request)
            if request.segments[:3] in (["wp-json", "wc", "v3"], ["wp-json", "passerelle", "v1"]):
                self.gate.check(request.method, f"{request.base_url}{request.path}", request.pairs)
                if request.segments[1] == "wc":
                    return shop_rest.handle(self.orders, request)
                return shop_invoices.handle(self.invoices, request)
            raise Problem(404, "rest_no_route", "No route was found matching the URL and request method.")
        except Refused as refused:
            return Problem(401, refused.code, refused.message).answer()
        except Problem as problem:
            return problem.answer()


class Handler(BaseHTTPRequestHandler):
    """Reads requests and writes answers, each in one piece."""

    server: Shop
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server_version, sys_version = "Apache", ""
    wbufsize = -1
    timeout = 120

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing: tests read `stats`."""

    def _serve(self) -> None:
        length = self.headers.get("Content-Length", "0")
        if not length.isdigit() or "chunked" in self.headers.get("Transfer-Encoding", ""):
            self._send(Problem(411, "rest_length_required", "A body needs its length.").answer(), hang_up=True)
            return
        if int(length) > MAX_BODY:
            self._send(Problem(413, "passerelle_too_large", "The PDF is larger than 5 MB.").answer(), hang_up=True)
            return
        body = self.rfile.read(int(length))
        base_url = f"http://{self.headers.get('Host') or self.server.base_url.removeprefix('http://')}"
        headers = {name.lower(): value for name, value in self.headers.items()}
        request = Request.of(self.command, self.path, headers, body, base_url)
        internal = request.segments[0] == "_standin"
        fault = None if internal else self.server.faults.take(request.method, request.path)
        answer = self._with_fault(request, fault) if fault else self.server.answer(request)
        if not internal:
            self.server.count(request, answer.status)
        if answer.status == 0:
            self.close_connection = True
            return
        self._send(answer, cut=bool(fault and fault.truncate))

    def _with_fault(self, request: Request, fault: Fault) -> Answer:
        """The answer under a fault; status 0 for none at all."""
        time.sleep(fault.slow)
        answer = None
        if fault.after or not (fault.status or fault.drop):
            answer = self.server.answer(request)
        if fault.drop:
            return Answer(0)
        if fault.status:
            answer = fault.problem().answer()
            if fault.retry_after is not None:
                answer.headers["Retry-After"] = str(fault.retry_after)
        return answer or Answer(0)

    def _send(self, answer: Answer, cut: bool = False, hang_up: bool = False) -> None:
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer.body)))
        if cut or hang_up:
            self.send_header("Connection", "close")
            self.close_connection = True
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer.body[: len(answer.body) // 2] if cut else answer.body)
        self.wfile.flush()

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _serve


def arguments(given: list[str]) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.standins.shop", description="The stand-in shop.")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (loopback)")
    parser.add_argument("--port", type=int, default=8787, help="port; 0 takes a free one")
    parser.add_argument(
        "--day", type=date.fromisoformat, required=True, help="day in Paris on which the orders were placed"
    )
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--orders", type=int, default=700, help="how many orders")
    parser.add_argument("--state", type=Path, help="folder for changes and invoices (default: a temporary one)")
    parser.add_argument("--key", default=DEFAULT_KEY, help="consumer key")
    parser.add_argument("--secret", default=DEFAULT_SECRET, help="consumer secret")
    parser.add_argument("--broken", action="store_true", help="one more order whose parts do not add up")
    return parser.parse_args(given)


def main(given: list[str]) -> int:
    """Runs the shop until it is told to stop."""
    options = arguments(given)
    state = options.state or Path(tempfile.mkdtemp(prefix="standin-shop-"))
    shop = Shop(
        (options.host, options.port), options.day, options.seed, state, options.orders, options.key, options.secret,
        options.broken,
    )  # fmt: skip

    def stop(*_: object) -> None:
        threading.Thread(target=shop.shutdown).start()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    ready = {"url": shop.base_url, "key": options.key, "state": str(state), "orders": len(shop.orders.all())}
    print(json.dumps(ready), flush=True)
    shop.serve_forever(poll_interval=0.1)
    shop.server_close()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
