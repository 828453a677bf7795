use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use passerelle_domain::{
    Address, ArticleCode, Customer, CustomerCode, Money, Order, OrderId, OrderKey, OrderLine, OrderState,
    Quantity, ShopId, Unit, UnitPrice, VatRate,
};
use passerelle_erp::orders::{OrderLayout, ShopLayouts};
use passerelle_flows::export::{Export, Exported, Pace, handle};
use passerelle_ledger::Ledger;
use passerelle_services::{Clock, Deadline, Environment, MemoryObjects, Objects, ScheduledRun, TestClock};

/// A layout whose `AMENDMENTS` are still to be said.
pub const LAYOUT: &str = r#"
[file]
name = "{batch}.txt"
shape = "header_and_lines"
encoding = "utf-8"
separator = ";"
quote = "when_needed"
line_end = "lf"
decimal = "."
date = "%F"
unencodable = "set_aside"
[policy]
promotions = "spread"
promotion_article = "REMISE"
charges = "line_per_vat_rate"
delivery_article = "PORT"
fee_article = "FRAIS"
payments = "sum"
amendments = "AMENDMENTS"
[[header]]
name = "numero"
from = "order.number"
[[header]]
name = "action"
from = "order.action"
[[header]]
name = "total"
from = "order.total"
[[line]]
name = "article"
from = "line.article"
[[line]]
name = "quantite"
from = "line.quantity"
[[line]]
name = "ht"
from = "line.net"
"#;

/// An export with a ledger and objects in memory.
pub struct House {
    pub ledger: Ledger,
    pub objects: MemoryObjects,
    pub clock: TestClock,
    pub layouts: Arc<ShopLayouts>,
    pub priority: Vec<ShopId>,
    pub pace: Pace,
}

impl House {
    pub fn with(layout: OrderLayout) -> Self {
        let start = "2026-11-24T00:00:00Z".parse().expect("an instant");
        Self {
            ledger: Ledger::in_memory(),
            objects: MemoryObjects::default(),
            clock: TestClock::at(start),
            layouts: Arc::new(layout.into()),
            priority: vec![],
            pace: Pace::files_of(100),
        }
    }

    pub fn taking(amendments: &str) -> Self {
        let layout = LAYOUT.replace("AMENDMENTS", amendments);
        Self::with(OrderLayout::from_toml(&layout).unwrap_or_else(|error| panic!("{error}")))
    }

    /// A run of the schedule, a quarter of an hour after whatever was before.
    pub async fn export(&self) -> Exported {
        self.clock.advance(SignedDuration::from_mins(15));
        let deps = Export {
            layouts: Arc::clone(&self.layouts),
            priority: self.priority.clone(),
            pace: self.pace,
            env: Environment {
                ledger: self.ledger.clone(),
                objects: Arc::new(self.objects.clone()),
                clock: Arc::new(self.clock.clone()),
                ..Environment::in_memory()
            },
        };
        let now = self.clock.now();
        let deadline = Deadline::at(now + SignedDuration::from_mins(5));
        let run = ScheduledRun { scheduled_time: now, owner: now.to_string(), deadline };
        handle(deps, run).await.expect("exported")
    }

    pub async fn text(&self, key: &str) -> String {
        let object = self.objects.get(key, None, 1 << 20).await.expect("in memory").expect("it is there");
        String::from_utf8(object.body).expect("UTF-8")
    }
}

/// An order of two days ago, of one piece of an article.
pub fn order(id: &str, article: &str, now: Timestamp) -> Order {
    let rate = VatRate::from_basis_points(550);
    let net = Money::from_cents(200);
    let vat = rate.on(net).expect("small");
    let address = Address {
        name: "Bistrot".into(),
        line1: "1 rue du Marché".into(),
        postcode: "94150".into(),
        city: "Rungis".into(),
        country: "FR".into(),
        ..Address::default()
    };
    Order {
        key: OrderKey { shop: ShopId::new("rungis").expect("a shop"), id: OrderId::new(id).expect("an id") },
        number: id.into(),
        state: OrderState::Confirmed,
        shop_state: "processing".into(),
        created_at: now - SignedDuration::from_hours(48),
        currency: "EUR".into(),
        customer: Customer {
            shop_id: Some("7".into()),
            code: CustomerCode::new("C00001").ok(),
            name: "Bistrot".into(),
            ..Customer::default()
        },
        billing: address.clone(),
        delivery: address,
        wanted_on: None,
        lines: vec![OrderLine {
            id: "1".into(),
            article: ArticleCode::new(article).ok(),
            label: "Tomates".into(),
            quantity: Quantity::from(1),
            unit: Unit::Piece,
            unit_price: UnitPrice::of(net, Quantity::from(1)),
            gross: net,
            discount: Money::ZERO,
            net,
            vat_rate: rate,
            vat,
        }],
        charges: vec![],
        promotions: vec![],
        payments: vec![],
        refunds: vec![],
        note: String::new(),
        vat_total: vat,
        total: net + vat,
    }
}
