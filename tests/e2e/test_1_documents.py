"""Every invoice of the day is what it says: Factur-X, EN 16931, French rules, PDF/A-3b."""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import pytest

from tests.conformance import checkers


@pytest.fixture(scope="module")
def documents(played) -> list[Path]:
    return played.day.fetch_pdfs()


def test_all_invoices_and_credit_notes_of_the_day_are_valid_factur_x(played, documents):
    # A process of its own for each core: the schematron's processor is none that can be forked.
    with ProcessPoolExecutor(mp_context=get_context("spawn")) as pool:
        found = dict(zip((file.stem for file in documents), pool.map(checkers.faults, documents, chunksize=16), strict=True))
    assert len(found) == played.made["count"]
    assert {number: wrong for number, wrong in found.items() if wrong} == {}


def test_each_credit_note_says_which_invoice_it_corrects_and_of_which_day(played, documents):
    credits = [xml for xml in map(checkers.xml_of, documents) if b"<ram:TypeCode>381</ram:TypeCode>" in xml]
    assert len(credits) == played.made["credit_notes"] > 0
    for xml in credits:
        reference = xml.split(b"<ram:InvoiceReferencedDocument>")[1].split(b"</ram:InvoiceReferencedDocument>")[0]
        assert b"<ram:IssuerAssignedID>F2" in reference and b"<ram:FormattedIssueDateTime>" in reference
