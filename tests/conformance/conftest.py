"""Makes the invoices once, with the product itself."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.local.tools import ROOT, host

OUT = ROOT / "target" / "conformance"


@pytest.fixture(scope="session")
def documents() -> list[Path]:
    """A PDF of each kind of invoice, its canonical JSON beside it."""
    if not os.environ.get("CONFORMANCE_READY"):
        shutil.rmtree(OUT, ignore_errors=True)
        example = ["--package", "passerelle-invoice-pdf", "--example", "conformance"]
        subprocess.run(["cargo", "run", "--quiet", "--target", host(), *example, "--", OUT], check=True, cwd=ROOT)
    return sorted(OUT.glob("*.pdf"))


@pytest.fixture(scope="session")
def previews() -> list[Path]:
    """What `passerelle invoices preview` shows of the shipped configuration."""
    out = ROOT / "target" / "previews"
    shutil.rmtree(out, ignore_errors=True)
    configuration = ROOT / "infra" / "environments" / "local" / "passerelle.toml"
    program = ["cargo", "run", "--quiet", "--target", host(), "--package", "passerelle-cli", "--"]
    subprocess.run([*program, "invoices", "preview", configuration, "--out", out], check=True, cwd=ROOT)
    return sorted(out.glob("*.pdf"))


@pytest.fixture(scope="session")
def sample(documents: list[Path]) -> Path:
    """One of them, with several rates and deposits."""
    return next(file for file in documents if file.stem == "five-rates-and-deposits")
