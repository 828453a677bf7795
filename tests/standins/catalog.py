"""The wholesaler's articles, as its ERP numbers them."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True)
class Article:
    """One article. Prices are without VAT; a deposit ("consigne") is outside VAT."""

    code: str
    label: str
    unit: str
    price: Decimal
    vat_rate: Decimal
    origin: str = ""
    grade: str = ""
    lot_scheme: str = ""
    deposit: bool = False

    @property
    def weight(self) -> Decimal:
        """About what one unit weighs, in kg: enough to price a delivery."""
        return Decimal({"kg": "1", "colis": "6", "L": "1"}.get(self.unit, "0.6"))


# code | label | unit | price | VAT | country of origin | class | lot scheme
# Lot schemes: J day of the year and a number, D date, F number and landing zone of fish.
_FRESH = """
TOM-6|Cagette tomates 6 kg|colis|13.35|5.5|France|I|J
TOM-GR|Tomates grappe|kg|2.85|5.5|Espagne|I|J
TOM-CB|Tomates cœur-de-bœuf|kg|4.45|5.5|Italie|Extra|J
TOM-CE|Tomates cerises barquette 250 g|pce|1.32|5.5|Maroc|I|J
001204|Carottes des sables|kg|1.15|5.5|France|I|J
001205|Carottes fanes, la botte|pce|1.65|5.5|France|I|J
001210|Pommes de terre Agata 10 kg|colis|8.90|5.5|France|I|J
001211|Pommes de terre rattes du Touquet|kg|3.10|5.5|France|I|J
001212|Pommes de terre à frites Bintje 25 kg|colis|16.40|5.5|Belgique|I|J
001220|Oignons jaunes 5 kg|colis|4.95|5.5|Pays-Bas|I|J
001221|Oignons rosés de Roscoff|kg|3.60|5.5|France|I|J
001222|Échalotes longues|kg|3.95|5.5|France|I|J
001223|Ail violet de Cadours|kg|8.70|5.5|France|I|J
001230|Poireaux|kg|2.05|5.5|France|I|J
001231|Céleri-rave|pce|1.75|5.5|France|I|J
001232|Céleri branche|pce|1.95|5.5|France|I|J
001240|Courgettes|kg|2.20|5.5|Espagne|I|J
001241|Aubergines|kg|2.65|5.5|Espagne|I|J
001242|Poivrons tricolores 5 kg|colis|14.20|5.5|Espagne|I|J
001243|Concombres|pce|0.95|5.5|Pays-Bas|I|J
001250|Laitue batavia|pce|0.98|5.5|France|I|J
001251|Mâche nantaise 1 kg|colis|9.80|5.5|France|I|J
001252|Roquette 500 g|pce|4.85|5.5|Italie|I|J
001253|Jeunes pousses d’épinards|kg|7.90|5.5|France|I|J
001254|Endives 5 kg|colis|11.75|5.5|France|I|J
001255|Chou-fleur|pce|2.40|5.5|France|I|J
001256|Chou de Bruxelles|kg|2.95|5.5|Belgique|I|J
001257|Brocoli|kg|3.15|5.5|Espagne|I|J
001258|Potimarron|kg|1.98|5.5|France|I|J
001259|Butternut|kg|1.62|5.5|France|II|J
CHA-PA|Champignons de Paris 3 kg|colis|10.95|5.5|Pologne|I|J
CHA-GI|Girolles|kg|24.60|5.5|Lituanie|I|J
CHA-CE|Cèpes bouchons|kg|38.50|5.5|Roumanie|Extra|J
CHA-PL|Pleurotes|kg|7.85|5.5|France|I|J
TRU-NO|Truffe noire (Tuber melanosporum)|kg|890.00|5.5|France|Extra|J
HER-PE|Persil plat, la botte|pce|0.85|5.5|France||J
HER-CO|Coriandre, la botte|pce|0.95|5.5|France||J
HER-BA|Basilic, la botte|pce|1.10|5.5|Italie||J
HER-ME|Menthe, la botte|pce|0.92|5.5|Maroc||J
HER-TH|Thym frais 100 g|pce|1.85|5.5|France||J
002101|Pommes Gala|kg|1.95|5.5|France|I|J
002102|Pommes Reinettes grises du Canada|kg|2.45|5.5|France|I|J
002103|Poires Conférence|kg|2.25|5.5|Belgique|I|J
002104|Poires Comice|kg|3.20|5.5|France|Extra|J
002110|Oranges à jus 15 kg|colis|17.90|5.5|Espagne|I|J
002111|Citrons jaunes|kg|2.35|5.5|Espagne|I|J
002112|Citrons verts|kg|3.85|5.5|Brésil|I|J
002113|Clémentines de Corse|kg|3.45|5.5|France|I|J
002114|Pamplemousses roses|pce|0.88|5.5|Floride (États-Unis)|I|J
002120|Bananes Cavendish 18 kg|colis|22.80|5.5|Côte d’Ivoire|I|J
002121|Ananas Victoria|pce|3.95|5.5|Réunion|I|J
002122|Mangues Kent|pce|2.10|5.5|Pérou|I|J
002123|Avocats Hass 4 kg|colis|15.60|5.5|Mexique|I|J
002124|Grenades|pce|1.75|5.5|Turquie|I|J
002130|Raisins Muscat|kg|4.95|5.5|Italie|I|J
002131|Framboises 125 g|pce|2.45|5.5|Portugal|I|J
002132|Myrtilles 125 g|pce|2.15|5.5|Pérou|I|J
002133|Châtaignes d’Ardèche|kg|5.80|5.5|France|I|J
"""
_OTHER = """
BOF-001|Beurre doux AOP Charentes-Poitou 250 g|pce|2.45|5.5|France||D
BOF-002|Beurre demi-sel motte 5 kg|colis|41.50|5.5|France||D
BOF-003|Crème fraîche épaisse 30 % 5 L|pce|18.75|5.5|France||D
BOF-004|Crème liquide 35 %|L|3.85|5.5|France||D
BOF-005|Lait entier|L|0.98|5.5|France||D
BOF-006|Œufs plein air calibre 63/73, les 180|colis|36.90|5.5|France|A|D
BOF-007|Œufs de caille, les 18|pce|3.45|5.5|France|A|D
FRO-001|Comté AOP 18 mois|kg|17.85|5.5|France||D
FRO-002|Brie de Meaux AOP|kg|11.40|5.5|France||D
FRO-003|Roquefort AOP|kg|18.90|5.5|France||D
FRO-004|Chèvre bûche 1 kg|pce|9.65|5.5|France||D
FRO-005|Parmigiano Reggiano 24 mois|kg|19.75|5.5|Italie||D
FRO-006|Mozzarella di bufala 125 g|pce|1.98|5.5|Italie||D
FRO-007|Saint-Nectaire fermier|kg|13.20|5.5|France||D
FRO-008|Feta AOP 2 kg|colis|17.45|5.5|Grèce||D
VIA-001|Entrecôte race Aubrac|kg|27.80|5.5|France||D
VIA-002|Bœuf bourguignon (paleron)|kg|13.95|5.5|France||D
VIA-003|Épaule d’agneau|kg|16.40|5.5|Irlande||D
VIA-004|Filet mignon de porc|kg|10.85|5.5|France||D
VIA-005|Magret de canard|kg|15.90|5.5|France||D
VIA-006|Poulet fermier Label Rouge|kg|6.95|5.5|France|A|D
VIA-007|Foie gras cru extra|kg|42.00|5.5|France|Extra|D
VIA-008|Jambon blanc supérieur|kg|11.20|5.5|France||D
VIA-009|Saucisson sec d’Auvergne|pce|7.60|5.5|France||D
MAR-001|Filet de bar|kg|24.90|5.5|Grèce||F
MAR-002|Dos de cabillaud|kg|19.80|5.5|Norvège||F
MAR-003|Saumon Label Rouge|kg|17.65|5.5|Écosse||F
MAR-004|Noix de Saint-Jacques|kg|39.50|5.5|France||F
MAR-005|Moules de bouchot AOP|kg|4.20|5.5|France||F
MAR-006|Huîtres Gillardeau n° 3, les 48|colis|62.00|5.5|France||F
MAR-007|Crevettes roses 40/60|kg|13.75|5.5|Madagascar||F
EPI-001|Huile d’olive vierge extra 5 L|pce|38.90|5.5|Italie||D
EPI-002|Huile de tournesol|L|2.15|5.5|France||D
EPI-003|Vinaigre balsamique de Modène|L|5.40|5.5|Italie||D
EPI-004|Farine T55 25 kg|colis|19.20|5.5|France||D
EPI-005|Sucre semoule 10 kg|colis|12.80|5.5|France||D
EPI-006|Riz carnaroli 5 kg|colis|16.75|5.5|Italie||D
EPI-007|Lentilles vertes du Puy AOP|kg|5.95|5.5|France||D
EPI-008|Pâtes linguine 3 kg|pce|6.85|5.5|Italie||D
EPI-009|Fleur de sel de Guérande 1 kg|pce|9.90|5.5|France||D
EPI-010|Moutarde de Dijon 5 kg|pce|14.60|5.5|France||D
EPI-011|Câpres « nonpareilles » 720 g; bocal|pce|7.35|5.5|Maroc||D
EPI-012|Vanille Bourbon, tube de 25 gousses|pce|48.00|5.5|Madagascar||D
EPI-013|Café moulu 100 % arabica|kg|11.90|5.5|Brésil||D
CHO-001|Chocolat de couverture 70 % 5 kg|colis|58.50|20|Équateur||D
CHO-002|Confiseries assorties 1 kg|pce|8.90|20|France||D
VIN-001|Chablis 2023, le carton de 6|colis|71.40|20|France||D
VIN-002|Cognac VSOP 70 cl|pce|31.20|20|France||D
VIN-003|Bière blonde, fût 30 L|pce|74.00|20|Belgique||D
HYG-001|Gants nitrile taille M, les 100|pce|6.45|20|Malaisie||
HYG-002|Film étirable 45 cm x 300 m|pce|9.20|20|France||
HYG-003|Serviettes ouatées, les 1 000|colis|18.30|20|Italie||
HYG-004|Boîtes kraft à emporter, les 250|colis|29.90|20|Chine||
TRA-001|Plateau de petits fours (48 pièces)|pce|34.80|10|France||D
TRA-002|Club-sandwich jambon-emmental|pce|2.95|10|France||D
TRA-003|Quiche lorraine individuelle|pce|2.20|10|France||D
FLE-001|Rhododendron en pot|pce|12.40|10|Pays-Bas||
FLE-002|Bouquet de table du marché|pce|9.75|10|France||
"""
_DEPOSITS = """
CONS-CAG|Consigne cagette bois|pce|0.50
CONS-EUR|Consigne palette Europe|pce|12.00
CONS-IFC|Consigne bac plastique IFCO|pce|3.85
CONS-FUT|Consigne fût 30 L|pce|30.00
"""


def _read(text: str) -> list[Article]:
    rows = (row.split("|") for row in text.strip().splitlines())
    return [
        Article(code, label, unit, Decimal(price), Decimal(vat), origin, grade, lot)
        for code, label, unit, price, vat, origin, grade, lot in rows
    ]


ARTICLES: list[Article] = _read(_FRESH) + _read(_OTHER)
"""What can be bought on the web and on the market."""

DEPOSITS: list[Article] = [
    Article(code, label, unit, Decimal(price), Decimal(0), deposit=True)
    for code, label, unit, price in (row.split("|") for row in _DEPOSITS.strip().splitlines())
]
"""Crates and pallets, lent against a deposit on the market."""

SERVICES: dict[str, str] = {"REMISE": "Remise", "PORT": "Livraison", "FRAIS": "Frais"}
"""Articles of the ERP that take what has no article of its own, at any VAT rate."""

BY_CODE: dict[str, Article] = {article.code: article for article in ARTICLES + DEPOSITS}
"""All articles by code, services apart."""
