"""Pages as pictures, compared with those that were looked at and found good."""

from __future__ import annotations

from pathlib import Path

import pypdfium2
from PIL import Image, ImageChops

REFERENCES = Path(__file__).parent / "pages"
SCALE = 0.75  # 54 dots an inch: letters can be told apart, a page is 20 kB
BLOCK = 4
# How far a block's mean grey may be off: what antialiasing does on another processor, less than a digit.
TOLERANCE = 24


def pages(file: Path | bytes, wanted: list[int]) -> list[Image.Image]:
    """Pages as pictures, in grey; negative numbers count from the end."""
    document = pypdfium2.PdfDocument(file)
    try:
        return [document[at % len(document)].render(scale=SCALE, grayscale=True).to_pil().convert("L") for at in wanted]
    finally:
        document.close()


def count(file: Path) -> int:
    """How many pages a document has."""
    document = pypdfium2.PdfDocument(file)
    try:
        return len(document)
    finally:
        document.close()


def difference(one: Image.Image, other: Image.Image) -> int:
    """The largest difference of any block of both pictures; 255 when they are of different sizes."""
    if one.size != other.size:
        return 255
    blocks = (one.width // BLOCK, one.height // BLOCK)
    return max(ImageChops.difference(one, other).resize(blocks, Image.Resampling.BOX).tobytes())
