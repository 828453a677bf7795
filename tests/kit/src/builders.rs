use std::fmt::Display;

use jiff::SignedDuration;
use passerelle_domain::{
    Address, ArticleCode, BatchId, Buyer, Customer, CustomerCode, Invoice, InvoiceKind, InvoiceLine,
    InvoiceNumber, InvoiceTotals, InvoiceUnit, Money, Order, OrderId, OrderKey, OrderLine, OrderState,
    PaymentInstructions, PurchaseOrigin, Quantity, References, Rejection, ShopId, Unit, UnitPrice, Vat,
    VatRate, VatSubtotal,
};
use passerelle_ledger::{Acknowledgement, DropOutcome, Member, SetAside};
use passerelle_services::InvoiceAnnouncement;

use crate::at;

const RATE: VatRate = VatRate::from_basis_points(550);

/// The shop of the tests.
pub fn shop() -> ShopId {
    shop_named("rungis")
}

/// A shop by its name.
pub fn shop_named(name: &str) -> ShopId {
    ShopId::new(name).expect("a shop")
}

/// An order's key in [`shop`].
pub fn key(id: impl Display) -> OrderKey {
    OrderKey { shop: shop(), id: OrderId::new(id.to_string()).expect("an id") }
}

/// The customer of the tests.
pub fn customer() -> CustomerCode {
    CustomerCode::new("C00042").expect("a code")
}

fn address() -> Address {
    Address {
        name: "Bistrot d’Œuvre".into(),
        line1: "1 rue du Marché".into(),
        postcode: "94150".into(),
        city: "Rungis".into(),
        country: "FR".into(),
        ..Address::default()
    }
}

/// A confirmed order of the evening before the tests' day, over 123.45; its number is not its id.
pub fn order(id: impl Display) -> Order {
    let line = line(11_701);
    Order {
        key: key(&id),
        number: format!("W{id}"),
        state: OrderState::Confirmed,
        shop_state: "processing".into(),
        created_at: at("00:00") - SignedDuration::from_hours(3),
        currency: "EUR".into(),
        customer: Customer {
            shop_id: Some("17".into()),
            code: Some(customer()),
            name: address().name,
            ..Customer::default()
        },
        billing: address(),
        delivery: address(),
        wanted_on: None,
        vat_total: line.vat,
        total: line.net + line.vat,
        lines: vec![line],
        charges: vec![],
        promotions: vec![],
        payments: vec![],
        refunds: vec![],
        note: String::new(),
    }
}

/// A line of an order: one piece of an article, at a price in cents without VAT.
pub fn line(cents: i64) -> OrderLine {
    let net = Money::from_cents(cents);
    OrderLine {
        id: "1".into(),
        article: ArticleCode::new("TOM-6").ok(),
        label: "Tomates".into(),
        quantity: Quantity::from(1),
        unit: Unit::Piece,
        unit_price: UnitPrice::of(net, Quantity::from(1)),
        gross: net,
        discount: Money::ZERO,
        net,
        vat_rate: RATE,
        vat: RATE.on(net).expect("small"),
    }
}

/// An order as a batch holds it that the ERP has not been sent before.
pub fn member(order: &Order) -> Member {
    Member { key: order.key.clone(), revision: order.revision(), replaces: None }
}

/// An invoice's number: `F2026/0001`.
pub fn number(n: impl Display) -> InvoiceNumber {
    InvoiceNumber::new(format!("F2026/{n:0>4}")).expect("a number")
}

/// An invoice over 1 055.00 for what was ordered as `W1`. Its buyer has no name: a report names it by its code.
pub fn invoice(n: impl Display) -> Invoice {
    let (net, vat) = (Money::from_cents(100_000), Money::from_cents(5_500));
    Invoice {
        number: number(n),
        kind: InvoiceKind::Invoice,
        issued_on: "2026-11-24".parse().expect("a date"),
        due_on: None,
        delivered_on: None,
        period: None,
        currency: "EUR".into(),
        references: References::default(),
        buyer: Buyer {
            code: customer(),
            address: Address::default(),
            siren: None,
            vat_number: String::new(),
            reference: String::new(),
        },
        deliver_to: None,
        payment: PaymentInstructions::default(),
        note: String::new(),
        lines: vec![InvoiceLine {
            origin: PurchaseOrigin::Web,
            reference: "W1".into(),
            delivered_on: None,
            article: ArticleCode::new("TOM-6").ok(),
            designation: "Tomates".into(),
            country_of_origin: "France".into(),
            class: "I".into(),
            lot: String::new(),
            quantity: Quantity::from(1),
            unit: InvoiceUnit::default(),
            unit_price: UnitPrice::of(net, Quantity::from(1)),
            adjustments: vec![],
            vat: Vat::at(RATE),
            net,
        }],
        adjustments: vec![],
        vat_breakdown: vec![VatSubtotal::new(Vat::at(RATE), net, vat)],
        totals: InvoiceTotals {
            net,
            vat,
            gross: net + vat,
            prepaid: Money::ZERO,
            rounding: Money::ZERO,
            due: net + vat,
        },
    }
}

/// What announces an invoice to the next function.
pub fn announcement(invoice: &Invoice) -> String {
    InvoiceAnnouncement { number: invoice.number.clone(), revision: invoice.revision() }.to_body()
}

/// Why an order may be set aside: a value that is too long for the layout.
pub fn rejection() -> Rejection {
    Rejection::new("too_long", "billing.name", "Bistrot…", "at most 30 characters")
}

/// Why an order may not be understood: its totals do not add up.
pub fn mismatch() -> Rejection {
    Rejection::new("totals_mismatch", "total", "95.18", "the parts give 95.04")
}

/// The ERP accepts an order of a batch under a number.
pub fn acceptance(batch: BatchId, erp_number: &str) -> Acknowledgement {
    Acknowledgement { batch, accepted: true, erp_number: erp_number.into(), reason: String::new() }
}

/// The ERP refuses an order of a batch.
pub fn refusal(batch: BatchId, reason: &str) -> Acknowledgement {
    Acknowledgement { batch, accepted: false, erp_number: String::new(), reason: reason.into() }
}

/// What became of a file of invoices: how many it has, `[new, same, conflicts, rejected]`, their total.
pub fn accepted(invoices: u32, figures: [u32; 4], gross: Money) -> DropOutcome {
    accepted_in_part(invoices, figures, gross, None, vec![])
}

/// The same with a file of rejects and those of them that are named.
pub fn accepted_in_part(
    invoices: u32,
    [new, same, conflicts, rejected]: [u32; 4],
    gross: Money,
    rejects_key: Option<String>,
    set_aside: Vec<SetAside>,
) -> DropOutcome {
    DropOutcome::Accepted {
        invoices,
        new,
        same,
        conflicts,
        rejected,
        noted: 0,
        gross,
        rejects_key,
        set_aside,
    }
}

/// An invoice in a file of rejects.
pub fn set_aside(number: impl Display, line: u64) -> SetAside {
    SetAside { number: number.to_string(), line, column: "Total TTC".into(), code: "totals_mismatch".into() }
}
