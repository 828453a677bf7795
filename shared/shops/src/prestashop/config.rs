use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use passerelle_domain::{OrderState, Rejection, Result, ShopId, VatRate};
use serde::Deserialize;

use super::PrestaShop;
use super::time::ShopTime;
use super::wire::Row;
use crate::http::{Limits, check_ranges, check_url, wrong};
use crate::{Settings, Shop};

/// A PrestaShop in the configuration.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Its name with us.
    pub id: ShopId,
    /// The address of the shop, with the folder if it lies in one; the webservice is below `/api`.
    pub url: String,
    /// Where the first import starts: orders changed before are not read.
    pub since: Timestamp,
    /// The time zone of the shop (International > Localization): its times carry none.
    #[serde(default = "default::time_zone")]
    pub time_zone: String,
    /// How far before the last order seen each run starts again. It has to cover the shop's own
    /// delays: an order is stamped before its transaction is visible, in whole seconds.
    #[serde(default = "default::overlap_seconds")]
    pub overlap_seconds: u32,
    /// Orders a page.
    #[serde(default = "default::page_size")]
    pub page_size: u16,
    /// The shop of a multistore; nothing where there is one.
    #[serde(default)]
    pub id_shop: Option<u32>,
    /// What states mean.
    #[serde(default)]
    pub states: States,
    /// Where the shop keeps what PrestaShop has no field for.
    #[serde(default)]
    pub fields: Fields,
    /// What the shop is told about an order that went to the ERP.
    #[serde(default)]
    pub report: Report,
    /// The VAT rates that amounts may stand for where the shop does not say which applied, in percent.
    #[serde(default = "default::vat_rates")]
    pub vat_rates: Vec<VatRate>,
    /// Where the module that takes invoices is reached; without it no invoice can be published.
    #[serde(default)]
    pub invoices_url: Option<String>,
    /// How much is asked of the shop.
    #[serde(flatten)]
    pub limits: Limits,
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

mod default {
    use passerelle_domain::VatRate;

    pub(super) fn time_zone() -> String {
        passerelle_domain::PARIS.into()
    }
    pub(super) fn overlap_seconds() -> u32 {
        300
    }
    pub(super) fn page_size() -> u16 {
        50
    }
    pub(super) fn vat_rates() -> Vec<VatRate> {
        [0, 210, 550, 1000, 2000].map(VatRate::from_basis_points).to_vec()
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

impl Settings for Config {
    fn id(&self) -> &ShopId {
        &self.id
    }

    fn since(&self) -> Timestamp {
        self.since
    }

    fn overlap(&self) -> SignedDuration {
        SignedDuration::from_secs(self.overlap_seconds.into())
    }

    fn check(&self) -> Result<(), Rejection> {
        check_url("url", &self.url)?;
        self.invoices_url.as_ref().map_or(Ok(()), |url| check_url("invoices_url", url).map(drop))?;
        self.zone()?;
        check_ranges(&[
            ("page_size", self.page_size.into(), 1, 100),
            ("overlap_seconds", self.overlap_seconds.into(), 1, 86_400),
            ("vat_rates", self.vat_rates.len() as u64, 1, 20),
        ])?;
        self.limits.check()?;
        self.check_states()?;
        self.check_fields()
    }

    fn connect(&self, secret: &str) -> Result<Arc<dyn Shop>> {
        Ok(Arc::new(PrestaShop::connect(self, secret)?))
    }
}

impl Config {
    /// Its time zone.
    ///
    /// # Errors
    /// When there is none of this name.
    pub(super) fn zone(&self) -> Result<ShopTime, Rejection> {
        ShopTime::new(&self.time_zone)
            .ok_or_else(|| wrong("time_zone", &self.time_zone, "a name of the IANA database: Europe/Paris"))
    }

    fn check_states(&self) -> Result<(), Rejection> {
        let States { confirmed, cancelled, pending } = &self.states;
        let lists = [("confirmed", confirmed), ("cancelled", cancelled), ("pending", pending)];
        for (at, (name, list)) in lists.iter().enumerate() {
            for (i, id) in list.iter().enumerate() {
                if lists[at + 1..].iter().any(|(_, other)| other.contains(id)) {
                    return Err(wrong(
                        format!("states.{name}[{i}]"),
                        id.to_string(),
                        "a state has one meaning",
                    ));
                }
            }
        }
        let reported = [
            ("report.accepted_state", self.report.accepted_state),
            ("report.refused_state", self.report.refused_state),
        ];
        for (field, id) in reported {
            if let Some(id) = id.filter(|id| cancelled.contains(id) || pending.contains(id)) {
                return Err(wrong(field, id.to_string(), "reporting an order does not take the sale back"));
            }
        }
        if reported[0].1.is_some() && reported[0].1 == reported[1].1 {
            let value = reported[0].1.unwrap_or_default().to_string();
            return Err(wrong("report.refused_state", value, "not the state of accepted orders"));
        }
        Ok(())
    }

    fn check_fields(&self) -> Result<(), Rejection> {
        for (name, path) in self.fields.all() {
            let (resource, field) = match path.split_once('.') {
                None if path.is_empty() => continue,
                None => ("", path),
                Some(parts) => parts,
            };
            let known = matches!(resource, "customers" | "addresses")
                || (resource == "orders" && name != "fields.erp_code");
            let letters = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
            if !known || field.is_empty() || !field.chars().all(letters) {
                let rule = "customers.field, addresses.field or (not for erp_code) orders.field";
                return Err(wrong(name, path, rule));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
#[path = "config_tests.rs"]
mod tests;
