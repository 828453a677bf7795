"""Money in whole cents, and the roundings that shops and tills make. Never a float."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import Any


def cents(amount: Decimal | str) -> int:
    """An amount in euros as cents, half a cent rounded away from zero."""
    return int((Decimal(amount) * 100).quantize(Decimal(1), rounding=ROUND_HALF_UP))


def euros(amount: int) -> str:
    """Cents as `12.50`."""
    minus = "-" if amount < 0 else ""
    return f"{minus}{abs(amount) // 100}.{abs(amount) % 100:02d}"


def sign(invoice: dict[str, Any]) -> int:
    """What an invoice's amounts count by: -1 on a credit note."""
    return -1 if invoice["kind"] == "credit_note" else 1


def french(amount: int) -> str:
    """Cents with a decimal comma, as `12,50`."""
    return euros(amount).replace(".", ",")


def french_money(amount: int) -> str:
    """Cents as `1 234,56 €`, with the narrow no-break space."""
    whole, rest = divmod(abs(amount), 100)
    grouped = f"{whole:,}".replace(",", "\u202f")
    return f"{'−' if amount < 0 else ''}{grouped},{rest:02d}\u00a0€"


def plain(number: Decimal) -> str:
    """A decimal without exponent and without trailing zeros."""
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def times(price: Decimal, quantity: Decimal) -> int:
    """Price times quantity, in cents."""
    return cents(price * quantity)


def vat_on(base: int, rate: Decimal) -> int:
    """The VAT on a base in cents at a rate in percent, in cents."""
    return int((Decimal(base) * rate / 100).quantize(Decimal(1), rounding=ROUND_HALF_UP))


def spread(total: int, weights: list[int]) -> list[int]:
    """Shares of `total` by weight that add up to it exactly; cents left over go to the largest
    remainders, earlier ones first. All zero where there is nothing to weigh by."""
    whole = sum(weights)
    if whole == 0:
        return [0] * len(weights)
    shares = [total * weight // whole for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda i: (-(total * weights[i] % whole), i))
    for i in by_remainder[: total - sum(shares)]:
        shares[i] += 1
    return shares
