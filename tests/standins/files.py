"""Files of the stand-ins: replaced whole, and read as TOML."""

from __future__ import annotations

import os
import threading
import tomllib
from pathlib import Path
from typing import Any


class LayoutFault(Exception):
    """What is wrong with a layout."""


def replace(path: Path, content: bytes) -> None:
    """Puts a file in place at once: whoever is killed half way has done nothing."""
    part = path.with_name(f"{path.name}.{threading.get_ident()}.part")
    part.write_bytes(content)
    os.replace(part, path)


def read_toml(path: Path) -> dict[str, Any]:
    """A layout's tables.

    Raises LayoutFault when it is no TOML.
    """
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise LayoutFault(f"{path.name}: is no TOML: {error}") from error
