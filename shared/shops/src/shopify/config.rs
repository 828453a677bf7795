use std::sync::Arc;

use passerelle_domain::Result;
use serde::Deserialize;

use super::Shopify;
use crate::Shop;
use crate::config::{Connection, Faults, Own, System, SystemConfig};

pub(crate) const SYSTEM: System = System {
    name: "shopify",
    page_size: 50,
    max_page_size: 250,
    min_overlap_seconds: 120,
    own: Own::of::<Config>(),
};

/// What the configuration says of Shopify alone.
#[derive(Clone, Debug, Deserialize)]
#[serde(default)]
pub(crate) struct Config {
    /// The version of the Admin API. Shopify supports each for a year.
    pub api_version: String,
    /// How many orders are read in one call, if their cost allows it. A page is listed before they are.
    pub orders_per_call: u16,
    /// How many lines of an order are read with it; more are read in calls of their own.
    pub lines_per_order: u16,
    /// Whether orders that were paid with a test card are orders too.
    pub test_orders: bool,
    /// Whether companies buy here (B2B): then their locations are the customers. Without B2B in its
    /// plan a shop refuses to be asked for them.
    pub companies: bool,
    /// What states mean.
    pub states: States,
    /// Where the shop keeps what Shopify has no field for.
    pub meta: Meta,
    /// How the ERP's acknowledgement is written to an order.
    pub report: Report,
    /// Where invoices are published: the address of an app that keeps the contract of `accounts.rs`.
    pub invoices_url: String,
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

impl Default for Config {
    fn default() -> Self {
        Self {
            api_version: "2026-07".into(),
            orders_per_call: 5,
            lines_per_order: 50,
            test_orders: false,
            companies: true,
            states: States::default(),
            meta: Meta::default(),
            report: Report::default(),
            invoices_url: String::new(),
        }
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

impl SystemConfig for Config {
    fn check(&self, faults: &mut Faults) {
        faults.optional_url("invoices_url", &self.invoices_url);
        faults.range("orders_per_call", self.orders_per_call, 1..=50);
        faults.range("lines_per_order", self.lines_per_order, 1..=250);
        if !is_stable(&self.api_version) {
            faults.add("api_version", &self.api_version, "is no stable version, as 2026-07");
        }
        self.check_meta(faults);
        self.check_report(faults);
        let States { confirmed, cancelled } = &self.states;
        let lists = [("states.confirmed", confirmed.as_slice()), ("states.cancelled", cancelled)];
        for (list, states) in lists {
            for (i, state) in states.iter().enumerate().filter(|(_, state)| !STATES.contains(&state.as_str()))
            {
                faults.add(format!("{list}[{i}]"), state, format!("is none of {}", STATES.join(", ")));
            }
        }
        faults.one_meaning(&lists);
    }

    fn connect(&self, connection: &Connection, secret: &str) -> Result<Arc<dyn Shop>> {
        Ok(Arc::new(Shopify::connect(connection, self, secret)?))
    }
}

/// Whether a version of the API is a stable one: year and month.
fn is_stable(version: &str) -> bool {
    let digits = |text: &str, count: usize| text.len() == count && text.bytes().all(|b| b.is_ascii_digit());
    version.split_once('-').is_some_and(|(year, month)| digits(year, 4) && digits(month, 2))
}

/// Whether a namespace or key can be one: Shopify wants `least` characters.
fn is_name(text: &str, least: usize) -> bool {
    (least..=255).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'$' | b':'))
}

impl Config {
    fn check_meta(&self, faults: &mut Faults) {
        let meta = &self.meta;
        for (field, text) in [
            ("meta.erp_code", &meta.erp_code),
            ("meta.siret", &meta.siret),
            ("meta.vat_number", &meta.vat_number),
            ("meta.delivery_date", &meta.delivery_date),
            ("meta.unit", &meta.unit),
        ] {
            let (namespace, key) = metafield(text);
            let unused = field == "meta.unit" && text.is_empty();
            let named = is_name(namespace, 3) && is_name(key, 2);
            if !unused && !named {
                faults.add(field, text, "is no metafield as namespace.key: custom.erp_code");
            }
        }
    }

    fn check_report(&self, faults: &mut Faults) {
        let Report { namespace, accepted_tag, refused_tag } = &self.report;
        if !is_name(namespace, 3) {
            faults.add("report.namespace", namespace, "is not 3 to 255 letters, digits, - and _");
        }
        for (field, tag) in [("report.accepted_tag", accepted_tag), ("report.refused_tag", refused_tag)] {
            if tag.trim().is_empty() || tag.chars().count() > 40 || tag.contains(',') {
                faults.add(field, tag, "is no tag: 1 to 40 characters without a comma");
            }
        }
        if accepted_tag == refused_tag {
            faults.add("report.refused_tag", refused_tag, "is the tag of accepted orders");
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::config::faulty_fields;

    #[test]
    fn a_wrong_value_is_named_by_its_path() {
        for (field, more) in [
            ("invoices_url", "invoices_url = \"http://apps.example\""),
            ("orders_per_call", "orders_per_call = 0"),
            ("lines_per_order", "lines_per_order = 251"),
            ("api_version", "api_version = \"unstable\""),
            ("meta.erp_code", "[meta]\nerp_code = \"erp_code\""),
            ("meta.unit", "[meta]\nunit = \"unit\""),
            ("report.namespace", "[report]\nnamespace = \"\""),
            ("report.accepted_tag", "[report]\naccepted_tag = \"a,b\""),
            ("report.refused_tag", "[report]\naccepted_tag = \"ERP refusé\""),
            ("states.confirmed[1]", "[states]\nconfirmed = [\"paid\", \"fulfilled\"]"),
            ("states.cancelled[0]", "[states]\ncancelled = [\"paid\"]"),
        ] {
            assert_eq!(faulty_fields("shopify", more), [field], "{more}");
        }
    }
}
