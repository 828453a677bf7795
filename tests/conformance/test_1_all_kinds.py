"""All kinds of invoices pass all checkers."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.day.pdf_text import text_of

from . import amounts, checkers, own

# Beyond this an XSLT takes minutes and finds nothing that fewer lines do not show.
MOST_LINES = 500


def findings(documents: list[Path], check) -> dict[str, list[str]]:
    """What a check finds, by document; empty when all is well."""
    found = {file.stem: check(file) for file in documents}
    return {name: faults[:5] for name, faults in found.items() if faults}


def lines(file: Path) -> int:
    """How many lines an invoice has."""
    return len(json.loads(file.with_suffix(".json").read_bytes())["lines"])


def test_there_are_at_least_sixty_kinds(documents):
    assert len(documents) >= 60


@pytest.mark.parametrize("rules", checkers.SCHEMATRON)
def test_all_kinds_pass_the_schematron(documents, rules):
    short = [file for file in documents if lines(file) <= MOST_LINES]
    assert findings(short, lambda file: checkers.schematron(rules, checkers.xml_of(file))) == {}


def test_all_kinds_pass_the_schema(documents):
    assert findings(documents, lambda file: checkers.schema(checkers.xml_of(file))) == {}


def test_all_kinds_are_pdf_a_3b(documents):
    assert findings(documents, lambda file: checkers.pdf_a(file.read_bytes())) == {}


def test_all_kinds_have_a_sound_structure(documents):
    assert findings(documents, lambda file: checkers.structure(file.read_bytes())) == {}
    if qpdf := shutil.which("qpdf"):
        for file in documents:
            subprocess.run([qpdf, "--check", file], check=True, capture_output=True)


def test_all_kinds_hold_what_no_checker_sees(documents):
    assert findings(documents, lambda file: own.faults(file.read_bytes())) == {}


def test_the_preview_of_a_configuration_passes_all_checkers(previews):
    assert {file.stem for file in previews} == {"invoice", "several-pages", "paid", "credit-note"}
    assert findings(previews, checkers.faults) == {}


def test_every_amount_of_all_kinds_can_be_read(documents):
    def unread(file: Path) -> list[str]:
        return amounts.missing(json.loads(file.with_suffix(".json").read_bytes()), text_of(file))

    assert findings(documents, unread) == {}


def test_french_letters_and_signs_can_be_read(documents):
    text = text_of(next(file for file in documents if file.stem == "40-lines"))
    for part in ("Œuvre", "« Œuvre au noir »", "’", "€", "é", "n°"):
        assert part in text
