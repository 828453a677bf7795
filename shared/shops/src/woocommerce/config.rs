use std::sync::Arc;

use passerelle_domain::{OrderState, Result};
use serde::Deserialize;

use super::WooCommerce;
use super::report::Report;
use crate::Shop;
use crate::config::{Connection, Faults, Own, System, SystemConfig};

pub(crate) const SYSTEM: System = System {
    name: "woocommerce",
    page_size: 100,
    max_page_size: 100,
    min_overlap_seconds: 1,
    own: Own::of::<Config>(),
};

/// What the configuration says of WooCommerce alone.
#[derive(Clone, Debug, Deserialize)]
#[serde(default)]
pub(crate) struct Config {
    /// States of orders that are asked for. An order in any other state is invisible to us.
    pub statuses: Vec<String>,
    /// What states mean.
    pub states: States,
    /// Under which keys the shop's plugins keep what WooCommerce has no field for.
    pub meta: Meta,
    /// Where customers' own data are looked for when the order does not have them.
    pub customer_meta: CustomerMeta,
    /// Where the ERP's word on an order goes.
    pub report: Report,
}

/// What the shop's states mean; every state not named here is [`OrderState::Pending`].
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct States {
    /// A sale that the ERP must have.
    pub confirmed: Vec<String>,
    /// Taken back.
    pub cancelled: Vec<String>,
}

/// Keys of meta data.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Meta {
    /// Order: the customer's code in the ERP.
    pub erp_code: String,
    /// Order: the customer's SIRET.
    pub siret: String,
    /// Order: the customer's VAT number.
    pub vat_number: String,
    /// Order: the day of delivery, `yyyy-mm-dd`.
    pub delivery_date: String,
    /// Order: payments besides the main one, a JSON list of `method`, `title`, `amount`, `reference`.
    pub payments: String,
    /// Line: its unit (pce, kg, colis, L).
    pub unit: String,
}

/// Keys of a customer's meta data. Without any, customers are not asked for.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CustomerMeta {
    /// The code in the ERP.
    pub erp_code: String,
    /// The SIRET.
    pub siret: String,
    /// The VAT number.
    pub vat_number: String,
}

impl Default for Config {
    fn default() -> Self {
        // `any` would leave out the trash; drafts of the checkout (`checkout-draft`) are no orders yet.
        let statuses =
            ["pending", "processing", "on-hold", "completed", "cancelled", "refunded", "failed", "trash"];
        Self {
            statuses: statuses.map(String::from).to_vec(),
            states: States::default(),
            meta: Meta::default(),
            customer_meta: CustomerMeta::default(),
            report: Report::default(),
        }
    }
}

impl Default for States {
    fn default() -> Self {
        Self {
            confirmed: ["processing", "completed"].map(String::from).to_vec(),
            cancelled: ["cancelled", "refunded", "trash"].map(String::from).to_vec(),
        }
    }
}

impl States {
    /// What a state of the shop means.
    pub fn meaning(&self, status: &str) -> OrderState {
        if self.confirmed.iter().any(|state| state == status) {
            OrderState::Confirmed
        } else if self.cancelled.iter().any(|state| state == status) {
            OrderState::Cancelled
        } else {
            OrderState::Pending
        }
    }
}

impl Default for Meta {
    fn default() -> Self {
        Self {
            erp_code: "_erp_code".into(),
            siret: "_billing_siret".into(),
            vat_number: "_billing_vat_number".into(),
            delivery_date: "_delivery_date".into(),
            payments: "_payments".into(),
            unit: "_unit".into(),
        }
    }
}

impl SystemConfig for Config {
    fn check(&self, faults: &mut Faults) {
        let Self { statuses, states: States { confirmed, cancelled }, report, .. } = self;
        if statuses.is_empty() {
            faults.add("statuses", "", "is empty: no order would be read");
        }
        let slug = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '_');
        for (i, state) in statuses.iter().enumerate() {
            if state.is_empty() || !state.chars().all(slug) || state.starts_with("wc-") {
                let what = "is not as the API writes a state: small letters, digits, - and _, without `wc-`";
                faults.add(format!("statuses[{i}]"), state, what);
            }
        }
        let lists = [("states.confirmed", confirmed.as_slice()), ("states.cancelled", cancelled)];
        for (list, states) in lists {
            for (i, state) in states.iter().enumerate().filter(|(_, state)| !statuses.contains(state)) {
                faults.add(format!("{list}[{i}]"), state, "is not in `statuses`: its orders are never read");
            }
        }
        faults.one_meaning(&lists);
        let reported = [
            ("report.accepted_status", &report.accepted_status),
            ("report.refused_status", &report.refused_status),
        ];
        for (field, state) in reported {
            if !state.is_empty() && !confirmed.contains(state) {
                faults.add(
                    field,
                    state,
                    "is not in `states.confirmed`: our own report would cancel the sale",
                );
            }
        }
    }

    fn connect(&self, connection: &Connection, secret: &str) -> Result<Arc<dyn Shop>> {
        Ok(Arc::new(WooCommerce::connect(connection, self, secret)?))
    }
}

#[cfg(test)]
mod tests {
    use crate::config::faulty_fields;

    #[test]
    fn a_wrong_value_is_named_by_its_path() {
        for (field, more) in [
            ("statuses", "statuses = []\n[states]\nconfirmed = []\ncancelled = []"),
            (
                "statuses[8]",
                r#"statuses = ["pending", "processing", "on-hold", "completed", "cancelled", "refunded", "failed", "trash", "wc-x"]"#,
            ),
            ("states.confirmed[1]", "[states]\nconfirmed = [\"completed\", \"preparing\"]"),
            ("states.cancelled[0]", "[states]\ncancelled = [\"completed\"]"),
            ("report.accepted_status", "[report]\naccepted_status = \"failed\""),
        ] {
            assert_eq!(faulty_fields("woocommerce", more), [field], "{more}");
        }
    }
}
