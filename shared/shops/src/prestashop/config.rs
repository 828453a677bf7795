use std::sync::Arc;

use passerelle_domain::{OrderState, PARIS, Result, VatRate};
use serde::Deserialize;

use super::PrestaShop;
use super::time::ShopTime;
use super::wire::Row;
use crate::Shop;
use crate::config::{Connection, Fault, Faults, Own, System, SystemConfig};

pub(crate) const SYSTEM: System = System {
    name: "prestashop",
    page_size: 50,
    max_page_size: 100,
    min_overlap_seconds: 1,
    own: Own::of::<Config>(),
};

/// What the configuration says of PrestaShop alone.
#[derive(Clone, Debug, Deserialize)]
#[serde(default)]
pub(crate) struct Config {
    /// The time zone of the shop (International > Localization): its times carry none.
    pub time_zone: String,
    /// The shop of a multistore; nothing where there is one.
    pub id_shop: Option<u32>,
    /// What states mean.
    pub states: States,
    /// Where the shop keeps what PrestaShop has no field for.
    pub fields: Fields,
    /// How the ERP's acknowledgement is written to an order.
    pub report: Report,
    /// The VAT rates that amounts may stand for where the shop does not say which applied, in percent.
    pub vat_rates: Vec<VatRate>,
    /// Where the module that takes invoices is reached; without it no invoice can be published.
    pub invoices_url: String,
}

/// What the shop's states mean, by their id. A state that is named nowhere is confirmed if it is
/// flagged as paid (`paid`) or valid (`logable`), else pending.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct States {
    /// A sale that the ERP must have, whatever its flags say: on account, cash on delivery.
    pub confirmed: Vec<u32>,
    /// Taken back.
    pub cancelled: Vec<u32>,
    /// Not yet a sale, whatever its flags say.
    pub pending: Vec<u32>,
}

/// Fields written as `resource.field`: `orders`, `customers` (of the order) or `addresses` (the
/// invoice address). An empty name stands for none.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Fields {
    /// The customer's code in the ERP; `find_customer` searches it, so it is not of `orders`.
    pub erp_code: String,
    /// The customer's SIRET.
    pub siret: String,
    /// The customer's VAT number.
    pub vat_number: String,
    /// The day of delivery, `yyyy-mm-dd`.
    pub delivery_date: String,
}

/// Where the ERP's number of an order is kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NumberIn {
    /// A line of the order's private note. Needs PrestaShop 8, which can change one field alone.
    #[default]
    Note,
    /// A private message; any version.
    Message,
    /// Nowhere.
    Nothing,
}

/// What becomes of an order that the ERP took or refused.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Report {
    /// The state of an accepted order; nothing leaves it.
    pub accepted_state: Option<u32>,
    /// The state of a refused order; nothing leaves it.
    pub refused_state: Option<u32>,
    /// Where its number goes.
    pub number_in: NumberIn,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            time_zone: PARIS.into(),
            id_shop: None,
            states: States::default(),
            fields: Fields::default(),
            report: Report::default(),
            vat_rates: [0, 210, 550, 1000, 2000].map(VatRate::from_basis_points).to_vec(),
            invoices_url: String::new(),
        }
    }
}

impl Default for States {
    fn default() -> Self {
        // PS_OS_CANCELED and PS_OS_REFUND of a fresh shop.
        Self { confirmed: Vec::new(), cancelled: vec![6, 7], pending: Vec::new() }
    }
}

impl States {
    /// What a state means; `row` is the shop's own description of it.
    pub(super) fn meaning(&self, id: &str, row: Option<&Row>) -> OrderState {
        let named = |list: &[u32]| id.parse().is_ok_and(|id: u32| list.contains(&id));
        if named(&self.cancelled) {
            OrderState::Cancelled
        } else if named(&self.pending) {
            OrderState::Pending
        } else if named(&self.confirmed) || row.is_some_and(|row| row.flag("paid") || row.flag("logable")) {
            OrderState::Confirmed
        } else {
            OrderState::Pending
        }
    }
}

impl Default for Fields {
    fn default() -> Self {
        Self {
            erp_code: "customers.note".into(),
            siret: "customers.siret".into(),
            vat_number: "addresses.vat_number".into(),
            delivery_date: String::new(),
        }
    }
}

impl Fields {
    /// All of them, with their names.
    fn all(&self) -> [(&'static str, &str); 4] {
        [
            ("fields.erp_code", &self.erp_code),
            ("fields.siret", &self.siret),
            ("fields.vat_number", &self.vat_number),
            ("fields.delivery_date", &self.delivery_date),
        ]
    }

    /// The fields of one resource.
    pub(super) fn of<'a>(&'a self, resource: &str) -> Vec<&'a str> {
        let all = self.all().map(|(_, path)| path);
        all.into_iter()
            .filter_map(|path| path.split_once('.'))
            .filter(|(r, _)| *r == resource)
            .map(|(_, f)| f)
            .collect()
    }
}

impl SystemConfig for Config {
    fn check(&self, faults: &mut Faults) {
        faults.optional_url("invoices_url", &self.invoices_url);
        faults.0.extend(self.zone().err());
        if !(1..=20).contains(&self.vat_rates.len()) {
            faults.add("vat_rates", "", format!("has {} rates, not 1 to 20", self.vat_rates.len()));
        }
        self.check_states(faults);
        self.check_fields(faults);
    }

    fn connect(&self, connection: &Connection, secret: &str) -> Result<Arc<dyn Shop>> {
        Ok(Arc::new(PrestaShop::connect(connection, self, secret)?))
    }
}

impl Config {
    /// Its time zone.
    ///
    /// # Errors
    /// When there is none of this name.
    pub(super) fn zone(&self) -> Result<ShopTime, Fault> {
        ShopTime::new(&self.time_zone).ok_or_else(|| {
            Fault::new("time_zone", &self.time_zone, "is no name of the IANA database, as Europe/Paris")
        })
    }

    fn check_states(&self, faults: &mut Faults) {
        let States { confirmed, cancelled, pending } = &self.states;
        faults.one_meaning(&[
            ("states.confirmed", confirmed),
            ("states.cancelled", cancelled),
            ("states.pending", pending),
        ]);
        let Report { accepted_state, refused_state, .. } = self.report;
        for (field, id) in
            [("report.accepted_state", accepted_state), ("report.refused_state", refused_state)]
        {
            if let Some(id) = id.filter(|id| cancelled.contains(id) || pending.contains(id)) {
                faults.add(field, id, "is cancelled or pending: our own report would cancel the sale");
            }
        }
        if let Some(id) = refused_state.filter(|_| refused_state == accepted_state) {
            faults.add("report.refused_state", id, "is the state of accepted orders");
        }
    }

    fn check_fields(&self, faults: &mut Faults) {
        for (name, path) in self.fields.all().into_iter().filter(|(_, path)| !path.is_empty()) {
            let (resource, field) = path.split_once('.').unwrap_or(("", path));
            let known = matches!(resource, "customers" | "addresses")
                || (resource == "orders" && name != "fields.erp_code");
            let letters = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
            if !known || field.is_empty() || !field.chars().all(letters) {
                let what = "is none of customers.field, addresses.field and (not for erp_code) orders.field";
                faults.add(name, path, what);
            }
        }
    }
}

#[cfg(test)]
#[path = "config_tests.rs"]
mod tests;
