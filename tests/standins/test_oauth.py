"""What the gate lets in, and what it keeps out."""

from __future__ import annotations

import time
from urllib.parse import parse_qsl, urlsplit

import pytest
from oauthlib.oauth1 import Client

from .oauth import Gate, Refused

Pairs = list[tuple[str, str]]


def _signed(algorithm: str = "HMAC-SHA256", secret: str = "cs", at: int | None = None) -> Pairs:
    client = Client(
        "ck", secret, signature_method=algorithm, signature_type="QUERY", nonce="n1", timestamp=str(at or int(time.time()))
    )
    url, _, _ = client.sign("http://shop/orders?per_page=10")
    return parse_qsl(urlsplit(url).query)


def _with(name: str, value: str) -> Pairs:
    return [(known, value if known == name else before) for known, before in _signed()]


@pytest.mark.parametrize("algorithm", ["HMAC-SHA1", "HMAC-SHA256"])
def test_a_signed_request_is_let_in_once(algorithm: str) -> None:
    gate = Gate("ck", "cs")
    request = _signed(algorithm)
    gate.check("GET", "http://shop/orders", request)
    with pytest.raises(Refused, match="nonce"):
        gate.check("GET", "http://shop/orders", request)


@pytest.mark.parametrize(
    ("parameters", "reason"),
    [
        ([("per_page", "10")], "cannot list"),
        (_signed(secret="other"), "does not match"),
        (_with("oauth_consumer_key", "ck2"), "key"),
        (_with("oauth_signature_method", "PLAINTEXT"), "signature method"),
        (_with("oauth_signature", "é"), "does not match"),
        ([pair for pair in _signed() if pair[0] != "oauth_nonce"], "oauth_nonce"),
        (_with("per_page", "11"), "does not match"),
        (_signed(at=int(time.time()) - 1000), "timestamp"),
    ],
)
def test_anything_else_is_refused(parameters: Pairs, reason: str) -> None:
    with pytest.raises(Refused, match=reason):
        Gate("ck", "cs").check("GET", "http://shop/orders", parameters)


def test_a_signature_counts_for_its_method_and_address_only() -> None:
    for method, url in (("PUT", "http://shop/orders"), ("GET", "http://shop/orders/1")):
        with pytest.raises(Refused, match="does not match"):
            Gate("ck", "cs").check(method, url, _signed())
