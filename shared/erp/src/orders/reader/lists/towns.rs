use super::list::Beside;
use crate::orders::model::Towns;
use crate::toml_reader::Section;

/// `postcode;town`.
pub(in super::super) fn towns(section: &mut Section<'_>, beside: Beside<'_>) -> Option<Towns> {
    let list = beside.list(section, "towns_file")?;
    list.only(&["postcode", "town"]);
    let mut towns = Towns { file: list.file.clone(), towns: Default::default() };
    if let (Some(_), Some(_)) = (list.place("postcode"), list.place("town")) {
        for (postcode, (line, town)) in list.codes(Some("town")) {
            if town.is_empty() {
                list.fault(line, "has no town");
            }
            towns.towns.insert(postcode, town);
        }
    }
    list.note_faults(section);
    Some(towns)
}
