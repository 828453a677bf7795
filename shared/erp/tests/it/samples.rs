//! Layouts, fixtures and orders made by hand.

use std::io::Cursor;

use passerelle_domain::Invoice;
use passerelle_domain::{
    Address, ArticleCode, BatchId, Charge, ChargeKind, Customer, CustomerCode, Money, Order, OrderId,
    OrderKey, OrderLine, OrderState, Payment, Promotion, Quantity, Refund, RefundLine, Rejection, ShopId,
    Unit, UnitPrice,
};
use passerelle_erp::invoices::{CheckError, CheckedFile, Fault, FileSummary, InvoiceLayout, RejectedInvoice};
use passerelle_erp::orders::{OrderLayout, OrderToWrite};
use passerelle_erp::{LayoutError, LayoutErrors};

macro_rules! repo {
    ($path:literal) => {
        concat!(env!("CARGO_MANIFEST_DIR"), "/../../", $path)
    };
}

pub const SHIPPED_ORDERS: &str = include_str!(repo!("infra/environments/prod/layouts/orders.toml"));
pub const LOCAL_ORDERS: &str = include_str!(repo!("infra/environments/local/layouts/orders.toml"));
pub const LOCAL_INVOICES: &str = include_str!(repo!("infra/environments/local/layouts/invoices.toml"));
pub const REPEATED: &str = include_str!(repo!("tests/fixtures/erp/layouts/repeated-utf8.toml"));
pub const FIRST_ROW: &str = include_str!(repo!("tests/fixtures/erp/layouts/first-row-tab.toml"));
pub const UTF8_INVOICES: &str = include_str!(repo!("tests/fixtures/erp/layouts/invoices-utf8.toml"));

/// Everything that is wrong with a layout, without its places.
pub fn said(errors: &LayoutErrors) -> String {
    let said = |error: &LayoutError| format!("{}: {}", error.path, error.message);
    errors.as_slice().iter().map(said).collect::<Vec<_>>().join(" | ")
}

pub fn orders(toml: &str) -> OrderLayout {
    OrderLayout::from_toml(toml).unwrap_or_else(|error| panic!("{error}"))
}

pub fn invoices(toml: &str) -> InvoiceLayout {
    InvoiceLayout::from_toml(toml).unwrap_or_else(|error| panic!("{error}"))
}

/// The one file of orders that the ERP does not have yet, or what is wrong with them.
pub fn try_file(layout: &OrderLayout, orders: &[Order]) -> Result<Vec<u8>, Vec<(OrderKey, Rejection)>> {
    let orders: Vec<OrderToWrite<'_>> = orders.iter().map(OrderToWrite::from).collect();
    let mut written = layout.write(&batch(), &orders)?;
    assert_eq!(written.files.len(), 1);
    Ok(written.files.remove(0).bytes)
}

/// The same, of orders without a fault.
pub fn file(layout: &OrderLayout, orders: &[Order]) -> Vec<u8> {
    try_file(layout, orders).unwrap_or_else(|faults| panic!("{faults:?}"))
}

/// The same without its trailer, for files that are put together by hand.
pub fn without_trailer(toml: &str) -> InvoiceLayout {
    invoices(toml.split_once("[trailer]").expect("a trailer").0)
}

/// The first pass over a file.
pub fn open<'l>(
    layout: &'l InvoiceLayout,
    bytes: &[u8],
) -> Result<CheckedFile<'l, Cursor<Vec<u8>>>, Rejection> {
    layout.check_file(Cursor::new(bytes.to_vec())).map_err(|error| match error {
        CheckError::Refused(rejection) => rejection,
        CheckError::Unreadable(error) => panic!("{error}"),
    })
}

/// What the first pass says.
pub fn check(layout: &InvoiceLayout, bytes: &[u8]) -> Result<FileSummary, Rejection> {
    open(layout, bytes).map(|file| file.summary())
}

/// What both passes give.
#[derive(Debug, Default)]
pub struct Read {
    pub good: Vec<Invoice>,
    pub notes: Vec<Fault>,
    pub bad: Vec<RejectedInvoice>,
    pub rejects: Vec<u8>,
}

/// Both passes over a file that is accepted, and its rejects file.
pub fn read(layout: &InvoiceLayout, bytes: &[u8]) -> Read {
    let mut file = open(layout, bytes).unwrap_or_else(|rejection| panic!("{rejection}"));
    let mut read = Read::default();
    file.begin_rejects(&mut read.rejects).expect("in memory");
    while let Some(next) = file.next() {
        match next.expect("in memory") {
            Ok(invoice) => {
                read.good.push(invoice.invoice);
                read.notes.extend(invoice.notes);
            }
            Err(rejected) => {
                file.write_rejected(&rejected, &mut read.rejects).expect("in memory");
                read.bad.push(rejected);
            }
        }
    }
    read
}

