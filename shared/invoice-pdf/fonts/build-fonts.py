#!/usr/bin/env python3
"""Cuts Liberation Sans down to the two faces that invoices use. See README.md.

Usage: build-fonts.py <folder with LiberationSans-Regular.ttf and LiberationSans-Bold.ttf>
Writes PasserelleSans-Regular.ttf and PasserelleSans-Bold.ttf beside this script.
Needs fonttools (made with 4.68.0). The same input gives the same bytes.
"""

import pathlib
import sys

from fontTools import subset
from fontTools.ttLib import TTFont
from fontTools.ttLib.scaleUpem import scale_upem

FAMILY = "Passerelle Sans"
CHARACTERS = {
    *range(0x20, 0x7F),  # Basic Latin
    *range(0xA0, 0x180),  # Latin-1, Latin Extended-A
    *(0x1A0, 0x1A1, 0x1AF, 0x1B0),  # Vietnamese horns
    *range(0x218, 0x21C),  # Romanian commas below
    *range(0x1EA0, 0x1EFA),  # Vietnamese
    *range(0x2010, 0x2028),  # dashes, quotes, daggers, bullets, ellipsis
    *(0x202F, 0x2030, 0x2032, 0x2033, 0x2039, 0x203A, 0x2044),
    *(0x20AC, 0x2116, 0x2122, 0x2153, 0x2154),  # euro, numero, trade mark, thirds
    *(0x2190, 0x2192, 0x2212, 0x2248, 0x2260, 0x2264, 0x2265),  # arrows, signs
    *(0x25A1, 0x25CF),  # the box that stands for a missing character; a dot
}


def build(source: pathlib.Path, style: str) -> None:
    font = TTFont(source / f"LiberationSans-{style}.ttf", recalcTimestamp=False)
    options = subset.Options(
        hinting=False,
        layout_features=[],
        name_IDs=[0, 13, 14],
        name_languages=[0x409],
        notdef_outline=True,
        glyph_names=False,
        recalc_timestamp=False,
    )
    options.drop_tables += ["GSUB", "GPOS", "GDEF", "DSIG", "FFTM", "kern", "gasp"]
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=CHARACTERS)
    cutter.subset(font)
    # PDF gives widths in whole thousandths of an em: with 1000 units they are exact.
    scale_upem(font, 1000)
    names = font["name"]
    for record, text in {
        1: FAMILY,
        2: style,
        3: f"{FAMILY} {style} 1",
        4: f"{FAMILY} {style}",
        5: "Version 1.0, from version 2.1.5 of the original",
        6: f"{FAMILY.replace(' ', '')}-{style}",
    }.items():
        names.setName(text, record, 3, 1, 0x409)
    font.save(pathlib.Path(__file__).parent / f"PasserelleSans-{style}.ttf", reorderTables=True)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    for style in ("Regular", "Bold"):
        build(pathlib.Path(sys.argv[1]), style)
