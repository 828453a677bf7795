use std::collections::{BTreeMap, BTreeSet};

use jiff::SignedDuration;
use jiff::civil::{Date, Time};
use passerelle_domain::{Branding, Failure, Mentions, Presentation, Result, Seller, ShopId};
use passerelle_shops::ShopConfig;
use serde::Deserialize;

use crate::expected::{Day, ExpectedInvoices};
use crate::tables::{ConfigFault, FILE, Tables};

/// `passerelle.toml`: everything about an environment that is not a secret and not a resource.
#[derive(Clone, Debug)]
pub struct Config {
    /// The shops, each with its own name.
    pub shops: Vec<ShopConfig>,
    /// Orders on their way to the ERP.
    pub orders: OrdersConfig,
    /// Invoices on their way back.
    pub invoices: InvoicesConfig,
    /// What `reconcile` compares.
    pub reconcile: ReconcileConfig,
    /// Who sells.
    pub seller: Seller,
    /// What an invoice must say.
    pub mentions: Mentions,
    /// How it looks.
    pub branding: Branding,
}

/// `[orders]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OrdersConfig {
    /// The layout of the import files, beside `passerelle.toml`.
    pub layout: String,
    /// Other layouts, for the shops whose orders the ERP wants in another form.
    #[serde(default)]
    pub shop_layouts: BTreeMap<ShopId, String>,
    /// The shops whose orders go first where the ERP takes no more than some, in this order. Then come
    /// the others; always the oldest of them first.
    #[serde(default)]
    pub priority: Vec<ShopId>,
    /// The most orders in one file: how much the ERP is asked to swallow at once.
    #[serde(default = "max_orders_per_file")]
    pub max_orders_per_file: usize,
    /// The most orders that the ERP is given within any hour; no limit unless told.
    pub max_orders_per_hour: Option<usize>,
    /// The ERP's reports on what became of orders, where it makes some.
    pub acks: Option<AcksConfig>,
}

/// `[orders.acks]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AcksConfig {
    /// The layout of the reports, beside `passerelle.toml`.
    pub layout: String,
    /// How long the ERP may take to answer on a file before its silence is a gap, in minutes.
    #[serde(default = "answer_within_minutes")]
    pub answer_within_minutes: u32,
    /// The most files on which the ERP has not reported yet; no limit unless told.
    pub max_unanswered_files: Option<usize>,
}

/// `[reconcile]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ReconcileConfig {
    /// How many of the last days are compared with the shops each evening; 0 for none.
    pub compared_days: u32,
}

impl Default for ReconcileConfig {
    fn default() -> Self {
        Self { compared_days: 3 }
    }
}

/// The most days that are compared: each evening all their orders are listed.
const MAX_COMPARED_DAYS: u32 = 31;

/// `[invoices]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InvoicesConfig {
    /// The layout of the ERP's CSV, beside `passerelle.toml`.
    pub layout: String,
    /// The largest file that is read, in bytes.
    #[serde(default = "max_file_bytes")]
    pub max_file_bytes: u64,
    /// By when the ERP's file must have been taken in, in Paris; none is expected unless told.
    expected_by: Option<Time>,
    /// The days of the week on which one comes.
    #[serde(default = "market_days")]
    expected_on: Vec<Day>,
    /// Days on which none comes.
    #[serde(default)]
    closed_on: Vec<Date>,
    /// Whether none comes on the public holidays of France.
    #[serde(default)]
    closed_on_public_holidays: bool,
}

impl InvoicesConfig {
    /// When the ERP's file is expected; nothing where none is.
    pub fn expected(&self) -> Option<ExpectedInvoices> {
        Some(ExpectedInvoices {
            by: self.expected_by?,
            on: self.expected_on.iter().map(|day| (*day).into()).collect(),
            closed_on: self.closed_on.clone(),
            closed_on_public_holidays: self.closed_on_public_holidays,
        })
    }
}

impl AcksConfig {
    /// How long the ERP may take to answer on a file before its silence is a gap.
    pub fn answer_within(&self) -> SignedDuration {
        SignedDuration::from_mins(self.answer_within_minutes.into())
    }
}

fn max_orders_per_file() -> usize {
    200
}

fn answer_within_minutes() -> u32 {
    12 * 60
}

fn market_days() -> Vec<Day> {
    Day::MARKET.to_vec()
}

fn max_file_bytes() -> u64 {
    64 << 20
}

impl Config {
    /// Reads and checks the text of `passerelle.toml`.
    ///
    /// # Errors
    /// `Misconfigured`, with the line, the path of the field and what is wrong with it: the first fault.
    pub fn from_toml(text: &str) -> Result<Self> {
        Self::read(text).map_err(|faults| match faults.into_iter().next() {
            Some(fault) => Failure::misconfigured("read", fault.place(), fault.rule),
            None => Failure::misconfigured("read", FILE, "it is wrong"),
        })
    }

