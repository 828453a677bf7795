"""Both passes over a million rows, the bare csv crate and Python's csv module, on the same file."""

import csv
import pathlib
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).parents[2]
FILES = ROOT / "target" / "bench"


def main() -> None:
    rows = sys.argv[1] if len(sys.argv) > 1 else "1000000"
    command = ["cargo", "bench", "--quiet", "--package", "passerelle-erp", "--bench", "invoices_in", "--", rows, str(FILES)]
    subprocess.run(command, cwd=ROOT, check=True)
    try:
        for name in ["together", "apart"]:
            start = time.monotonic()
            with (FILES / f"{name}.csv").open(encoding="cp1252", newline="") as file:
                count = sum(1 for _ in csv.reader(file, delimiter=";"))
            took = round((time.monotonic() - start) * 1000)
            print(f"Python's csv module, rows {name}: {count} rows in {took} ms")
    finally:
        for made in FILES.glob("*.csv"):
            made.unlink()


if __name__ == "__main__":
    main()
