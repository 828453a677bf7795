//! Articles as the ERP knows them, with their packs.

use std::collections::{BTreeMap, BTreeSet};

use passerelle_domain::{ArticleCode, Money, OrderLine, Quantity, Unit, UnitPrice};
use rust_decimal::Decimal;

use super::super::columns::unit_word;
use super::{Beside, List};
use crate::LayoutError;
use crate::layout::Section;

/// `article;unit;erp_article;erp_unit;factor`: what one unit of the shop's article is in the ERP's.
/// An empty `unit` stands for any.
#[derive(Clone, Debug)]
pub(crate) struct Articles {
    file: String,
    packs: BTreeMap<(String, Option<Unit>), Pack>,
    /// Whether an article that is not listed keeps its code, rather than being set aside.
    keep_unknown: bool,
}

/// What an article is in the ERP.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Pack {
    /// The ERP's code.
    pub(crate) article: String,
    /// The unit that the ERP counts it in.
    pub(crate) unit: Unit,
    /// How many of these one unit of the shop is.
    pub(crate) factor: Decimal,
}

impl Pack {
    /// The quantity in the ERP's unit, and the price of one, which makes the same amount.
    pub(crate) fn convert(
        &self,
        quantity: Quantity,
        price: UnitPrice,
        gross: Money,
    ) -> (Quantity, UnitPrice) {
        let converted = quantity.to_decimal().checked_mul(self.factor).map(Quantity::new);
        match converted {
            Some(converted) if self.factor != Decimal::ONE => (converted, UnitPrice::of(gross, converted)),
            _ => (quantity, price),
        }
    }
}

impl Articles {
    pub(crate) fn read(section: &mut Section<'_>, beside: Beside<'_>) -> Result<Self, LayoutError> {
        let list = beside.list(section, "articles_file")?;
        let keep = section.choice("unknown", &[("keep", true), ("set_aside", false)])?;
        let Some(list) = list else {
            return Err(section.error("articles_file", "is missing"));
        };
        Self::of(&list, keep.unwrap_or(false))
    }

    fn of(list: &List, keep_unknown: bool) -> Result<Self, LayoutError> {
        list.only(&["article", "unit", "erp_article", "erp_unit", "factor", "label"])?;
        let [article, unit, erp_article, erp_unit, factor] =
            ["article", "unit", "erp_article", "erp_unit", "factor"].map(|name| list.place(name));
        let (article, unit, erp_article, erp_unit, factor) =
            (article?, unit?, erp_article?, erp_unit?, factor?);
        let unit_of = |line, word: &str| {
            let units = [Unit::Piece, Unit::Kilogram, Unit::Case, Unit::Litre];
            units.into_iter().find(|unit| unit_word(*unit) == word).ok_or_else(|| {
                list.error(line, format!("{word:?} is no unit ({})", units.map(unit_word).join(", ")))
            })
        };
        let mut packs = BTreeMap::new();
        for (line, cells) in list.rows() {
            let from = if cells[unit].is_empty() { None } else { Some(unit_of(line, &cells[unit])?) };
            for code in [&cells[article], &cells[erp_article]] {
                ArticleCode::new(code.as_str()).map_err(|error| list.error(line, error.to_string()))?;
            }
            let by: Option<Decimal> = Decimal::from_str_exact(&cells[factor]).ok();
            let by =
                by.filter(|by| *by > Decimal::ZERO && *by <= Decimal::from(1_000_000) && by.scale() <= 6);
            let by = by.ok_or_else(|| {
                let message = format!("the factor {:?} is no number above 0, with a dot", cells[factor]);
                list.error(line, message)
            })?;
            let pack = Pack {
                article: cells[erp_article].clone(),
                unit: unit_of(line, &cells[erp_unit])?,
                factor: by,
            };
            if packs.insert((cells[article].clone(), from), pack).is_some() {
                let message = format!("article {:?} stands with this unit already", cells[article]);
                return Err(list.error(line, message));
            }
        }
        Ok(Self { file: list.file().to_owned(), packs, keep_unknown })
    }

    /// What a line's article is in the ERP; nothing where it stays as it is.
    ///
    /// # Errors
    /// The rule, where it must be listed and is not.
    pub(crate) fn pack(&self, line: &OrderLine) -> Result<Option<&Pack>, String> {
        let Some(article) = &line.article else { return Ok(None) };
        let key = |unit| (article.as_str().to_owned(), unit);
        let pack = self.packs.get(&key(Some(line.unit))).or_else(|| self.packs.get(&key(None)));
        match pack {
            None if !self.keep_unknown => {
                Err(format!("{} has this article, sold by {}", self.file, unit_word(line.unit)))
            }
            pack => Ok(pack),
        }
    }

    /// The ERP's codes, each once, to be checked against their column.
    pub(crate) fn codes(&self) -> BTreeSet<&str> {
        self.packs.values().map(|pack| pack.article.as_str()).collect()
    }
}
