use std::collections::BTreeMap;

use passerelle_domain::{ArticleCode, Unit};
use rust_decimal::Decimal;

use super::list::{Beside, List};
use crate::orders::model::{Articles, Pack};
use crate::toml_reader::{Section, Words};

/// `article;unit;erp_article;erp_unit;factor`: what one unit of the shop's article is in the ERP's.
/// An empty `unit` stands for any.
pub(in super::super) fn articles(section: &mut Section<'_>, beside: Beside<'_>) -> Option<Articles> {
    let keep_unknown = section.one_of("unknown", &[("keep", true), ("set_aside", false)]).unwrap_or(false);
    if !section.has("articles_file") {
        section.fault("articles_file", "is missing");
    }
    let list = beside.list(section, "articles_file")?;
    list.only(&["article", "unit", "erp_article", "erp_unit", "factor", "label"]);
    let packs = packs(&list);
    list.note_faults(section);
    Some(Articles { file: list.file, packs, keep_unknown })
}

fn packs(list: &List) -> BTreeMap<(String, Option<Unit>), Pack> {
    let mut packs = BTreeMap::new();
    let places = ["article", "unit", "erp_article", "erp_unit", "factor"].map(|name| list.place(name));
    let [Some(article), Some(unit), Some(erp_article), Some(erp_unit), Some(factor)] = places else {
        return packs;
    };
    for (line, cells) in list.rows() {
        for code in [&cells[article], &cells[erp_article]] {
            if let Err(error) = ArticleCode::new(code.as_str()) {
                list.fault(line, error.to_string());
            }
        }
        let from = (!cells[unit].is_empty()).then(|| read_unit(list, line, &cells[unit]));
        let pack = Pack {
            article: cells[erp_article].clone(),
            unit: read_unit(list, line, &cells[erp_unit]),
            factor: read_factor(list, line, &cells[factor]),
        };
        if packs.insert((cells[article].clone(), from), pack).is_some() {
            list.fault(line, format!("article {:?} stands with this unit already", cells[article]));
        }
    }
    packs
}

fn read_unit(list: &List, line: usize, word: &str) -> Unit {
    let found = Unit::words().into_iter().find(|(name, _)| *name == word);
    found.map(|(_, unit)| unit).unwrap_or_else(|| {
        let names: Vec<&str> = Unit::words().into_iter().map(|(name, _)| name).collect();
        list.fault(line, format!("{word:?} is no unit ({})", names.join(", ")));
        Unit::default()
    })
}

fn read_factor(list: &List, line: usize, cell: &str) -> Decimal {
    let factor = Decimal::from_str_exact(cell).ok();
    let in_range = |by: &Decimal| *by > Decimal::ZERO && *by <= Decimal::from(1_000_000) && by.scale() <= 6;
    factor.filter(in_range).unwrap_or_else(|| {
        list.fault(line, format!("the factor {cell:?} is no number above 0, with a dot"));
        Decimal::ONE
    })
}
