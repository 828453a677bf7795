use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use passerelle_domain::{OrderState, Rejection, Result, ShopId};
use serde::Deserialize;

use super::WooCommerce;
use super::report::Report;
use crate::http::{Limits, check_ranges, check_url, wrong};
use crate::{Settings, Shop};

/// A WooCommerce shop in the configuration.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Its name with us.
    pub id: ShopId,
    /// The address of its WordPress, with the folder if it lies in one: `https://shop.example/fr`.
    pub url: String,
    /// Where the first import starts: orders changed before are not read.
    pub since: Timestamp,
    /// How far before the last order seen each run starts again. It has to cover the shop's own
    /// delays: an order is stamped before its transaction is visible, in whole seconds.
    #[serde(default = "default::overlap_seconds")]
    pub overlap_seconds: u32,
    /// Orders a page; WooCommerce allows 100.
    #[serde(default = "default::page_size")]
    pub page_size: u16,
    /// States of orders that are asked for. An order in any other state is invisible to us.
    #[serde(default = "default::statuses")]
    pub statuses: Vec<String>,
    /// What states mean.
    #[serde(default)]
    pub states: States,
    /// Under which keys the shop's plugins keep what WooCommerce has no field for.
    #[serde(default)]
    pub meta: Meta,
    /// Where customers' own data are looked for when the order does not have them.
    #[serde(default)]
    pub customer_meta: CustomerMeta,
    /// Where the ERP's word on an order goes.
    #[serde(default)]
    pub report: Report,
    /// How much is asked of the shop.
    #[serde(flatten)]
    pub limits: Limits,
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

mod default {
    pub(super) fn overlap_seconds() -> u32 {
        300
    }
    pub(super) fn page_size() -> u16 {
        100
    }
    pub(super) fn statuses() -> Vec<String> {
        // `any` would leave out the trash; drafts of the checkout (`checkout-draft`) are no orders yet.
        ["pending", "processing", "on-hold", "completed", "cancelled", "refunded", "failed", "trash"]
            .map(String::from)
            .to_vec()
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
        check_ranges(&[
            ("page_size", self.page_size.into(), 1, 100),
            ("overlap_seconds", self.overlap_seconds.into(), 1, 86_400),
        ])?;
        self.limits.check()?;
        self.check_states()
    }

    fn connect(&self, secret: &str) -> Result<Arc<dyn Shop>> {
        Ok(Arc::new(WooCommerce::connect(self, secret)?))
    }
}

impl Config {
    fn check_states(&self) -> Result<(), Rejection> {
        if self.statuses.is_empty() {
            return Err(wrong("statuses", "", "at least one state is asked for"));
        }
        let slug = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '_');
        for (i, state) in self.statuses.iter().enumerate() {
            if state.is_empty() || !state.chars().all(slug) || state.starts_with("wc-") {
                let rule = "a state as the API writes it: small letters, digits, - and _, without `wc-`";
                return Err(wrong(format!("statuses[{i}]"), state, rule));
            }
        }
        let lists =
            [("states.confirmed", &self.states.confirmed), ("states.cancelled", &self.states.cancelled)];
        for (list, states) in lists {
            for (i, state) in states.iter().enumerate() {
                if !self.statuses.contains(state) {
                    let rule = "a state with a meaning is also in `statuses`, else its orders are never seen";
                    return Err(wrong(format!("{list}[{i}]"), state, rule));
                }
            }
        }
        let reported = [
            ("report.accepted_status", &self.report.accepted_status),
            ("report.refused_status", &self.report.refused_status),
        ];
        for (field, state) in reported {
            if !state.is_empty() && !self.states.confirmed.contains(state) {
                let rule = "one of `states.confirmed`, else our own report would take the sale back";
                return Err(wrong(field, state, rule));
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
mod tests {
    use super::*;
    use crate::ShopConfig;

    const LEAST: &str = r#"
        system = "woocommerce"
        id = "rungis"
        url = "https://shop.example"
        since = "2026-01-01T00:00:00Z"
    "#;

    fn read(more: &str) -> Result<ShopConfig, toml::de::Error> {
        toml::from_str(&format!("{LEAST}\n{more}"))
    }

    fn config() -> Config {
        match read("").expect("a configuration") {
            ShopConfig::Woocommerce(config) => config,
            other => panic!("not WooCommerce's: {other:?}"),
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
        for more in ["page_sise = 10", "[states]\nconfirmd = []", "[meta]\nerp = \"x\""] {
            let error = read(more).expect_err(more).to_string();
            assert!(error.contains("unknown field"), "{error}");
        }
    }

    #[test]
    fn a_wrong_value_is_named_by_its_path() {
        type Spoil = fn(&mut Config);
        let faults: [(&str, Spoil); 10] = [
            ("page_size", |c| c.page_size = 0),
            ("page_size", |c| c.page_size = 101),
            ("overlap_seconds", |c| c.overlap_seconds = 0),
            ("timeout_seconds", |c| c.limits.timeout_seconds = 0),
            ("max_body_bytes", |c| c.limits.max_body_bytes = 0),
            ("statuses", |c| c.statuses.clear()),
            ("statuses[1]", |c| c.statuses[1] = "wc-processing".into()),
            ("states.confirmed[2]", |c| c.states.confirmed.push("preparing".into())),
            ("states.confirmed[1]", |c| c.states.cancelled.push("completed".into())),
            ("url", |c| c.url = "shop.example".into()),
        ];
        for (field, spoil) in faults {
            let mut config = config();
            spoil(&mut config);
            assert_eq!(config.check().expect_err(field).field, field);
        }
    }

    #[test]
    fn plain_http_is_for_this_machine_only() {
        let check = |url: &str| Config { url: url.into(), ..config() }.check();
        for url in ["http://127.0.0.1:8080", "http://127.9.9.9/shop", "http://[::1]:80", "http://localhost"] {
            check(url).expect(url);
        }
        for url in [
            "http://shop.example",
            "http://localhost.example",
            "http://192.168.0.2",
            "ftp://localhost",
            "https://shop.example?x=1",
            "https://shop.example#x",
        ] {
            assert_eq!(check(url).expect_err(url).field, "url");
        }
    }

    #[test]
    fn a_password_in_the_address_is_refused_and_not_repeated() {
        let config = Config { url: "https://me:hunter2@shop.example".into(), ..config() };
        assert!(!config.check().expect_err("a password").to_string().contains("hunter2"));
    }
}
