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
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any

from cheroot.wsgi import Server
from werkzeug import Response
from werkzeug.exceptions import RequestEntityTooLarge

from . import shop_invoices, shop_pages, shop_rest
from .customers import customers
from .oauth import Gate, Refused
from .shop_control import Control
from .shop_faults import Faults, hang_up
from .shop_http import Problem, Request, no_route
from .shop_invoices import Invoices
from .shop_orders import Orders

DEFAULT_KEY = "ck_standin"
DEFAULT_SECRET = "cs_standin"
THREADS = 64
"""How many requests it works on at once; one that a fault slows down holds a thread."""


class Shop:
    """The shop and its server, which listens from the beginning; `serve` runs it until `stop`."""

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
        self._server = Server(address, self._wsgi, numthreads=THREADS, request_queue_size=256, timeout=120)
        self._server.expiration_interval = 0.05
        self._server.prepare()
        self.port: int = self._server.bind_addr[1]
        self.base_url = f"http://{address[0]}:{self.port}"
        state.mkdir(parents=True, exist_ok=True)
        people = customers(seed)
        self.gate = Gate(key, secret)
        self.orders = Orders(day, seed, count, self.base_url, broken, state)
        self.invoices = Invoices(people, state)
        self.accounts = shop_pages.Accounts(people, seed)
        self.faults = Faults()
        self._requests: dict[str, int] = {}
        self._requests_lock = threading.Lock()
        self.control = Control(self.orders, self.invoices, self.faults, people, seed, day.isoformat(), self._requests)
        self.serve, self.stop = self._server.serve, self._server.stop

    def _wsgi(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        request = Request(environ)
        response = self.respond(request)
        if response is None:
            raise hang_up()
        return response(environ, start_response)

    def respond(self, request: Request) -> Response | None:
        """The response to a request, counted; None where a fault hangs up."""
        if request.segments[0] == "_standin":
            return self.right_response(request)
        fault = self.faults.take(request.method, request.raw_path)
        response = fault.strike(lambda: self.right_response(request)) if fault else self.right_response(request)
        route = "/".join(
            "*" if any(c.isdigit() for c in part) and part not in ("v1", "v3") else part for part in request.segments
        )
        name = f"{request.method} /{route} {response.status_code if response else 'cut off'}"
        with self._requests_lock:
            self._requests[name] = self._requests.get(name, 0) + 1
        return response

    def right_response(self, request: Request) -> Response:
        """The response to a request, faults apart."""
        try:
            match request.segments:
                case ["_standin", *_]:
                    return self.control.handle(request)
                case ["mon-compte", *_]:
                    return shop_pages.handle(self.accounts, self.invoices, request)
                case ["wp-json", "wc", "v3", *_]:
                    self.gate.check(request.method, request.url_without_query, request.pairs)
                    return shop_rest.handle(self.orders, request)
                case ["wp-json", "passerelle", "v1", *_]:
                    self.gate.check(request.method, request.url_without_query, request.pairs)
                    return shop_invoices.handle(self.invoices, request)
            raise no_route()
        except Refused as refused:
            return Problem(401, refused.code, refused.message).response()
        except RequestEntityTooLarge:
            return Problem(413, "passerelle_too_large", "The PDF is larger than 5 MB.").response()
        except Problem as problem:
            return problem.response()


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
    """Runs the shop until a signal ends it."""
    options = arguments(given)
    state = options.state or Path(tempfile.mkdtemp(prefix="standin-shop-"))
    shop = Shop(
        (options.host, options.port), options.day, options.seed, state, options.orders, options.key, options.secret,
        options.broken,
    )  # fmt: skip

    for ending in (signal.SIGTERM, signal.SIGINT):
        signal.signal(ending, lambda *_: threading.Thread(target=shop.stop).start())
    ready = {"url": shop.base_url, "key": options.key, "state": str(state), "orders": len(shop.orders.all())}
    print(json.dumps(ready), flush=True)
    shop.serve()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
