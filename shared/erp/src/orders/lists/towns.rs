//! The towns of postcodes.

use std::borrow::Cow;
use std::collections::BTreeMap;

use passerelle_domain::Address;

use super::{Beside, List};
use crate::LayoutError;
use crate::layout::Section;

/// `postcode;town`.
#[derive(Clone, Debug)]
pub(crate) struct Towns {
    file: String,
    towns: BTreeMap<String, String>,
}

impl Towns {
    pub(crate) fn read(section: &mut Section<'_>, beside: Beside<'_>) -> Result<Option<Self>, LayoutError> {
        beside.list(section, "towns_file")?.map(|list| Self::of(&list)).transpose()
    }

    fn of(list: &List) -> Result<Self, LayoutError> {
        list.only(&["postcode", "town"])?;
        list.place("postcode")?;
        let codes = list.codes(Some("town"))?;
        if let Some((line, _)) = codes.values().find(|(_, town)| town.is_empty()) {
            return Err(list.error(*line, "has no town"));
        }
        let towns = codes.into_iter().map(|(postcode, (_, town))| (postcode, town)).collect();
        Ok(Self { file: list.file().to_owned(), towns })
    }

    /// The address with the town of its postcode, where it has none; and the rule, where it was completed.
    pub(crate) fn complete<'a>(&self, address: &'a Address) -> (Cow<'a, Address>, Option<String>) {
        match self.towns.get(address.postcode.trim()) {
            Some(town) if address.city.trim().is_empty() => {
                let completed = Address { city: town.clone(), ..address.clone() };
                let rule = format!("the town of postcode {} in {}", address.postcode.trim(), self.file);
                (Cow::Owned(completed), Some(rule))
            }
            _ => (Cow::Borrowed(address), None),
        }
    }
}
