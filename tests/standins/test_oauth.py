"""Signatures against published vectors, and what the gate keeps out."""

from __future__ import annotations

import time

import pytest

from .oauth import Gate, Refused, base_string, signature


def test_the_base_string_is_that_of_rfc_5849() -> None:
    """Section 3.4.1.1, with its odd parameters: empty, repeated, encoded twice."""
    parameters = [
        ("b5", "=%3D"), ("a3", "a"), ("c@", ""), ("a2", "r b"), ("oauth_consumer_key", "9djdj82h48djs9d2"),
        ("oauth_token", "kkk9d7dh3k39sjv7"), ("oauth_signature_method", "HMAC-SHA1"),
        ("oauth_timestamp", "137131201"), ("oauth_nonce", "7d8f3e4a"), ("c2", ""), ("a3", "2 q"),
    ]  # fmt: skip
    assert base_string("post", "http://example.com/request", parameters) == (
        "POST&http%3A%2F%2Fexample.com%2Frequest&a2%3Dr%2520b%26a3%3D2%2520q%26a3%3Da%26b5%3D%253D%25253D%26c%2540%3D"
        "%26c2%3D%26oauth_consumer_key%3D9djdj82h48djs9d2%26oauth_nonce%3D7d8f3e4a%26oauth_signature_method"
        "%3DHMAC-SHA1%26oauth_timestamp%3D137131201%26oauth_token%3Dkkk9d7dh3k39sjv7"
    )


def test_a_published_one_legged_signature_comes_out() -> None:
    """Twitter's documentation of request tokens: no token secret, as with WooCommerce."""
    parameters = [
        ("oauth_callback", "http://localhost/sign-in-with-twitter/"), ("oauth_consumer_key", "cChZNFj6T5R0TigYB9yd1w"),
        ("oauth_nonce", "ea9ec8429b68d6b77cd5600adbbb0456"), ("oauth_signature_method", "HMAC-SHA1"),
        ("oauth_timestamp", "1318467427"), ("oauth_version", "1.0"),
    ]  # fmt: skip
    url, secret = "https://api.twitter.com/oauth/request_token", "L8qq9PZyRg6ieKGEKhZolGC0vJWLw8iEJ88DRdyOg"
    assert signature("POST", url, parameters, secret, "HMAC-SHA1") == "F1Li3tvehgcraF8DMJ7OyxO4w9Y="


def _signed(algorithm: str = "HMAC-SHA256", secret: str = "cs", at: int | None = None) -> list[tuple[str, str]]:
    parameters = [
        ("per_page", "10"), ("oauth_consumer_key", "ck"), ("oauth_nonce", "n1"),
        ("oauth_timestamp", str(at or int(time.time()))), ("oauth_signature_method", algorithm),
    ]  # fmt: skip
    return [*parameters, ("oauth_signature", signature("GET", "http://shop/orders", parameters, secret, algorithm))]


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
        (_signed(secret="other"), "signature"),
        ([("oauth_consumer_key", "ck2") if name == "oauth_consumer_key" else (name, value) for name, value in _signed()],
         "key"),
        ([pair for pair in _signed() if pair[0] != "oauth_nonce"], "oauth_nonce"),
        ([("per_page", "11") if name == "per_page" else (name, value) for name, value in _signed()], "signature"),
        (_signed(at=int(time.time()) - 1000), "timestamp"),
    ],
)  # fmt: skip
def test_anything_else_is_refused(parameters: list[tuple[str, str]], reason: str) -> None:
    with pytest.raises(Refused, match=reason):
        Gate("ck", "cs").check("GET", "http://shop/orders", parameters)


def test_a_signature_counts_for_its_method_and_address_only() -> None:
    for method, url in (("PUT", "http://shop/orders"), ("GET", "http://shop/orders/1")):
        with pytest.raises(Refused, match="signature"):
            Gate("ck", "cs").check(method, url, _signed())
