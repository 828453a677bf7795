"""What the till sold on the market floor ("sur le carreau") on a day: tickets, before invoicing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from random import Random

from .catalog import ARTICLES, DEPOSITS, Article
from .customers import customers
from .money import times
from .world import quantity


@dataclass(frozen=True)
class TicketLine:
    """An article sold or, with a negative quantity, a deposit taken back. Cents without VAT."""

    article: Article
    quantity: Decimal
    unit_price: Decimal
    net: int
    lot: str


@dataclass(frozen=True)
class Ticket:
    """One purchase; `paid_by` is empty when it goes on the day's invoice unpaid."""

    number: str
    customer: str
    lines: list[TicketLine]
    paid_by: str


def lot(article: Article, day: date) -> str:
    """The lot that goods of a day are sold from, in the scheme of their trade."""
    number = sum(article.code.encode()) % 7 + 1
    match article.lot_scheme:
        case "J":
            return f"{day:%y}{day:%j}-{number}"
        case "D":
            return f"L{day:%d%m%y}"
        case "F":
            return f"{day:%j}/{number:02d}-FAO27"
    return ""


def _line(rng: Random, article: Article, day: date) -> TicketLine:
    """A weighed or counted line at the price of the hour, which the floor haggles a little."""
    amount = quantity(rng, article)
    if article.unit == "kg":
        amount += Decimal(rng.randrange(0, 250)) / 1000
    haggled = (article.price * rng.randint(88, 104) / 100).quantize(Decimal("0.01"))
    return TicketLine(article, amount, haggled, times(haggled, amount), lot(article, day))


def _deposits(rng: Random) -> list[TicketLine]:
    """Crates lent, and crates brought back."""
    lines = []
    for article in rng.sample(DEPOSITS, 2):
        amount = Decimal(rng.choice((2, 3, 4, 6, 8, -1, -2, -3)))
        lines.append(TicketLine(article, amount, article.price, times(article.price, amount), ""))
    return lines


def market_sales(day: date, seed: int = 1) -> list[Ticket]:
    """The day's tickets in the order of their numbers: most of the market's own customers, and
    about half of the web's, some of them twice."""
    rng = Random(f"market:{seed}:{day}")
    tickets = []
    buyers = []
    for customer in customers(seed):
        roll = rng.random()
        times_today = (roll < 0.48) + (roll < 0.10) if customer.orders_on_web else (roll < 0.97) + (roll < 0.25)
        buyers += [customer.code] * times_today
    rng.shuffle(buyers)
    for place, code in enumerate(buyers, 1):
        lines = [_line(rng, article, day) for article in rng.sample(ARTICLES, rng.randint(1, 9))]
        if rng.random() < 0.25:
            deposits = _deposits(rng)
            if sum(line.net for line in lines + deposits) > 0:
                lines += deposits
        paid_by = rng.choice(("",) * 7 + ("Carte bancaire", "Carte bancaire", "Espèces"))
        tickets.append(Ticket(f"T-{day:%y%m%d}-{place:04d}", code, lines, paid_by))
    return tickets
