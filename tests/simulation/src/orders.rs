//! Orders as a shop has them, and what becomes of them.

use jiff::Timestamp;
use passerelle_domain::{
    Address, ArticleCode, Customer, CustomerCode, Money, Order, OrderId, OrderKey, OrderLine, OrderState,
    Payment, Quantity, Refund, RefundLine, Rejection, ShopId, Unit, UnitPrice, VatRate,
};

use crate::random::Random;

/// The codes of the customers; the last has no account on the shop.
pub const CUSTOMERS: [&str; 4] = ["C00001", "C00002", "C00003", "C00004"];

/// The key of the n-th order.
pub fn key(n: usize) -> OrderKey {
    OrderKey {
        shop: ShopId::new("rungis").expect("a name"),
        id: OrderId::new(format!("{}", 1000 + n)).expect("an id"),
    }
}

/// A new order: mostly a sale, sometimes unpaid yet, sometimes one that the ERP's layout cannot take.
pub fn place(n: usize, now: Timestamp, random: &mut Random) -> Order {
    let reduced = VatRate::from_basis_points(550);
    let count = u32::try_from(1 + random.below(5)).expect("small");
    let net = Money::from_cents(i64::from(count) * 200);
    let vat = reduced.on(net).expect("small");
    let too_long = random.happens(80);
    let article = if too_long { "AN-ARTICLE-CODE-OF-MORE-THAN-18" } else { "TOM-6" };
    Order {
        key: key(n),
        number: format!("{}", 1000 + n),
        state: if random.happens(150) { OrderState::Pending } else { OrderState::Confirmed },
        shop_state: String::new(),
        created_at: now,
        currency: "EUR".into(),
        customer: Customer {
            shop_id: Some("7".into()),
            code: CustomerCode::new(*random.pick(&CUSTOMERS)).ok(),
            name: "Bistrot d’Œuvre".into(),
            ..Customer::default()
        },
        billing: address(),
        delivery: address(),
        wanted_on: None,
        lines: vec![OrderLine {
            id: "1".into(),
            article: ArticleCode::new(article).ok(),
            label: "Tomates".into(),
            quantity: Quantity::from(count),
            unit: Unit::Piece,
            unit_price: UnitPrice::of(net, Quantity::from(count)),
            gross: net,
            discount: Money::ZERO,
            net,
            vat_rate: reduced,
            vat,
        }],
        charges: vec![],
        promotions: vec![],
        payments: vec![Payment {
            method: "card".into(),
            label: "Carte".into(),
            amount: net + vat,
            reference: String::new(),
        }],
        refunds: vec![],
        note: String::new(),
        vat_total: vat,
        total: net + vat,
    }
}

fn address() -> Address {
    Address {
        name: "Bistrot".into(),
        line1: "1 rue du Marché".into(),
        postcode: "94150".into(),
        city: "Rungis".into(),
        country: "FR".into(),
        ..Address::default()
    }
}

/// What a change makes of an order; rarely it cannot be understood any more.
pub fn change(order: &Order, now: Timestamp, random: &mut Random) -> Result<Order, Rejection> {
    let mut order = order.clone();
    match random.below(8) {
        0 => return Err(Rejection::new("totals_mismatch", "total", "1 and 2", "parts add up")),
        1 => order.state = OrderState::Cancelled,
        2 | 3 => order.state = OrderState::Confirmed,
        4 if order.refunds.is_empty() => refund(&mut order, now),
        5 => order.note.clear(),
        _ => order.note = format!("note {}", random.below(1000)),
    }
    Ok(order)
}

fn refund(order: &mut Order, now: Timestamp) {
    let line = &order.lines[0];
    if line.quantity.to_decimal() <= 1.into() {
        return;
    }
    // One piece goes back.
    let net = Money::from_cents(200);
    let vat = line.vat_rate.on(net).expect("small").min(line.vat);
    order.refunds.push(Refund {
        id: "r1".into(),
        created_at: now,
        reason: String::new(),
        total: net + vat,
        lines: vec![RefundLine { id: line.id.clone(), quantity: Quantity::from(1), net, vat }],
    });
}
