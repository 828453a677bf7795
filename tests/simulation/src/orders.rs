//! Orders as a shop has them, and what becomes of them.

use std::collections::BTreeMap;

use jiff::Timestamp;
use passerelle_domain::{
    Address, ArticleCode, Customer, CustomerCode, Money, Order, OrderId, OrderKey, OrderLine, OrderState,
    Payment, Quantity, Refund, RefundLine, Rejection, ShopId, Unit, UnitPrice, VatRate,
};

use crate::erp::Sums;
use crate::random::Random;

/// The codes of the customers; the last has no account on the shop.
pub const CUSTOMERS: [&str; 4] = ["C00001", "C00002", "C00003", "C00004"];

/// The shops. Both number their orders alike.
pub const SHOPS: [&str; 2] = ["rungis", "halles"];

/// The key of the n-th order.
pub fn key(n: usize) -> OrderKey {
    OrderKey {
        shop: ShopId::new(SHOPS[n % 2]).expect("a name"),
        id: OrderId::new(format!("{}", 1000 + n / 2)).expect("an id"),
    }
}

/// A new order: mostly a sale, sometimes unpaid yet, sometimes one that the ERP's layout cannot take.
pub fn place(n: usize, now: Timestamp, random: &mut Random) -> Order {
    let count = u32::try_from(1 + random.below(5)).expect("small");
    let (net, vat) = amounts(count);
    let too_long = random.happens(80);
    let article = if too_long { "AN-ARTICLE-CODE-OF-MORE-THAN-18" } else { "TOM-6" };
    Order {
        key: key(n),
        number: key(n).id.to_string(),
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
            vat_rate: VatRate::from_basis_points(550),
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

/// So many pieces at 2.00, without and of VAT.
fn amounts(count: u32) -> (Money, Money) {
    let net = Money::from_cents(i64::from(count) * 200);
    (net, VatRate::from_basis_points(550).on(net).expect("small"))
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

/// What a change makes of an order, and whether it is a refund; rarely it can no longer be understood.
pub fn change(order: &Order, now: Timestamp, random: &mut Random) -> (Result<Order, Rejection>, bool) {
    let mut order = order.clone();
    let mut refunded = false;
    match random.below(10) {
        0 => {
            return (Err(Rejection::new("totals_mismatch", "total", "1 and 2", "parts add up")), false);
        }
        1 => order.state = OrderState::Cancelled,
        2 | 3 => order.state = OrderState::Confirmed,
        4 | 5 if order.refunds.is_empty() => refunded = refund(&mut order, now),
        // The shop's own word for it: nothing to the ERP.
        6 => order.shop_state = format!("state {}", random.below(4)),
        7 | 8 => set_pieces(&mut order, u32::try_from(2 + random.below(5)).expect("small")),
        _ => order.note = format!("note {}", random.below(1000)),
    }
    (Ok(order), refunded)
}

fn set_pieces(order: &mut Order, count: u32) {
    let (net, vat) = amounts(count);
    let line = &mut order.lines[0];
    line.quantity = Quantity::from(count);
    (line.gross, line.net, line.vat) = (net, net, vat);
    (order.vat_total, order.total) = (vat, net + vat);
    order.payments[0].amount = net + vat;
}

/// One piece goes back; not the only one.
fn refund(order: &mut Order, now: Timestamp) -> bool {
    let line = &order.lines[0];
    if line.quantity.to_decimal() <= 1.into() {
        return false;
    }
    let (net, vat) = amounts(1);
    order.refunds.push(Refund {
        id: "r1".into(),
        created_at: now,
        reason: String::new(),
        total: net + vat,
        lines: vec![RefundLine { id: line.id.clone(), quantity: Quantity::from(1), net, vat }],
    });
    true
}

/// What the ERP must make of an order in the end.
pub fn sums(order: &Order) -> Sums {
    if order.state == OrderState::Cancelled {
        return Sums { cancelled: true, ..Sums::default() };
    }
    let line = &order.lines[0];
    let back = Money::from_cents(if order.refunds.is_empty() { 0 } else { 200 });
    let pieces = (line.net - back).cents() / 200;
    let article = line.article.as_ref().map_or("", |article| article.as_str());
    Sums {
        cancelled: false,
        total: order.total_after_refunds(),
        note: order.note.clone(),
        articles: BTreeMap::from([(article.to_owned(), (pieces, line.net - back))]),
    }
}
