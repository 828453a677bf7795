"""What no checker of others sees: names of the attached file, widths, ToUnicode, /ID, metadata."""

from __future__ import annotations

import hashlib
import io
import re
import struct
from collections.abc import Iterator

import pikepdf
from fontTools.ttLib import TTFont
from lxml import etree

PDFAID = "{http://www.aiim.org/pdfa/ns/id/}"
FX = "{urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#}"


def faults(file: bytes) -> list[str]:
    """Everything that is wrong with a file."""
    with pikepdf.open(io.BytesIO(file)) as document:
        return [*_attachment(document), *_fonts(document), *_identity(document), *_metadata(document)]


def _attachment(document: pikepdf.Pdf) -> Iterator[str]:
    root, empty = document.Root, pikepdf.Dictionary()
    associated = root.get("/AF", pikepdf.Array())
    if len(associated) != 1:
        yield f"AF has {len(associated)} files"
        return
    specification = associated[0]
    names = root.get("/Names", empty).get("/EmbeddedFiles", empty).get("/Names", pikepdf.Array())
    if len(names) != 2 or names[1].objgen != specification.objgen:
        yield "EmbeddedFiles does not lead to the associated file"
    for key in ("/F", "/UF"):
        if str(specification.get(key, "")) != "factur-x.xml":
            yield f"{key} is {specification.get(key)}"
        if key not in specification.get("/EF", empty):
            yield f"EF has no {key}"
    if specification.get("/AFRelationship") != "/Alternative":
        yield f"AFRelationship is {specification.get('/AFRelationship')}"
    stream = specification.EF.F
    if stream.get("/Subtype") != "/text/xml":
        yield f"Subtype is {stream.get('/Subtype')}"
    content, params = stream.read_bytes(), stream.get("/Params", empty)
    if params.get("/Size") != len(content):
        yield f"Size is {params.get('/Size')} of {len(content)}"
    if bytes(params.get("/CheckSum", b"")) != hashlib.md5(content).digest():
        yield "CheckSum is wrong"
    if not re.fullmatch(r"D:\d{14}Z", str(params.get("/ModDate", ""))):
        yield "ModDate is no date"


def _fonts(document: pikepdf.Pdf) -> Iterator[str]:
    for number, page in enumerate(document.pages, 1):
        fonts = page.Resources.Font
        shown = _codes(page)
        for name, font in fonts.items():
            where = f"page {number} {name}"
            descendant = font.DescendantFonts[0]
            program = descendant.FontDescriptor.FontFile2.read_bytes()
            advances = _advances(program)
            widths = _widths(descendant.W)
            unicode = _to_unicode(font.ToUnicode.read_bytes().decode("ascii"))
            if not re.match(r"/[A-Z]{6}\+", str(font.BaseFont)) or font.BaseFont != descendant.FontDescriptor.FontName:
                yield f"{where}: {font.BaseFont} is no subset's name"
            for code in sorted(shown.get(str(name), set())):
                if code == 0:
                    yield f"{where} shows .notdef"
                if code >= len(advances) or widths.get(code) != advances[code]:
                    yield f"{where}: code {code} is {widths.get(code)} wide, its glyph {advances[code:code + 1]}"
                if not unicode.get(code):
                    yield f"{where}: code {code} stands for no text"
            texts = list(unicode.values())
            if len(set(texts)) != len(texts):
                yield f"{where}: two codes stand for one text"
        for name in shown.keys() - {str(name) for name in fonts}:
            yield f"page {number}: font {name} is missing"


def _codes(page: pikepdf.Page) -> dict[str, set[int]]:
    """The codes that a page shows, by font."""
    shown: dict[str, set[int]] = {}
    font = ""
    for instruction in pikepdf.parse_content_stream(page):
        if str(instruction.operator) == "Tf":
            font = str(instruction.operands[0])
        elif str(instruction.operator) == "Tj":
            text = bytes(instruction.operands[0])
            shown.setdefault(font, set()).update(struct.unpack(f">{len(text) // 2}H", text))
    return shown


def _advances(program: bytes) -> list[int]:
    """Each glyph's width in thousandths of an em, as the font program has it."""
    font = TTFont(io.BytesIO(program))
    return [font["hmtx"][name][0] * 1000 // font["head"].unitsPerEm for name in font.getGlyphOrder()]


def _widths(w: pikepdf.Object) -> dict[int, int]:
    return {int(w[i]) + k: int(width) for i in range(0, len(w), 2) for k, width in enumerate(w[i + 1])}


def _to_unicode(cmap: str) -> dict[int, str]:
    found: dict[int, str] = {}
    for body in re.findall(r"beginbfchar(.*?)endbfchar", cmap, re.S):
        for code, text in re.findall(r"<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>", body):
            found[int(code, 16)] = bytes.fromhex(text).decode("utf-16-be")
    for body in re.findall(r"beginbfrange(.*?)endbfrange", cmap, re.S):
        for first, last, text in re.findall(r"<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>", body):
            start = ord(bytes.fromhex(text).decode("utf-16-be"))
            for code in range(int(first, 16), int(last, 16) + 1):
                found[code] = chr(start + code - int(first, 16))
    return found


def _identity(document: pikepdf.Pdf) -> Iterator[str]:
    identity = [bytes(part) for part in document.trailer.get("/ID", [])]
    if len(identity) != 2 or any(len(part) != 16 or not part.strip(b"\0") for part in identity):
        yield f"ID is {identity}"
    if str(document.Root.get("/Lang", "")) != "fr-FR":
        yield "Lang is not French"


def _metadata(document: pikepdf.Pdf) -> Iterator[str]:
    stream = document.Root.get("/Metadata")
    if stream is None:
        yield "there are no metadata"
        return
    if "/Filter" in stream:
        yield "metadata are compressed"
    try:
        packet = etree.fromstring(stream.read_bytes())
    except etree.XMLSyntaxError as error:
        yield f"metadata are no XML: {error}"
        return
    text = {element.tag: element.text for element in packet.iter() if isinstance(element.tag, str)}
    for tag, value in {
        PDFAID + "part": "3",
        PDFAID + "conformance": "B",
        FX + "DocumentFileName": "factur-x.xml",
        FX + "DocumentType": "INVOICE",
        FX + "ConformanceLevel": "EN 16931",
    }.items():
        if text.get(tag) != value:
            yield f"{tag} is {text.get(tag)}"
    title = packet.find(".//{http://purl.org/dc/elements/1.1/}title//{*}li")
    if title is None or title.text != str(document.docinfo.get("/Title", "")):
        yield "the title differs from the one in Info"
