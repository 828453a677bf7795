"""How WooCommerce over plain HTTP recognises its clients: OAuth 1.0a, one-legged, in the query.

Basic authentication only counts over HTTPS, so it is refused here, as the live server does.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field

from oauthlib.common import Request
from oauthlib.oauth1.rfc5849.signature import verify_hmac_sha1, verify_hmac_sha256

WINDOW_S = 15 * 60
"""How far a request's clock may be off, as WooCommerce allows."""
_REQUIRED = ("oauth_consumer_key", "oauth_timestamp", "oauth_nonce", "oauth_signature", "oauth_signature_method")
_METHODS = {"HMAC-SHA1": verify_hmac_sha1, "HMAC-SHA256": verify_hmac_sha256}


class Refused(Exception):
    """Why a request is not let in: WooCommerce's error code and message."""

    def __init__(self, message: str, code: str = "woocommerce_rest_authentication_error") -> None:
        super().__init__(message)
        self.code, self.message = code, message


@dataclass
class Gate:
    """Lets in the one consumer that the shop knows, each nonce once."""

    key: str
    secret: str
    _nonces: dict[tuple[str, str], float] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def check(self, method: str, url: str, parameters: list[tuple[str, str]]) -> None:
        """Verifies a request to `url`, which has no query, only an encoded path.

        Raises Refused when it is unsigned, signed wrongly, too old or seen before.
        """
        given = dict(parameters)
        if not any(name.startswith("oauth_") for name in given):
            raise Refused("Sorry, you cannot list resources.", "woocommerce_rest_cannot_view")
        missing = [name for name in _REQUIRED if not given.get(name)]
        if missing:
            raise Refused(f"Missing OAuth parameter {missing[0]}")
        if given["oauth_consumer_key"] != self.key:
            raise Refused("Consumer key is invalid.")
        verify = _METHODS.get(given["oauth_signature_method"])
        if verify is None:
            raise Refused("Invalid signature - signature method is invalid.")
        request = Request(url, method)
        request.params = [(name, value) for name, value in parameters if name != "oauth_signature"]
        request.signature = given["oauth_signature"]
        if not verify(request, self.secret):
            raise Refused("Invalid signature - provided signature does not match.")
        self._once(given["oauth_timestamp"], given["oauth_nonce"])

    def _once(self, timestamp: str, nonce: str) -> None:
        now = time.time()
        if not timestamp.isdigit() or abs(now - int(timestamp)) > WINDOW_S:
            raise Refused("Invalid timestamp.")
        with self._lock:
            if len(self._nonces) > 20_000:
                self._nonces = {seen: at for seen, at in self._nonces.items() if at > now - 2 * WINDOW_S}
            if (timestamp, nonce) in self._nonces:
                raise Refused("Invalid nonce - nonce has already been used.")
            self._nonces[timestamp, nonce] = now
