"""Pages look as they did. `UPDATE_PAGES=1 make test` draws the references anew; look at them before you commit them."""

from __future__ import annotations

import os

import pikepdf
import pytest
from PIL import Image

from . import pixels

KINDS = [
    "1-line",
    "40-lines",
    "400-lines",
    "5000-lines",
    "a-name-of-120-characters",
    "credit-note",
    "zero-vat",
    "five-rates-and-deposits",
    "exempt-and-deposits",
    "deposits-only",
    "discount-and-delivery",
    "paid",
    "more-taken-back-than-goods",
    "seller-with-logo",
]


@pytest.mark.parametrize("kind", KINDS)
def test_the_pages_look_as_they_did(documents, kind):
    file = next(file for file in documents if file.stem == kind)
    last = pixels.count(file) - 1
    for at, page in zip(wanted := sorted({0, min(1, last), last}), pixels.pages(file, wanted), strict=True):
        name = "first" if at == 0 else "last" if at == last else "second"
        reference = pixels.REFERENCES / f"{kind}-{name}.png"
        if os.environ.get("UPDATE_PAGES"):
            reference.parent.mkdir(exist_ok=True)
            page.point(lambda grey: min(255, (grey + 4) // 8 * 8)).save(reference, optimize=True)
        found = pixels.difference(page, Image.open(reference).convert("L"))
        assert found <= pixels.TOLERANCE, f"{reference.name}: a block differs by {found}"


def test_another_digit_is_another_picture(sample, tmp_path):
    spoilt = tmp_path / "spoilt.pdf"
    with pikepdf.open(sample) as document:
        contents = document.pages[-1].Contents
        before = contents.read_bytes()
        # The first digit of what is due, which alone is set in bold of 11 points, after its label.
        at = before.index(b"(\0", before.index(b")Tj", before.index(b"/FB 11 Tf"))) + 2
        contents.write(before[:at] + bytes([before[at] + 1]) + before[at + 1 :])
        document.save(spoilt)
    (good,), (other,) = pixels.pages(sample, [-1]), pixels.pages(spoilt, [-1])
    assert pixels.difference(good, good) == 0
    assert pixels.difference(good, other) > pixels.TOLERANCE
