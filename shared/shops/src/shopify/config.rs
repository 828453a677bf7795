use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use passerelle_domain::{Rejection, Result, ShopId};
use serde::Deserialize;

use super::Shopify;
use crate::http::{Limits, check_ranges, check_url, wrong};
use crate::{Settings, Shop};

/// A Shopify shop in the configuration.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Its name with us.
    pub id: ShopId,
    /// Its own address: `https://shop.myshopify.com`. Not that of its storefront, which redirects.
    pub url: String,
    /// Where the first import starts: orders changed before are not read.
    pub since: Timestamp,
    /// How far before the last order seen each run starts again. It has to cover what the search index
    /// is behind the orders.
    #[serde(default = "default::overlap_seconds")]
    pub overlap_seconds: u32,
    /// The version of the Admin API. Shopify supports each for a year.
    #[serde(default = "default::api_version")]
    pub api_version: String,
    /// Orders a page: how many are listed before they are read. Shopify allows 250.
    #[serde(default = "default::page_size")]
    pub page_size: u16,
    /// How many orders are read in one call, if their cost allows it.
    #[serde(default = "default::orders_per_call")]
    pub orders_per_call: u16,
    /// How many lines of an order are read with it; more are read in calls of their own.
    #[serde(default = "default::lines_per_order")]
    pub lines_per_order: u16,
    /// Whether orders that were paid with a test card are orders too.
    #[serde(default)]
    pub test_orders: bool,
    /// Whether companies buy here (B2B): then their locations are the customers. Without B2B in its
    /// plan a shop refuses to be asked for them.
    #[serde(default = "default::companies")]
    pub companies: bool,
    /// What states mean.
    #[serde(default)]
    pub states: States,
    /// Where the shop keeps what Shopify has no field for.
    #[serde(default)]
    pub meta: Meta,
    /// How the shop is told what became of an order in the ERP.
    #[serde(default)]
    pub report: Report,
    /// Where invoices are published: the address of an app that keeps the contract of `accounts.rs`.
    #[serde(default)]
    pub invoices_url: String,
    /// How much is asked of the shop.
    #[serde(flatten)]
    pub limits: Limits,
}

/// What the shop's states mean; every state not named here is pending.
///
/// A state is `cancelled`, else `payment_terms` (unpaid, but on terms), else the financial status:
/// `pending`, `authorized`, `partially_paid`, `paid`, `partially_refunded`, `refunded`, `voided`,
/// `expired`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct States {
    /// A sale that the ERP must have.
    pub confirmed: Vec<String>,
    /// Taken back.
    pub cancelled: Vec<String>,
}

/// Metafields, each `namespace.key`, and custom attributes.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Meta {
    /// Company location, company or customer: its code in the ERP, where the location has no
    /// `externalId`.
    pub erp_code: String,
    /// Whether `erp_code` of customers is of the type `id`: only then can a customer without a company
    /// be found by it.
    pub erp_code_is_id: bool,
    /// Company location, company or customer: the SIRET.
    pub siret: String,
    /// Company location, company or customer: the VAT number, where the location's tax settings have
    /// none.
    pub vat_number: String,
    /// Order: the day of delivery, `yyyy-mm-dd`.
    pub delivery_date: String,
    /// Order: the custom attribute that says so, where there is no metafield.
    pub delivery_date_attribute: String,
    /// Article (variant): its unit (pce, kg, colis, L). Empty: not asked for.
    pub unit: String,
    /// Line: the custom attribute that says so.
    pub unit_attribute: String,
}

/// What is written to an order.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Report {
    /// The namespace of the metafields `state`, `number` and `words`.
    pub namespace: String,
    /// The tag of an order that the ERP has.
    pub accepted_tag: String,
    /// The tag of an order that it refused.
    pub refused_tag: String,
}

mod default {
    pub(super) fn overlap_seconds() -> u32 {
        300
    }
    pub(super) fn companies() -> bool {
        true
    }
    pub(super) fn api_version() -> String {
        "2026-07".into()
    }
    pub(super) fn page_size() -> u16 {
        50
    }
    pub(super) fn orders_per_call() -> u16 {
        5
    }
    pub(super) fn lines_per_order() -> u16 {
        50
    }
}

/// All that Shopify's financial status can be, and our two words.
const STATES: [&str; 10] = [
    "cancelled",
    "payment_terms",
    "pending",
    "authorized",
    "partially_paid",
    "paid",
    "partially_refunded",
    "refunded",
    "voided",
    "expired",
];