    /// Reads and checks the text of `passerelle.toml`.
    ///
    /// # Errors
    /// Everything that is wrong with it, so far as it can be seen at once: of each table the first field
    /// that cannot be read, and once all can be, each rule that is broken.
    pub fn read(text: &str) -> Result<Self, Vec<ConfigFault>> {
        let mut tables = Tables::parse(text).map_err(|fault| vec![fault])?;
        let shops = tables.list("shops");
        let (orders, invoices) = (tables.one("orders"), tables.one("invoices"));
        let (reconcile, seller) = (tables.or_default("reconcile"), tables.one("seller"));
        let (mentions, branding) = (tables.or_default("mentions"), tables.or_default("branding"));
        tables.refuse_others();
        let config = (|| {
            let (orders, invoices, seller) = (orders?, invoices?, seller?);
            let (reconcile, mentions, branding) = (reconcile?, mentions?, branding?);
            Some(Self { shops, orders, invoices, reconcile, seller, mentions, branding })
        })();
        if let Some(config) = config.as_ref().filter(|_| tables.faults.is_empty()) {
            config.check(&mut |path, rule| tables.note(path, rule));
        }
        let faults = tables.faults;
        config.filter(|_| faults.is_empty()).ok_or(faults)
    }

    /// The shops of a `passerelle.toml` that can be read, whatever else is wrong with it.
    pub fn shops_in(text: &str) -> Vec<ShopConfig> {
        Tables::parse(text).map(|mut tables| tables.list("shops")).unwrap_or_default()
    }

    fn check(&self, wrong: &mut dyn FnMut(String, String)) {
        if self.shops.is_empty() {
            wrong("shops".into(), "there must be at least one shop".into());
        }
        let mut names = BTreeSet::new();
        for (place, shop) in self.shops.iter().enumerate() {
            if !names.insert(shop.id()) {
                wrong(format!("shops[{place}].id"), format!("{:?} stands twice", shop.id().as_str()));
            }
            for fault in shop.faults() {
                wrong(
                    format!("shops[{place}].{}", fault.field),
                    format!("{:?}: {}", fault.value, fault.what),
                );
            }
        }
        let mut shop = |path: String, shop: &ShopId| {
            if !names.contains(shop) {
                wrong(path, format!("{:?} is none of the shops", shop.as_str()));
            }
        };
        for id in self.orders.shop_layouts.keys() {
            shop("orders.shop_layouts".into(), id);
        }
        for (place, id) in self.orders.priority.iter().enumerate() {
            shop(format!("orders.priority[{place}]"), id);
        }
        let most = passerelle_ledger::Batch::MAX_MEMBERS;
        if !(1..=most).contains(&self.orders.max_orders_per_file) {
            let rule = format!("{} is not between 1 and {most}", self.orders.max_orders_per_file);
            wrong("orders.max_orders_per_file".into(), rule);
        }
        if self.reconcile.compared_days > MAX_COMPARED_DAYS {
            let rule = format!("{} is more than {MAX_COMPARED_DAYS}", self.reconcile.compared_days);
            wrong("reconcile.compared_days".into(), rule);
        }
        if self.orders.max_orders_per_hour == Some(0) {
            wrong("orders.max_orders_per_hour".into(), "with 0 nothing is ever exported".into());
        }
        if self.orders.acks.as_ref().is_some_and(|acks| acks.max_unanswered_files == Some(0)) {
            wrong("orders.acks.max_unanswered_files".into(), "with 0 nothing is ever exported".into());
        }
        if self.invoices.expected_by.is_some() && self.invoices.expected_on.is_empty() {
            wrong("invoices.expected_on".into(), "is empty: expected_by has no day".into());
        }
        for fault in self.presentation().faults() {
            wrong(fault.field, format!("{:?}: {}", fault.value, fault.rule));
        }
    }

    /// What the invoice's page needs.
    pub fn presentation(&self) -> Presentation {
        Presentation {
            seller: self.seller.clone(),
            mentions: self.mentions.clone(),
            branding: self.branding.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOCAL: &str = include_str!("../../../infra/environments/local/passerelle.toml");

    fn with_orders(line: &str) -> Result<Config> {
        Config::from_toml(&LOCAL.replacen("[orders]\n", &format!("[orders]\n{line}\n"), 1))
    }

    #[test]
    fn what_goes_for_a_shop_names_one_of_the_shops() {
        let config =
            with_orders("priority = [\"rungis\"]\nshop_layouts = { rungis = \"layouts/rungis.toml\" }");
        let orders = config.expect("both name the shop").orders;
        assert_eq!(orders.priority, orders.shop_layouts.into_keys().collect::<Vec<_>>());
        for (line, path) in [
            ("priority = [\"rungis\", \"lyon\"]", "orders.priority[1]"),
            ("shop_layouts = { lyon = \"layouts/lyon.toml\" }", "orders.shop_layouts"),
        ] {
            let said = with_orders(line).expect_err("there is no such shop").to_string();
            assert!(said.contains(path) && said.contains("\"lyon\" is none of the shops"), "{said}");
        }
    }
}
