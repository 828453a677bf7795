use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use passerelle_domain::{OrderState, Rejection, Result, ShopId, VatRate};
use serde::Deserialize;

use super::Magento;
use crate::http::{Limits, check_ranges, check_url, wrong};
use crate::{Settings, Shop};

/// A Magento shop in the configuration.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Its name with us.
    pub id: ShopId,
    /// The address that its REST API is under, without `/rest`: `https://shop.example`.
    pub url: String,
    /// Where the first import starts: orders changed before are not read.
    pub since: Timestamp,
    /// How far before the last order seen each run starts again. It has to cover the shop's own
    /// delays: an order is stamped before its transaction is visible, in whole seconds.
    #[serde(default = "default::overlap_seconds")]
    pub overlap_seconds: u32,
    /// Orders a page; Magento allows 300 unless its administrator says otherwise.
    #[serde(default = "default::page_size")]
    pub page_size: u16,
    /// Orders of these store views only; all where none is named.
    #[serde(default)]
    pub store_ids: Vec<u32>,
    /// What states and statuses mean.
    #[serde(default)]
    pub states: States,
    /// Where an order keeps what Magento has no field for.
    #[serde(default)]
    pub fields: Fields,
    /// Under which attributes a customer keeps it.
    #[serde(default)]
    pub customer: CustomerAttributes,
    /// Fees of modules that are in the order's total.
    #[serde(default)]
    pub fees: Vec<Fee>,
    /// What an order is told about its way through the ERP.
    #[serde(default)]
    pub report: Report,
    /// What the shop's events look like.
    #[serde(default)]
    pub webhook: Event,
    /// The address of the shop's module for invoices in accounts; empty where there is none.
    #[serde(default)]
    pub invoices_url: String,
    /// How much is asked of the shop.
    #[serde(flatten)]
    pub limits: Limits,
}

/// What a status means, or else the state it belongs to; what is not named is [`OrderState::Pending`].
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct States {
    /// Not yet a sale, whatever its state says: a status "waits for approval" in state `processing`.
    pub pending: Vec<String>,
    /// A sale that the ERP must have.
    pub confirmed: Vec<String>,
    /// Taken back.
    pub cancelled: Vec<String>,
}

/// Dotted paths in an order's JSON. In a list of custom attributes a step is an attribute's code:
/// `billing_address.custom_attributes.siret`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Fields {
    /// The customer's code in the ERP.
    pub erp_code: String,
    /// The customer's SIRET.
    pub siret: String,
    /// The customer's VAT number; where it is empty, `billing_address.vat_id`.
    pub vat_number: String,
    /// The day of delivery, `yyyy-mm-dd`, with or without a time.
    pub delivery_date: String,
    /// The customer's note.
    pub note: String,
    /// In a line: its unit (pce, kg, colis, L).
    pub unit: String,
}

/// Attribute codes of customers. Magento does not copy them onto orders, so customers are asked for.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CustomerAttributes {
    /// The code in the ERP; invoices find their account by it.
    pub erp_code: String,
    /// The SIRET.
    pub siret: String,
}

/// A fee that a module adds to an order: for a payment method, a small order, crates.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fee {
    /// What it says.
    pub label: String,
    /// Path of its amount without tax, in orders and credit memos:
    /// `extension_attributes.payment_fee`.
    pub amount: String,
    /// Path of its tax; none where it bears none.
    #[serde(default)]
    pub tax: String,
    /// Its VAT rate in percent, where the order's own rates do not explain the tax.
    #[serde(default)]
    pub vat_rate: Option<VatRate>,
}

/// What an order is told.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Report {
    /// The status of an order that the ERP has accepted; it must belong to the state that the order
    /// is in. Empty: none, a comment only.
    pub accepted_status: String,
    /// Likewise, of one that it has refused.
    pub refused_status: String,
    /// Whether the ERP's number goes into `ext_order_id`.
    pub ext_order_id: bool,
}

/// What the shop's module sends when an order or a credit memo changes: JSON with the order's id.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Event {
    /// The header with the HMAC-SHA256 of the body, in Base64. A name in any case.
    pub signature: String,
    /// Dotted paths of the order's id in the body; the first that is there counts. A credit memo has
    /// an `entity_id` too, so `order_id` comes first.
    pub order_id: Vec<String>,
    /// Dotted path of the time of the change, in UTC as the API writes it.
    pub updated_at: String,
}

mod default {
    pub(super) fn overlap_seconds() -> u32 {
        300
    }
    pub(super) fn page_size() -> u16 {
        100
    }
}

impl Default for States {
    fn default() -> Self {
        Self {
            pending: Vec::new(),
            confirmed: ["processing", "complete"].map(String::from).to_vec(),
            cancelled: ["canceled", "closed"].map(String::from).to_vec(),
        }
    }
}

impl States {
    /// What a status means, or else its state.
    pub fn meaning(&self, status: &str, state: &str) -> OrderState {
        let lists = [
            (&self.pending, OrderState::Pending),
            (&self.confirmed, OrderState::Confirmed),
            (&self.cancelled, OrderState::Cancelled),
        ];
        let of = |word: &str| {
            lists
                .iter()
                .find(|(words, _)| words.iter().any(|known| known == word))
                .map(|&(_, meaning)| meaning)
        };
        of(status).or_else(|| of(state)).unwrap_or(OrderState::Pending)
    }
}

impl Default for Fields {
    fn default() -> Self {
        Self {
            erp_code: "extension_attributes.erp_code".into(),
            siret: "extension_attributes.siret".into(),
            vat_number: "customer_taxvat".into(),
            delivery_date: "extension_attributes.delivery_date".into(),
            note: "customer_note".into(),
            unit: "extension_attributes.unit".into(),
        }
    }
}