/// An invoice file of the fixtures.
pub fn fixture(name: &str) -> Vec<u8> {
    let path = format!("{}/{name}.csv", repo!("tests/fixtures/erp/invoices"));
    std::fs::read(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

pub fn money(text: &str) -> Money {
    text.parse().expect(text)
}

pub fn batch() -> BatchId {
    "2026-11-24-001".parse().expect("a batch")
}

pub fn line(
    id: &str,
    article: &str,
    quantity: &str,
    unit: Unit,
    price: &str,
    discount: &str,
    rate: &str,
) -> OrderLine {
    let quantity = Quantity::new(quantity.parse().expect(quantity));
    let unit_price = UnitPrice::new(price.parse().expect(price));
    let gross = unit_price.times(quantity).expect("in range");
    let net = gross - money(discount);
    let vat_rate: passerelle_domain::VatRate = rate.parse().expect(rate);
    OrderLine {
        id: id.into(),
        article: ArticleCode::new(article).ok(),
        label: format!("Article {article}"),
        quantity,
        unit,
        unit_price,
        gross,
        discount: money(discount),
        net,
        vat_rate,
        vat: vat_rate.on(net).expect("in range"),
    }
}

pub fn delivery(net: &str, rate: &str) -> Charge {
    let vat_rate: passerelle_domain::VatRate = rate.parse().expect(rate);
    Charge {
        id: "delivery".into(),
        kind: ChargeKind::Delivery,
        label: "Livraison Île-de-France".into(),
        net: money(net),
        vat_rate,
        vat: vat_rate.on(money(net)).expect("in range"),
    }
}

/// Money given back on one line, or on none where `id` is empty.
pub fn refund(id: &str, quantity: &str, net: &str, vat: &str) -> Refund {
    let part = RefundLine {
        id: id.into(),
        quantity: Quantity::new(quantity.parse().expect(quantity)),
        net: money(net),
        vat: money(vat),
    };
    Refund {
        id: format!("r{id}"),
        created_at: jiff::Timestamp::UNIX_EPOCH,
        reason: String::new(),
        total: money(net) + money(vat),
        lines: if id.is_empty() { vec![] } else { vec![part] },
    }
}

/// An order of these lines and charges, with its totals and one payment.
pub fn order(id: &str, lines: Vec<OrderLine>, charges: Vec<Charge>) -> Order {
    let net: Money = lines.iter().map(|l| l.net).chain(charges.iter().map(|c| c.net)).sum();
    let vat: Money = lines.iter().map(|l| l.vat).chain(charges.iter().map(|c| c.vat)).sum();
    let address = Address {
        name: "Bistrot d’Œuvre".into(),
        line1: "1 rue du Marché".into(),
        line2: String::new(),
        postcode: "94150".into(),
        city: "Rungis".into(),
        country: "FR".into(),
        phone: "01 02 03 04 05".into(),
    };
    Order {
        key: OrderKey { shop: ShopId::new("rungis").expect("a shop"), id: OrderId::new(id).expect("an id") },
        number: format!("W{id}"),
        state: OrderState::Confirmed,
        shop_state: "processing".into(),
        // 00:30 on the 24th in Paris.
        created_at: "2026-11-23T23:30:00Z".parse().expect("an instant"),
        currency: "EUR".into(),
        customer: Customer {
            code: CustomerCode::new("C00042").ok(),
            name: "Bistrot d’Œuvre".into(),
            ..Customer::default()
        },
        billing: address.clone(),
        delivery: address,
        wanted_on: "2026-11-25".parse().ok(),
        lines,
        charges,
        promotions: vec![],
        payments: vec![Payment {
            method: "card".into(),
            label: "Carte".into(),
            amount: net + vat,
            reference: "pi_1".into(),
        }],
        refunds: vec![],
        note: String::new(),
        vat_total: vat,
        total: net + vat,
    }
}

/// Everything at once: two discounts, kilograms, delivery and a fee, two payments, a piece given back
/// and money given back without a line; Œ, € and a foreign Ł; line ends and a separator in the note.
pub fn busy_order() -> Order {
    let mut tomatoes = line("1", "TOM-6", "3", Unit::Case, "13.35", "4.00", "5.5");
    tomatoes.label = "Cagette tomates cœur de bœuf 6 kg – 1er choix".into();
    let mut oil = line("2", "00451", "2", Unit::Piece, "48.00", "19.20", "20");
    oil.label = "Huile Łódź à 48 €".into();
    let leeks = line("3", "POIR-KG", "2.5", Unit::Kilogram, "3.98", "0", "5.5");
    let fee = Charge {
        id: "fee".into(),
        kind: ChargeKind::Fee,
        label: "Petite commande".into(),
        net: money("1.00"),
        vat_rate: "20".parse().expect("a rate"),
        vat: money("0.20"),
    };
    let mut order = order("1042", vec![tomatoes, oil, leeks], vec![delivery("12.50", "20"), fee]);
    order.note = "Sonner; deux fois\r\nporte \"B\"".into();
    for (code, amount) in [("BIENVENUE20", "19.20"), ("FIDELITE", "4.00")] {
        order.promotions.push(Promotion { code: code.into(), amount: money(amount) });
    }
    order.payments[0].amount = order.total - money("50.00");
    let voucher = Payment {
        method: "gift_card".into(),
        label: "Bon d’achat".into(),
        amount: money("50.00"),
        reference: "B-1".into(),
    };
    order.payments.insert(0, voucher);
    order.refunds = vec![refund("2", "1", "38.40", "7.68"), refund("", "0", "5.00", "0")];
    order.check().expect("adds up");
    order
}

/// Two articles and nothing else.
pub fn plain_order() -> Order {
    order(
        "1043",
        vec![
            line("1", "OEUF-30", "10", Unit::Piece, "1.5", "0", "5.5"),
            line("2", "VIN-6", "1", Unit::Litre, "7.4321", "0", "20"),
        ],
        vec![],
    )
}
