//! What the lists beside a layout say: customers, articles, towns.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use passerelle_domain::{Address, Customer, Money, OrderLine, Quantity, Unit, UnitPrice};
use rust_decimal::Decimal;
use strum::{IntoStaticStr, VariantArray};

use crate::orders::records::Known;

/// What stands for the shop's id of a customer in the code of a new one.
pub(crate) const CUSTOMER: &str = "{customer}";

/// Which customers have a [[customer]] record.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, VariantArray, IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub(crate) enum CustomerRecords {
    /// Those whose code was made for them: the ERP does not know them yet.
    #[default]
    New,
    /// All.
    All,
}

/// Where codes come from, in this order: the shop, the list, `new_code`, and for guests `guest_code`.
#[derive(Clone, Debug, Default)]
pub(crate) struct Customers {
    pub(crate) lookup: BTreeMap<CustomerKey, String>,
    pub(crate) new_code: Option<String>,
    pub(crate) guest_code: Option<String>,
    pub(crate) records: CustomerRecords,
    /// A file of their own for the records.
    pub(crate) file_name: Option<String>,
}

/// What a list can know a customer by.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum CustomerKey {
    ShopId(String),
    Email(String),
    Siret(String),
}

impl Customers {
    /// The customer's code in the ERP, empty where there is none, and how it is known.
    pub(crate) fn code<'a>(&'a self, customer: &'a Customer) -> (Cow<'a, str>, Known) {
        if let Some(code) = &customer.code {
            return (Cow::Borrowed(code.as_str()), Known::Already);
        }
        let keys = [
            customer.shop_id.clone().map(CustomerKey::ShopId),
            Some(CustomerKey::Email(customer.email.trim().to_lowercase())),
            customer.siret.as_ref().map(|siret| CustomerKey::Siret(siret.as_str().to_owned())),
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

/// What one unit of the shop's article is in the ERP's. No unit stands for any.
#[derive(Clone, Debug)]
pub(crate) struct Articles {
    /// The name of the list.
    pub(crate) file: String,
    pub(crate) packs: BTreeMap<(String, Option<Unit>), Pack>,
    /// Whether an article that is not listed keeps its code, rather than being quarantined with its order.
    pub(crate) keep_unknown: bool,
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
    /// What a line's article is in the ERP; nothing where it stays as it is.
    ///
    /// # Errors
    /// What is wrong, where it must be listed and is not.
    pub(crate) fn pack(&self, line: &OrderLine) -> Result<Option<&Pack>, String> {
        let Some(article) = &line.article else { return Ok(None) };
        let key = |unit| (article.as_str().to_owned(), unit);
        let pack = self.packs.get(&key(Some(line.unit))).or_else(|| self.packs.get(&key(None)));
        match pack {
            None if !self.keep_unknown => {
                Err(format!("the article, sold by {}, is not in {}", line.unit.name(), self.file))
            }
            pack => Ok(pack),
        }
    }

    /// The ERP's codes, each once, to be checked against their column.
    pub(crate) fn codes(&self) -> BTreeSet<&str> {
        self.packs.values().map(|pack| pack.article.as_str()).collect()
    }
}

/// The towns of postcodes.
#[derive(Clone, Debug)]
pub(crate) struct Towns {
    /// The name of the list.
    pub(crate) file: String,
    pub(crate) towns: BTreeMap<String, String>,
}

impl Towns {
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
