//! The ERP's code of a customer: from the shop, from a list, or made for a record that creates them.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use passerelle_domain::{Customer, CustomerCode, Siret};

use super::super::layout::BATCH;
use super::{Beside, List};
use crate::LayoutError;
use crate::layout::Section;

/// What stands for the shop's id of a customer in the code of a new one.
const CUSTOMER: &str = "{customer}";

/// Which customers have a [[customer]] record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Records {
    /// Those whose code was made for them: the ERP does not know them yet.
    New,
    /// All.
    All,
}

/// Where codes come from, in this order: the shop, the list, `new_code`, and for guests `guest_code`.
#[derive(Clone, Debug)]
pub(crate) struct Customers {
    lookup: BTreeMap<Key, String>,
    new_code: Option<String>,
    guest_code: Option<String>,
    pub(crate) records: Records,
    /// A file of their own for the records.
    pub(crate) file_name: Option<String>,
}

/// What a list can know a customer by.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    ShopId(String),
    Email(String),
    Siret(String),
}

/// How a customer's code is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Known {
    /// By the shop or the list, or not at all.
    Already,
    /// It was made: the ERP does not have it.
    New,
    /// It is that of all guests.
    Guest,
}

impl Default for Customers {
    fn default() -> Self {
        Self {
            lookup: BTreeMap::new(),
            new_code: None,
            guest_code: None,
            records: Records::New,
            file_name: None,
        }
    }
}

impl Customers {
    pub(crate) fn read(section: &mut Section<'_>, beside: Beside<'_>) -> Result<Self, LayoutError> {
        let lookup =
            beside.list(section, "lookup_file")?.map_or_else(|| Ok(BTreeMap::new()), |list| keys(&list))?;
        let code = |section: &Section<'_>, key, text: Option<&str>| match text {
            Some(text) => CustomerCode::new(text)
                .map(|_| Some(text.to_owned()))
                .map_err(|error| section.error(key, error.to_string())),
            None => Ok(None),
        };
        let new_code = section.text("new_code")?;
        let new_code = code(section, "new_code", new_code)?;
        if new_code.as_ref().is_some_and(|code| !code.contains(CUSTOMER)) {
            let message = "has no {customer}: all new customers would have the same code";
            return Err(section.error("new_code", message));
        }
        let guest_code = section.text("guest_code")?;
        let guest_code = code(section, "guest_code", guest_code)?;
        let records = section.choice("records", &[("new", Records::New), ("all", Records::All)])?;
        let file_name = section.text("file_name")?.map(str::to_owned);
        if file_name.as_ref().is_some_and(|name| !name.contains(BATCH)) {
            return Err(section.error("file_name", "has no {batch}: every batch would have the same file"));
        }
        let records = records.unwrap_or(Records::New);
        Ok(Self { lookup, new_code, guest_code, records, file_name })
    }

    /// Whether a code can be made for a customer.
    pub(crate) fn makes_codes(&self) -> bool {
        self.new_code.is_some()
    }

    /// The customer's code in the ERP, empty where there is none, and how it is known.
    pub(crate) fn code<'a>(&'a self, customer: &'a Customer) -> (Cow<'a, str>, Known) {
        if let Some(code) = &customer.code {
            return (Cow::Borrowed(code.as_str()), Known::Already);
        }
        let keys = [
            customer.shop_id.clone().map(Key::ShopId),
            Some(Key::Email(customer.email.trim().to_lowercase())),
            customer.siret.as_ref().map(|siret| Key::Siret(siret.as_str().to_owned())),
        ];
        if let Some(code) = keys.iter().flatten().find_map(|key| self.lookup.get(key)) {
            return (Cow::Borrowed(code), Known::Already);
        }
        match (&customer.shop_id, &self.new_code, &self.guest_code) {
            (Some(id), Some(code), _) => (Cow::Owned(code.replace(CUSTOMER, id)), Known::New),
            (None, _, Some(code)) => (Cow::Borrowed(code), Known::Guest),
            _ => (Cow::Borrowed(""), Known::Already),
        }
    }

    /// The codes that the layout itself gives, each once, with the field that gives them: to be checked
    /// against their column.
    pub(crate) fn codes(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let listed: BTreeSet<&str> = self.lookup.values().map(String::as_str).collect();
        let guests = self.guest_code.iter().map(|code| ("guest_code", code.as_str()));
        listed.into_iter().map(|code| ("lookup_file", code)).chain(guests)
    }
}

fn keys(list: &List) -> Result<BTreeMap<Key, String>, LayoutError> {
    list.only(&["shop_id", "email", "siret", "code", "name"])?;
    let code = list.place("code")?;
    let by = [list.find("shop_id"), list.find("email"), list.find("siret")];
    if by.iter().all(Option::is_none) {
        return Err(list.error(1, "has none of the columns shop_id, email and siret"));
    }
    let mut found = BTreeMap::new();
    for (line, cells) in list.rows() {
        CustomerCode::new(cells[code].as_str()).map_err(|error| list.error(line, error.to_string()))?;
        let cell = |place: Option<usize>| place.map(|i| cells[i].as_str()).filter(|cell| !cell.is_empty());
        let siret = cell(by[2]).map(Siret::new).transpose().map_err(|error| list.error(line, error))?;
        let keys = [
            cell(by[0]).map(|id| Key::ShopId(id.to_owned())),
            cell(by[1]).map(|email| Key::Email(email.to_lowercase())),
            siret.map(|siret| Key::Siret(siret.as_str().to_owned())),
        ];
        if keys.iter().all(Option::is_none) {
            return Err(list.error(line, "names no shop_id, no email and no siret"));
        }
        for key in keys.into_iter().flatten() {
            let earlier = found.insert(key.clone(), cells[code].clone());
            if let Some(earlier) = earlier.filter(|earlier| *earlier != cells[code]) {
                let message =
                    format!("{key:?} is the customer {earlier:?} already, and now {:?}", cells[code]);
                return Err(list.error(line, message));
            }
        }
    }
    Ok(found)
}
