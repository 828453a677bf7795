"""What a reader can read in a PDF: with pdftotext where it is installed, else with PDFium, which always is."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pypdfium2

PDFTOTEXT = shutil.which("pdftotext")
AMOUNT = re.compile(r"-?\d[\d\s\u00a0\u202f]*,\d\d(?=\s*€)")


def text_of(file: Path) -> str:
    """The text of all pages."""
    if PDFTOTEXT:
        return subprocess.run([PDFTOTEXT, "-layout", file, "-"], capture_output=True, check=True).stdout.decode()
    document = pypdfium2.PdfDocument(file)
    try:
        return "\n".join(page.get_textpage().get_text_range() for page in document)
    finally:
        document.close()


def amount_after(label: str, text: str) -> int | None:
    """The first amount in euros after the last `label`, in cents."""
    at = text.rfind(label)
    found = AMOUNT.search(text, at) if at >= 0 else None
    return int(re.sub(r"[^\d-]", "", found.group())) if found else None
