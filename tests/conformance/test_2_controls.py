"""The checkers bite: a document that is spoilt in one place fails the check of that place."""

from __future__ import annotations

import io
import json

import pikepdf
import pytest

from tests.day.pdf_text import text_of

from . import amounts, checkers, own


def spoilt(sample, spoil) -> bytes:
    """The document after a change of its objects."""
    with pikepdf.open(sample) as document:
        spoil(document)
        out = io.BytesIO()
        document.save(out, static_id=True, fix_metadata_version=False)
        return out.getvalue()


def font(document):
    return next(iter(document.pages[0].Resources.Font.values()))


def specification(document):
    return document.Root.AF[0]


def change_stream(stream, old: bytes, new: bytes):
    content = stream.read_bytes()
    assert old in content
    stream.write(content.replace(old, new, 1))


def change_width(document):
    codes = font(document).DescendantFonts[0].W[1]
    for at in range(len(codes)):
        codes[at] = int(codes[at]) + 1


def swap_unicode(document):
    cmap = font(document).ToUnicode
    content = cmap.read_bytes()
    cmap.write(content.replace(b"beginbfchar", b"beginbfzzzz").replace(b"beginbfrange", b"beginbfzzzzz"))


@pytest.mark.parametrize(
    ("rules", "old", "new", "rule"),
    [
        ("EN 16931", "<ram:GrandTotalAmount>", "<ram:GrandTotalAmount>1", "BR-CO-15"),
        ("EN 16931", "<ram:CategoryCode>E</ram:CategoryCode>", "<ram:CategoryCode>O</ram:CategoryCode>", "BR-O"),
        ("EN 16931", 'schemeID="VA"', 'schemeID="XX"', ""),
        ("BR-FR", "<ram:SubjectCode>PMT<", "<ram:SubjectCode>AAI<", "BR-FR-05"),
        ("BR-FR", "<ram:ID>B1<", "<ram:ID>X1<", "BR-FR-08"),
        ("BR-FR", "<ram:IBANID>", "<ram:IBANID>", None),
    ],
)
def test_a_spoilt_xml_fails_the_schematron(sample, rules, old, new, rule):
    xml = checkers.xml_of(sample).decode()
    assert old in xml
    found = checkers.schematron(rules, xml.replace(old, new).encode())
    if rule is None:  # An XML that was not changed passes: the change is what bites.
        assert found == []
    else:
        assert any(rule in finding for finding in found), found


def test_a_spoilt_xml_fails_the_schema(sample):
    xml = checkers.xml_of(sample)
    assert checkers.schema(xml.replace(b"ram:TypeCode>", b"ram:TypoCode>"))
    assert checkers.schema(xml[:-10])


@pytest.mark.parametrize("key", ["/OutputIntents", "/Metadata"])
def test_a_document_without_what_pdf_a_wants_fails(sample, key):
    assert checkers.pdf_a(spoilt(sample, lambda document: document.Root.__delitem__(key)))


def test_a_damaged_file_fails(sample):
    file = sample.read_bytes()
    assert checkers.structure(file[: len(file) // 2])
    at = file.index(b"stream", len(file) // 4) + 40
    assert checkers.structure(file[:at] + bytes(200) + file[at + 200 :])


@pytest.mark.parametrize(
    ("spoil", "finding"),
    [
        (lambda d: specification(d).__delitem__("/UF"), "/UF"),
        (lambda d: specification(d).__setitem__("/AFRelationship", pikepdf.Name.Data), "AFRelationship"),
        (lambda d: specification(d).EF.F.__delitem__("/Subtype"), "Subtype"),
        (lambda d: d.Root.__delitem__("/AF"), "AF has"),
        (lambda d: d.Root.Names.__delitem__("/EmbeddedFiles"), "EmbeddedFiles"),
        (change_width, "wide"),
        (swap_unicode, "stands for no text"),
        (lambda d: change_stream(d.pages[0].Contents, b"Td\n(\0", b"Td\n(\0\0\0"), "notdef"),
        (lambda d: change_stream(d.Root.Metadata, b"&amp;", b"&"), "no XML"),
        (lambda d: change_stream(d.Root.Metadata, b"part>3", b"part>2"), "part is 2"),
        (lambda d: d.Root.__delitem__("/Lang"), "Lang"),
    ],
)
def test_a_spoilt_document_fails_our_own_checks(sample, spoil, finding):
    assert own.faults(sample.read_bytes()) == []
    found = own.faults(spoilt(sample, spoil))
    assert any(finding in fault for fault in found), found


def test_a_document_without_an_id_fails_our_own_checks(sample):
    file = sample.read_bytes()
    at = file.rindex(b"/ID")
    assert any("ID is" in fault for fault in own.faults(file[:at] + b"/XX" + file[at + 3 :]))


@pytest.mark.parametrize(
    "change",
    [
        lambda invoice: invoice["lines"][0].__setitem__("net", "99.99"),
        lambda invoice: invoice["totals"].__setitem__("gross", "99.99"),
        lambda invoice: invoice["vat_breakdown"][0].__setitem__("base", "77.77"),
    ],
)
def test_an_amount_that_is_not_on_the_page_is_missed(sample, change):
    invoice = json.loads(sample.with_suffix(".json").read_bytes())
    assert amounts.missing(invoice, text_of(sample)) == []
    change(invoice)
    assert amounts.missing(invoice, text_of(sample))
