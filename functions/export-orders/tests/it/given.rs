use std::sync::{Arc, Mutex};

use jiff::{SignedDuration, Timestamp};
use passerelle_domain::{
    Address, ArticleCode, Customer, CustomerCode, Money, Order, OrderId, OrderKey, OrderLine, OrderState,
    Quantity, ShopId, Unit, UnitPrice, VatRate,
};
use passerelle_platform::Clock;

/// A clock whose hands are moved.
#[derive(Clone)]
pub struct Hands(Arc<Mutex<Timestamp>>);

impl Hands {
    pub fn at(instant: Timestamp) -> Self {
        Self(Arc::new(Mutex::new(instant)))
    }

    pub fn turn(&self, by: SignedDuration) {
        *self.0.lock().expect("not poisoned") += by;
    }
}

impl Clock for Hands {
    fn now(&self) -> Timestamp {
        *self.0.lock().expect("not poisoned")
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