impl Default for CustomerAttributes {
    fn default() -> Self {
        Self { erp_code: "erp_code".into(), siret: "siret".into() }
    }
}

impl Default for Report {
    fn default() -> Self {
        Self { accepted_status: String::new(), refused_status: String::new(), ext_order_id: true }
    }
}

impl Default for Event {
    fn default() -> Self {
        Self {
            signature: "x-passerelle-signature".into(),
            order_id: ["order_id", "entity_id"].map(String::from).to_vec(),
            updated_at: "updated_at".into(),
        }
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
        if !self.invoices_url.is_empty() {
            check_url("invoices_url", &self.invoices_url)?;
        }
        check_ranges(&[
            ("page_size", self.page_size.into(), 1, 300),
            ("overlap_seconds", self.overlap_seconds.into(), 1, 86_400),
        ])?;
        self.limits.check()?;
        if self.store_ids.len() > 100 {
            return Err(wrong("store_ids", self.store_ids.len().to_string(), "at most 100 store views"));
        }
        self.check_states()?;
        self.check_names()
    }

    fn connect(&self, secret: &str) -> Result<Arc<dyn Shop>> {
        Ok(Arc::new(Magento::connect(self, secret)?))
    }
}

impl Config {
    fn check_states(&self) -> Result<(), Rejection> {
        let lists = [
            ("states.pending", &self.states.pending),
            ("states.confirmed", &self.states.confirmed),
            ("states.cancelled", &self.states.cancelled),
        ];
        let mut seen = BTreeSet::new();
        for (list, words) in lists {
            for (i, word) in words.iter().enumerate() {
                if word.trim().is_empty() || word.trim() != word {
                    return Err(wrong(format!("{list}[{i}]"), word, "the code of a state or status"));
                }
                if !seen.insert(word) {
                    return Err(wrong(format!("{list}[{i}]"), word, "a state or status has one meaning"));
                }
            }
        }
        Ok(())
    }

    fn check_names(&self) -> Result<(), Rejection> {
        let attributes =
            [("customer.erp_code", &self.customer.erp_code), ("customer.siret", &self.customer.siret)];
        for (field, code) in attributes {
            let good = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
            if !code.chars().all(good) {
                return Err(wrong(field, code, "an attribute's code: small letters, digits and _"));
            }
        }
        if self.customer.erp_code.is_empty() {
            let rule = "an attribute's code: without it no invoice finds its account";
            return Err(wrong("customer.erp_code", "", rule));
        }
        for (i, fee) in self.fees.iter().enumerate() {
            if fee.amount.is_empty() {
                return Err(wrong(
                    format!("fees[{i}].amount"),
                    "",
                    "a path: extension_attributes.payment_fee",
                ));
            }
        }
        let header = &self.webhook.signature;
        if header.is_empty() || !header.chars().all(|c| c.is_ascii_alphanumeric() || c == '-') {
            return Err(wrong("webhook.signature", header, "a header's name: letters, digits and -"));
        }
        if self.webhook.order_id.is_empty() {
            return Err(wrong("webhook.order_id", "", "at least one path"));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ShopConfig;

    const LEAST: &str = r#"
        system = "magento"
        id = "rungis"
        url = "https://shop.example"
        since = "2026-01-01T00:00:00Z"
    "#;

    fn read(more: &str) -> Result<ShopConfig, toml::de::Error> {
        toml::from_str(&format!("{LEAST}\n{more}"))
    }

    fn config() -> Config {
        match read("").expect("a configuration") {
            ShopConfig::Magento(config) => config,
            other => panic!("not Magento's: {other:?}"),
        }
    }

    #[test]
    fn four_fields_are_enough() {
        let config = read("").expect("a configuration");
        config.check().expect("fine");
        assert_eq!(config.since().to_string(), "2026-01-01T00:00:00Z");
        assert_eq!(config.overlap().as_secs(), 300);
    }

    #[test]
    fn an_unknown_field_is_refused_at_every_level() {
        for more in [
            "page_sise = 10",
            "[states]\nconfirmd = []",
            "[fields]\nerp = \"x\"",
            "[customer]\nx = \"\"",
            "[[fees]]\nlabel = \"x\"\namount = \"y\"\nrate = 1",
            "[report]\nx = 1",
            "[webhook]\nx = 1",
        ] {
            let error = read(more).expect_err(more).to_string();
            assert!(error.contains("unknown field"), "{error}");
        }
    }

    #[test]
    fn a_wrong_value_is_named_by_its_path() {
        type Spoil = fn(&mut Config);
        let faults: [(&str, Spoil); 12] = [
            ("page_size", |c| c.page_size = 0),
            ("page_size", |c| c.page_size = 301),
            ("overlap_seconds", |c| c.overlap_seconds = 0),
            ("timeout_seconds", |c| c.limits.timeout_seconds = 0),
            ("store_ids", |c| c.store_ids = (0..101).collect()),
            ("states.confirmed[2]", |c| c.states.confirmed.push(" pending".into())),
            ("states.cancelled[2]", |c| c.states.cancelled.push("complete".into())),
            ("customer.erp_code", |c| c.customer.erp_code = String::new()),
            ("customer.siret", |c| c.customer.siret = "SIRET]".into()),
            ("webhook.signature", |c| c.webhook.signature = "x y".into()),
            ("invoices_url", |c| c.invoices_url = "http://shop.example".into()),
            ("url", |c| c.url = "shop.example".into()),
        ];
        for (field, spoil) in faults {
            let mut config = config();
            spoil(&mut config);
            assert_eq!(config.check().expect_err(field).field, field);
        }
    }
}
