"""The wholesaler's customers: restaurants around Paris, with identifiers whose check digits hold."""

from __future__ import annotations

import hashlib
import unicodedata
from dataclasses import dataclass
from functools import cache
from random import Random

WEB_CUSTOMERS = 450
"""How many order on the web site (and most of them on the market too)."""
MARKET_CUSTOMERS = 150
"""How many only buy on the market floor."""

_KINDS = (
    "Le Bistrot", "Brasserie", "La Table", "Chez", "Auberge", "L’Atelier", "Café", "Pizzeria", "Le Comptoir",
    "Crêperie", "Trattoria", "Au Rendez-vous", "Restaurant", "La Cantine", "Le Relais", "L’Œnothèque", "Traiteur",
)  # fmt: skip
_OWNERS = (
    "de Zoé", "d’Éloïse", "du Marché", "des Halles", "de l’Étoile", "du Canal", "d’Œuvre", "Saint-Éloi",
    "des Épinettes", "de François", "Molière", "du Château", "des Abbesses", "de la Gaîté", "du Père Noël",
    "Belleville", "de l’Île", "des Lilas", "du Pont-Neuf", "d’Anaïs", "Bérénice", "du Cœur", "de la Forêt",
    "Montsouris", "des Maréchaux", "du Vieux Chêne", "d’Aligre", "Maïté", "du Théâtre", "de Noé", "Gaspard",
    "de la Reine", "des Garçons", "Ménilmontant", "des Mûriers", "du Commerce",
)  # fmt: skip
_SPECIAL = (
    "Bistrot d’Œuvre", "Au Bon Vivant ; Traiteur", 'Restaurant "Le 12"', "Durand & Fils", "L'Île aux Épices",
    "« Le Petit Chœur »", "Crêperie Saint-Malo – Bercy", 'SARL "À table !" ; Évènements',
    "La Très Honorable Compagnie des Maîtres Rôtisseurs et Sauciers de Paris", "Ça & Là",
)  # fmt: skip
_STREETS = (
    "rue du Marché", "avenue de la République", "boulevard Voltaire", "rue de l’Église", "quai de la Gare",
    "rue des Écoles", "place du Général-de-Gaulle", "rue Jean-Jaurès", "passage des Gravilliers",
    "rue du Faubourg-Saint-Denis", "impasse des Tilleuls", "rue Paul Bert", "allée des Érables",
)  # fmt: skip
_TOWNS = (
    ("94150", "Rungis", 3), ("94550", "Chevilly-Larue", 4), ("94320", "Thiais", 5), ("94240", "L’Haÿ-les-Roses", 6),
    ("94800", "Villejuif", 8), ("94200", "Ivry-sur-Seine", 11), ("75013", "Paris", 12), ("75014", "Paris", 12),
    ("75005", "Paris", 15), ("75011", "Paris", 17), ("75010", "Paris", 19), ("75018", "Paris", 22),
    ("75016", "Paris", 21), ("75020", "Paris", 20), ("92120", "Montrouge", 11), ("92100", "Boulogne-Billancourt", 18),
    ("93100", "Montreuil", 20), ("93200", "Saint-Denis", 26), ("78000", "Versailles", 24),
    ("91300", "Massy", 12), ("95100", "Argenteuil", 33), ("77100", "Meaux", 55),
    ("94410", "Saint-Maurice", 14), ("78100", "Saint-Germain-en-Laye", 36),
)  # fmt: skip
_FIRST_NAMES = ("Zoé", "Éloïse", "François", "Anaïs", "Noël", "Maïté", "Jean-Loïc", "Aïcha", "Théo", "Benoît")
_LAST_NAMES = ("L’Hôte", "Lefèvre", "Béranger", "N’Guyen", "Müller", "Garçon", "Peña", "Lemaître", "Öztürk", "Crépin")


@dataclass(frozen=True)
class Customer:
    """One restaurant. `shop_id` is nothing for those without an account on the web site."""

    code: str
    company: str
    first_name: str
    last_name: str
    line1: str
    line2: str
    postcode: str
    city: str
    distance_km: int
    phone: str
    email: str
    siren: str
    siret: str
    vat_number: str
    shop_id: int | None
    orders_on_web: bool
    means: str
    delivery: tuple[str, str, str] | None

    def password(self, seed: int) -> str:
        """The password of the account: known to tests, the same for the same seed."""
        return hashlib.sha256(f"{seed}:{self.code}".encode()).hexdigest()[:12]


def luhn_digit(digits: str) -> str:
    """The digit that makes `digits` satisfy Luhn's check when put behind it."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if place % 2 == 0 else 1)
        total += value // 10 + value % 10
    return str(-total % 10)


def vat_number(siren: str) -> str:
    """The French VAT number of a SIREN."""
    return f"FR{(12 + 3 * (int(siren) % 97)) % 97:02d}{siren}"


def _ascii(text: str) -> str:
    text = text.replace("œ", "oe").replace("Œ", "Oe")
    flat = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return "-".join("".join(c if c.isalnum() else " " for c in flat).split())


def _company(rng: Random, number: int, taken: set[str]) -> str:
    if number < len(_SPECIAL):
        return _SPECIAL[number]
    while True:
        name = f"{rng.choice(_KINDS)} {rng.choice(_OWNERS)}"
        if name in taken:
            name = f"{name} {rng.choice(('II', 'Rive Gauche', 'Bastille', 'Nord', 'Sud', 'Opéra', 'Gambetta'))}"
        if name not in taken:
            return name


@cache
def customers(seed: int) -> tuple[Customer, ...]:
    """All customers, web ones first. One in thirteen of the market's has no account on the site."""
    rng = Random(f"customers:{seed}")
    taken: set[str] = set()
    result: list[Customer] = []
    next_shop_id = 2
    for number in range(WEB_CUSTOMERS + MARKET_CUSTOMERS):
        company = _company(rng, number, taken)
        taken.add(company)
        siren = "".join(str(rng.randrange(10)) for _ in range(7))
        siren = f"{rng.choice('345789')}{siren}"
        siren += luhn_digit(siren)
        siret = siren + f"{rng.randrange(1, 40):04d}"
        siret += luhn_digit(siret)
        postcode, city, distance = rng.choice(_TOWNS)
        on_web = number < WEB_CUSTOMERS
        has_account = on_web or number % 13 != 0
        code = f"C{number + 1:05d}"
        kitchen = rng.choice(_TOWNS)
        result.append(
            Customer(
                code=code,
                company=company,
                first_name=rng.choice(_FIRST_NAMES),
                last_name=rng.choice(_LAST_NAMES),
                line1=f"{rng.randrange(1, 240)}{rng.choice(('', '', '', ' bis'))} {rng.choice(_STREETS)}",
                line2=rng.choice(("", "", "", "", "Bâtiment B", "Cour de l’horloge", "2e étage")),
                postcode=postcode,
                city=city,
                distance_km=distance,
                phone=f"01{rng.randrange(10_000_000, 99_999_999)}",
                email=f"{_ascii(company)[:40].strip('-')}-{number + 1}@restaurants.example",
                siren=siren,
                siret=siret,
                vat_number=vat_number(siren),
                shop_id=next_shop_id if has_account else None,
                orders_on_web=on_web,
                means=rng.choice(("Virement", "Virement", "Prélèvement SEPA", "Chèque")),
                delivery=(f"{rng.randrange(1, 90)} {rng.choice(_STREETS)}", kitchen[0], kitchen[1])
                if rng.random() < 0.12
                else None,
            )
        )
        next_shop_id += has_account
    return tuple(result)
