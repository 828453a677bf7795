use std::sync::Arc;

use passerelle_domain::{OrderState, Result, VatRate};
use serde::Deserialize;

use super::Magento;
use crate::Shop;
use crate::config::{Connection, Faults, Own, System, SystemConfig};

pub(crate) const SYSTEM: System = System {
    name: "magento",
    page_size: 100,
    // Unless its administrator says otherwise.
    max_page_size: 300,
    min_overlap_seconds: 1,
    own: Own::of::<Config>(),
};

/// What the configuration says of Magento alone.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Config {
    /// Orders of these store views only; all where none is named.
    pub store_ids: Vec<u32>,
    /// What states and statuses mean.
    pub states: States,
    /// Where an order keeps what Magento has no field for.
    pub fields: Fields,
    /// Under which attributes a customer keeps it.
    pub customer: CustomerAttributes,
    /// Fees of modules that are in the order's total.
    pub fees: Vec<Fee>,
    /// How the ERP's acknowledgement is written to an order.
    pub report: Report,
    /// What the shop's events look like.
    pub webhook: Event,
    /// The address of the shop's module for invoices in accounts; empty where there is none.
    pub invoices_url: String,
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

/// What is written to an order.
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

impl SystemConfig for Config {
    fn check(&self, faults: &mut Faults) {
        faults.optional_url("invoices_url", &self.invoices_url);
        if self.store_ids.len() > 100 {
            faults.add("store_ids", "", format!("has {} store views, more than 100", self.store_ids.len()));
        }
        self.check_states(faults);
        self.check_names(faults);
    }

    fn connect(&self, connection: &Connection, secret: &str) -> Result<Arc<dyn Shop>> {
        Ok(Arc::new(Magento::connect(connection, self, secret)?))
    }
}

impl Config {
    fn check_states(&self, faults: &mut Faults) {
        let States { pending, confirmed, cancelled } = &self.states;
        let lists = [
            ("states.pending", pending.as_slice()),
            ("states.confirmed", confirmed),
            ("states.cancelled", cancelled),
        ];
        for (list, words) in lists {
            for (i, word) in words.iter().enumerate() {
                if word.is_empty() || word.trim() != word {
                    faults.add(format!("{list}[{i}]"), word, "is no code of a state or status");
                }
            }
        }
        faults.one_meaning(&lists);
    }

    fn check_names(&self, faults: &mut Faults) {
        let CustomerAttributes { erp_code, siret } = &self.customer;
        for (field, code) in [("customer.erp_code", erp_code), ("customer.siret", siret)] {
            if !code.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_') {
                faults.add(field, code, "is no attribute's code: small letters, digits and _");
            }
        }
        if erp_code.is_empty() {
            faults.add("customer.erp_code", "", "is empty: no invoice would find its account");
        }
        for (i, _) in self.fees.iter().enumerate().filter(|(_, fee)| fee.amount.is_empty()) {
            faults.add(format!("fees[{i}].amount"), "", "is no path, as extension_attributes.payment_fee");
        }
        let header = &self.webhook.signature;
        if header.is_empty() || !header.chars().all(|c| c.is_ascii_alphanumeric() || c == '-') {
            faults.add("webhook.signature", header, "is no header's name: letters, digits and -");
        }
        if self.webhook.order_id.is_empty() {
            faults.add("webhook.order_id", "", "is empty: no order would be found in an event");
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::config::faulty_fields;

    #[test]
    fn a_wrong_value_is_named_by_its_path() {
        let stores = format!("store_ids = {:?}", (0..101).collect::<Vec<_>>());
        for (field, more) in [
            ("invoices_url", "invoices_url = \"http://shop.example\""),
            ("store_ids", stores.as_str()),
            ("states.confirmed[0]", "[states]\nconfirmed = [\" pending\"]"),
            ("states.cancelled[0]", "[states]\ncancelled = [\"complete\"]"),
            ("customer.erp_code", "[customer]\nerp_code = \"\""),
            ("customer.siret", "[customer]\nsiret = \"SIRET]\""),
            ("fees[0].amount", "[[fees]]\nlabel = \"x\"\namount = \"\""),
            ("webhook.signature", "[webhook]\nsignature = \"x y\""),
            ("webhook.order_id", "[webhook]\norder_id = []"),
        ] {
            assert_eq!(faulty_fields("magento", more), [field], "{more}");
        }
    }
}
