"""How WooCommerce over plain HTTP tells its clients apart: OAuth 1.0a, one-legged, in the query.

The signature is HMAC-SHA1 or HMAC-SHA256 (RFC 5849, 3.4) with the consumer secret and `&` as the
key. Basic authentication only counts over HTTPS, so it is refused here, as the live server does.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import threading
import time
from dataclasses import dataclass, field
from urllib.parse import quote

WINDOW_S = 15 * 60
"""How far a request's clock may be off, as WooCommerce allows."""
_REQUIRED = ("oauth_consumer_key", "oauth_timestamp", "oauth_nonce", "oauth_signature", "oauth_signature_method")
_HASHES = {"HMAC-SHA1": hashlib.sha1, "HMAC-SHA256": hashlib.sha256}


class Refused(Exception):
    """Why a request is not let in: WooCommerce's error code and message."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message


def _escape(text: str) -> str:
    return quote(text, safe="~-._")


def base_string(method: str, url: str, parameters: list[tuple[str, str]]) -> str:
    """The signature base string (RFC 5849, 3.4.1); `url` without its query."""
    pairs = sorted((_escape(key), _escape(value)) for key, value in parameters if key != "oauth_signature")
    return "&".join((method.upper(), _escape(url), _escape("&".join(f"{key}={value}" for key, value in pairs))))


def signature(method: str, url: str, parameters: list[tuple[str, str]], secret: str, algorithm: str) -> str:
    """The signature in base64."""
    text = base_string(method, url, parameters)
    digest = hmac.new(f"{secret}&".encode(), text.encode(), _HASHES[algorithm]).digest()
    return base64.b64encode(digest).decode()


@dataclass
class Gate:
    """Lets in the one consumer that the shop knows, each nonce once."""

    key: str
    secret: str
    _nonces: dict[tuple[str, str], float] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def check(self, method: str, url: str, parameters: list[tuple[str, str]], now: float | None = None) -> None:
        """Verifies a request.

        Raises Refused when it is unsigned, signed wrongly, too old or seen before.
        """
        given = dict(parameters)
        if not any(key.startswith("oauth_") for key in given):
            raise Refused("woocommerce_rest_cannot_view", "Sorry, you cannot list resources.")
        missing = [key for key in _REQUIRED if not given.get(key)]
        if missing:
            raise Refused("woocommerce_rest_authentication_error", f"Missing OAuth parameter {missing[0]}")
        if given["oauth_consumer_key"] != self.key:
            raise Refused("woocommerce_rest_authentication_error", "Consumer key is invalid.")
        algorithm = given["oauth_signature_method"]
        if algorithm not in _HASHES:
            raise Refused("woocommerce_rest_authentication_error", "Invalid signature - signature method is invalid.")
        expected = signature(method, url, parameters, self.secret, algorithm)
        if not hmac.compare_digest(expected.encode(), given["oauth_signature"].encode()):
            text = "Invalid signature - provided signature does not match."
            raise Refused("woocommerce_rest_authentication_error", text)
        self._once(given["oauth_timestamp"], given["oauth_nonce"], time.time() if now is None else now)

    def _once(self, timestamp: str, nonce: str, now: float) -> None:
        if not timestamp.isdigit() or abs(now - int(timestamp)) > WINDOW_S:
            raise Refused("woocommerce_rest_authentication_error", "Invalid timestamp.")
        with self._lock:
            if len(self._nonces) > 20_000:
                self._nonces = {seen: at for seen, at in self._nonces.items() if at > now - 2 * WINDOW_S}
            if (timestamp, nonce) in self._nonces:
                raise Refused("woocommerce_rest_authentication_error", "Invalid nonce - nonce has already been used.")
            self._nonces[timestamp, nonce] = now