impl Default for States {
    fn default() -> Self {
        let confirmed = ["payment_terms", "authorized", "partially_paid", "paid", "partially_refunded"];
        Self {
            confirmed: confirmed.map(String::from).to_vec(),
            cancelled: ["cancelled", "refunded"].map(String::from).to_vec(),
        }
    }
}

impl Default for Meta {
    fn default() -> Self {
        Self {
            erp_code: "custom.erp_code".into(),
            erp_code_is_id: false,
            siret: "custom.siret".into(),
            vat_number: "custom.vat_number".into(),
            delivery_date: "custom.delivery_date".into(),
            delivery_date_attribute: "Delivery-Date".into(),
            unit: String::new(),
            unit_attribute: "_unit".into(),
        }
    }
}

impl Default for Report {
    fn default() -> Self {
        Self {
            namespace: "passerelle".into(),
            accepted_tag: "ERP accepté".into(),
            refused_tag: "ERP refusé".into(),
        }
    }
}

/// Namespace and key of a metafield.
pub(super) fn metafield(text: &str) -> (&str, &str) {
    text.rsplit_once('.').unwrap_or(("", text))
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
        if !self.invoices_url.is_empty() {
            check_url("invoices_url", &self.invoices_url)?;
        }
        check_ranges(&[
            ("page_size", self.page_size.into(), 1, 250),
            ("orders_per_call", self.orders_per_call.into(), 1, 50),
            ("lines_per_order", self.lines_per_order.into(), 1, 250),
            ("overlap_seconds", self.overlap_seconds.into(), 120, 86_400),
        ])?;
        self.limits.check()?;
        self.check_version()?;
        self.check_meta()?;
        self.check_states()
    }

    fn connect(&self, secret: &str) -> Result<Arc<dyn Shop>> {
        Ok(Arc::new(Shopify::connect(self, secret)?))
    }
}

impl Config {
    fn check_version(&self) -> Result<(), Rejection> {
        let version = self.api_version.as_str();
        let parts = version.split_once('-');
        let digits =
            |text: &str, count: usize| text.len() == count && text.bytes().all(|b| b.is_ascii_digit());
        if parts.is_some_and(|(year, month)| digits(year, 4) && digits(month, 2)) {
            return Ok(());
        }
        Err(wrong("api_version", version, "a stable version: 2026-07"))
    }

    fn check_meta(&self) -> Result<(), Rejection> {
        let meta = &self.meta;
        let metafields = [
            ("meta.erp_code", &meta.erp_code),
            ("meta.siret", &meta.siret),
            ("meta.vat_number", &meta.vat_number),
            ("meta.delivery_date", &meta.delivery_date),
            ("meta.unit", &meta.unit),
        ];
        let name = |text: &str, least: usize| {
            (least..=255).contains(&text.len())
                && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'$' | b':'))
        };
        for (field, text) in metafields {
            let (namespace, key) = metafield(text);
            let unused = field == "meta.unit" && text.is_empty();
            let valid = unused || (name(namespace, 3) && name(key, 2));
            if !valid {
                return Err(wrong(field, text, "a metafield as namespace.key: custom.erp_code"));
            }
        }
        if !name(&self.report.namespace, 3) {
            let rule = "3 to 255 letters, digits, - and _";
            return Err(wrong("report.namespace", &self.report.namespace, rule));
        }
        let tags = [
            ("report.accepted_tag", &self.report.accepted_tag),
            ("report.refused_tag", &self.report.refused_tag),
        ];
        for (field, tag) in tags {
            if tag.trim().is_empty() || tag.chars().count() > 40 || tag.contains(',') {
                return Err(wrong(field, tag, "a tag: 1 to 40 characters, no comma"));
            }
        }
        if self.report.accepted_tag == self.report.refused_tag {
            return Err(wrong(
                "report.refused_tag",
                &self.report.refused_tag,
                "another tag than accepted_tag",
            ));
        }
        Ok(())
    }

    fn check_states(&self) -> Result<(), Rejection> {
        let lists =
            [("states.confirmed", &self.states.confirmed), ("states.cancelled", &self.states.cancelled)];
        for (list, states) in lists {
            for (i, state) in states.iter().enumerate() {
                if !STATES.contains(&state.as_str()) {
                    return Err(wrong(
                        format!("{list}[{i}]"),
                        state,
                        format!("one of {}", STATES.join(", ")),
                    ));
                }
            }
        }
        match self.states.confirmed.iter().position(|state| self.states.cancelled.contains(state)) {
            Some(i) => {
                let value = &self.states.confirmed[i];
                Err(wrong(format!("states.confirmed[{i}]"), value, "a state has one meaning"))
            }
            None => Ok(()),
        }
    }
}

#[cfg(test)]
#[path = "config_tests.rs"]
mod tests;
