use crate::orders::model::{Figures, Sign};
use crate::toml_reader::Section;

/// The fields of a section that say how numbers look.
pub(super) const FIELDS: [&str; 5] = ["decimal", "decimals", "thousands", "sign", "too_precise"];

/// Reads what `section` says about numbers; what it does not say is as in `base`, or must be said.
pub(super) fn read(section: &mut Section<'_>, base: Option<Figures>) -> Figures {
    let words = [(",", Some(',')), (".", Some('.')), ("none", None)];
    let decimal = match base {
        None => section.required_one_of("decimal", &words).unwrap_or(Some(',')),
        Some(base) => section.one_of("decimal", &words).unwrap_or(base.decimal),
    };
    let words = [("none", None), (" ", Some(' ')), (".", Some('.')), (",", Some(',')), ("'", Some('\''))];
    let thousands = section.one_of("thousands", &words);
    let thousands = thousands.unwrap_or_else(|| base.and_then(|base| base.thousands));
    let own = base.is_none() || section.has("thousands") || section.has("decimal");
    if own && thousands.is_some() && thousands == decimal && !section.is_faulty("decimal") {
        let key = if section.has("thousands") { "thousands" } else { "decimal" };
        section.fault(key, "is the sign of thousands and of decimals: 1.234 could be one thousand");
    }
    let sign = section.choice("sign").or(base.map(|base| base.sign)).unwrap_or(Sign::Minus);
    Figures { decimal, decimals: None, thousands, sign, round: false }
}
