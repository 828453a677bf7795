//! Sums agree to the cent for every order, under every policy and shape, as another reader reads them.

use std::collections::BTreeMap;

use passerelle_domain::{
    ArticleCode, Charge, ChargeKind, Money, Order, OrderLine, Payment, Quantity, Refund, RefundLine, Unit,
    UnitPrice, VatRate,
};
use proptest::prelude::*;
use rust_decimal::Decimal;

use crate::samples::*;

const RATES: [u16; 5] = [0, 210, 550, 1000, 2000];

/// VAT as a shop may round it: to the cent, or a cent beside.
fn shop_vat(rate: VatRate, net: Money, beside: i64) -> Money {
    let vat = rate.on(net).expect("in range");
    if vat.is_zero() { vat } else { Money::from_cents((vat.cents() + beside).max(0)) }
}

fn any_line() -> impl Strategy<Value = OrderLine> {
    let figures = (1i64..12_000, any::<bool>(), 0i64..20_000, 0u32..=100, 0usize..5, -1i64..=1);
    (figures, "[a-zéœ€;\"=+-]{0,12}").prop_map(|((thousandths, whole, price, off, rate, beside), label)| {
        let quantity = Decimal::new(if whole { thousandths / 1000 * 1000 + 1000 } else { thousandths }, 3);
        let quantity = Quantity::new(quantity);
        let unit_price = UnitPrice::new(Decimal::new(price, 3));
        let gross = unit_price.times(quantity).expect("in range");
        let discount = Money::from_cents(gross.cents() * i64::from(if off > 50 { 0 } else { off }) / 100);
        let net = gross - discount;
        let vat_rate = VatRate::from_basis_points(RATES[rate]);
        OrderLine {
            id: String::new(),
            article: ArticleCode::new("A").ok(),
            label: format!("x{label}"),
            quantity,
            unit: Unit::Piece,
            unit_price,
            gross,
            discount,
            net,
            vat_rate,
            vat: shop_vat(vat_rate, net, beside),
        }
    })
}

fn any_charge() -> impl Strategy<Value = Charge> {
    (any::<bool>(), 0i64..3000, 0usize..5).prop_map(|(fee, cents, rate)| {
        let vat_rate = VatRate::from_basis_points(RATES[rate]);
        let net = Money::from_cents(cents);
        let kind = if fee { ChargeKind::Fee } else { ChargeKind::Delivery };
        let vat = shop_vat(vat_rate, net, 0);
        Charge { id: String::new(), kind, label: "Frais".into(), net, vat_rate, vat }
    })
}

/// The part of `amount` that `percent` says.
fn part(amount: Money, percent: i64) -> Money {
    Money::from_cents(amount.cents() * percent / 100)
}

/// Any order that adds up, with refunds and several payments.
pub fn any_order() -> impl Strategy<Value = Order> {
    let things = (prop::collection::vec(any_line(), 1..7), prop::collection::vec(any_charge(), 0..4));
    // For each line and charge: what is given back of its quantity and of its money, in percent.
    let back = prop::collection::vec((0i64..=100, 0i64..=100, 0usize..6), 11);
    let money = (0i64..=100, any::<bool>(), prop::collection::vec(0i64..=100, 0..3));
    (things, back, money).prop_map(|((mut lines, mut charges), back, (unnamed, some_unnamed, shares))| {
        lines.iter_mut().enumerate().for_each(|(i, line)| line.id = format!("l{i}"));
        charges.iter_mut().enumerate().for_each(|(i, charge)| charge.id = format!("c{i}"));
        let mut given_back = Vec::new();
        for (i, line) in lines.iter().enumerate() {
            let (quantity, money, how) = back[i];
            let thousandths = line.quantity.to_decimal() * Decimal::from(quantity) / Decimal::ONE_HUNDRED;
            let (quantity, money) = match how {
                0 => (line.quantity, 100),
                1 => (
                    Quantity::new(
                        thousandths.round_dp_with_strategy(3, rust_decimal::RoundingStrategy::ToZero),
                    ),
                    quantity,
                ),
                2 => (line.quantity, money),
                3 => (Quantity::ZERO, money),
                _ => continue,
            };
            let (net, vat) = (part(line.net, money), part(line.vat, money));
            given_back.push(RefundLine { id: line.id.clone(), quantity, net, vat });
        }
        for (i, charge) in charges.iter().enumerate() {
            let (_, money, how) = back[7 + i];
            if how == 0 {
                let (net, vat) = (part(charge.net, money), part(charge.vat, money));
                given_back.push(RefundLine { id: charge.id.clone(), quantity: Quantity::ZERO, net, vat });
            }
        }
        let mut order = order("7", lines, charges);
        let named: Money = given_back.iter().map(|part| part.net + part.vat).sum();
        let unnamed = if some_unnamed { part(order.total - named, unnamed) } else { Money::ZERO };
        if !given_back.is_empty() || !unnamed.is_zero() {
            let created_at = jiff::Timestamp::UNIX_EPOCH;
            let total = named + unnamed;
            order.refunds =
                vec![Refund { id: "r".into(), created_at, reason: String::new(), total, lines: given_back }];
        }
        let mut left = order.total;
        for share in shares {
            let amount = part(left, share);
            left -= amount;
            let (label, reference) = ("Bon".into(), "B".into());
            order.payments.push(Payment { method: "gift_card".into(), label, amount, reference });
        }
        order.payments[0].amount = left;
        order
    })
}

/// A layout with every figure, for one combination of policies.
fn layout_text(shape: &str, promotions: &str, charges: &str, payments: &str, discount: bool) -> String {
    let mut text = format!(
        "[file]\nname = \"{{batch}}\"\nshape = \"{shape}\"\nencoding = \"utf-8\"\nseparator = \";\"\n\
         quote = \"when_needed\"\nline_end = \"lf\"\ndecimal = \".\"\ndate = \"%F\"\nunencodable = \"set_aside\"\n\
         [policy]\npromotions = \"{promotions}\"\npromotion_article = \"REMISE\"\ncharges = \"{charges}\"\n\
         delivery_article = \"PORT\"\nfee_article = \"FRAIS\"\npayments = \"{payments}\"\n"
    );
    let mut column = |record: &str, source: &str| {
        text.push_str(&format!("[[{record}]]\nname = \"{record} {source}\"\nfrom = \"{source}\"\n"));
    };
    if shape == "header_and_lines" {
        column("header", "order.shop");
    }
    for source in HEADER {
        column("header", source);
    }
    if shape == "header_and_lines" {
        column("line", "order.id");
    }
    for source in LINE {
        column("line", source);
    }
    if discount {
        column("line", "line.discount");
    }
    if payments == "record_each" {
        for source in ["payment.method", "payment.number", "payment.amount"] {
            column("payment", source);
        }
    }
    for source in ["file.batch", "file.orders", "file.lines", "file.records", "file.total"] {
        column("trailer", source);
    }
    text
}

const HEADER: [&str; 8] = [
    "order.number",
    "order.net",
    "order.vat",
    "order.total",
    "order.promotion_net",
    "order.delivery_net",
    "order.fee_net",
    "order.payment_total",
];
const LINE: [&str; 7] =
    ["line.quantity", "line.unit_price", "line.label", "line.net", "line.vat", "line.total", "line.article"];

fn figure(text: &str) -> Money {
    text.parse().expect("an amount")
}

/// What another reader finds in a file: the header's figures, the lines' columns, the payments.
#[derive(Default)]
struct Found {
    header: BTreeMap<&'static str, Money>,
    lines: Vec<Vec<String>>,
    payments: Vec<Money>,
    trailer: Vec<String>,
    records: usize,
}

fn read_back(shape: &str, bytes: &[u8]) -> Found {
    let mut reader =
        csv::ReaderBuilder::new().delimiter(b';').has_headers(false).flexible(true).from_reader(bytes);
    let mut found = Found::default();
    let figures = |cells: &[String]| {
        HEADER[1..].iter().copied().zip(cells[1..].iter().map(|cell| figure(cell))).collect()
    };
    for record in reader.records() {
        let row: Vec<String> = record.expect("CSV").iter().map(str::to_owned).collect();
        found.records += 1;
        match (shape, row[0].as_str()) {
            (_, "2026-11-24-001") => found.trailer = row,
            ("header_and_lines", "rungis") => found.header = figures(&row[1..]),
            ("header_and_lines", "7") => found.lines.push(row[1..].to_vec()),
            ("header_and_lines", _) => found.payments.push(figure(&row[2])),
            _ => {
                if !row[0].is_empty() {
                    found.header = figures(&row[..8]);
                }
                found.lines.push(row[8..].to_vec());
            }
        }
    }
    found
}

proptest! {
    #[test]
    fn sums_agree_under_every_policy_and_shape(order in any_order()) {
        prop_assert_eq!(order.check(), Ok(()));
        let back: BTreeMap<&str, Money> =
            order.refunds.iter().flat_map(|r| &r.lines).map(|l| (l.id.as_str(), l.vat)).collect();
        let charge_vat: Money =
            order.charges.iter().map(|c| c.vat - back.get(c.id.as_str()).copied().unwrap_or_default()).sum();
        for shape in ["header_and_lines", "header_repeated", "header_first_row"] {
            for promotions in ["line_per_vat_rate", "spread", "header_field"] {
                for charges in ["line_per_vat_rate", "header_field"] {
                    for payments in ["record_each", "sum", "first"] {
                        if payments == "record_each" && shape != "header_and_lines" {
                            continue;
                        }
                        let discount = payments != "sum";
                        let layout = orders(&layout_text(shape, promotions, charges, payments, discount));
                        let bytes = match try_file(&layout, std::slice::from_ref(&order)) {
                            Ok(bytes) => bytes,
                            Err(faults) => {
                                prop_assert!(faults.iter().all(|(_, fault)| fault.code == "no_lines"), "{:?}", faults);
                                continue;
                            }
                        };
                        let found = read_back(shape, &bytes);
                        let at = |name: &str| found.header[name];
                        let mut net: Money = found.lines.iter().map(|line| figure(&line[3])).sum();
                        let mut vat: Money = found.lines.iter().map(|line| figure(&line[4])).sum();
                        if promotions == "header_field" {
                            net -= at("order.promotion_net");
                        }
                        if charges == "header_field" {
                            net += at("order.delivery_net") + at("order.fee_net");
                            vat += charge_vat;
                        }
                        prop_assert_eq!(net, at("order.net"), "{} {} {}", shape, promotions, charges);
                        prop_assert_eq!(vat, at("order.vat"), "{} {} {}", shape, promotions, charges);
                        prop_assert_eq!(at("order.net") + at("order.vat"), at("order.total"));
                        prop_assert_eq!(at("order.total"), order.total_after_refunds());
                        match payments {
                            "first" => prop_assert!(at("order.payment_total") <= order.total),
                            _ => prop_assert_eq!(at("order.payment_total"), order.total_after_refunds()),
                        }
                        if payments == "record_each" {
                            prop_assert_eq!(found.payments.iter().copied().sum::<Money>(), at("order.total"));
                        }
                        for line in &found.lines {
                            let quantity = Quantity::new(line[0].parse().expect("a quantity"));
                            let price = UnitPrice::new(line[1].parse().expect("a price"));
                            let off = line.get(7).map_or(Money::ZERO, |cell| figure(cell));
                            let computed = price.times(quantity).expect("in range") - off;
                            // The price of a part of a line is the line's, whose amount was rounded.
                            prop_assert!((computed - figure(&line[3])).abs().cents() <= 1, "{:?}", line);
                            prop_assert_eq!(figure(&line[3]) + figure(&line[4]), figure(&line[5]));
                            let known = ["REMISE", "PORT", "FRAIS"].contains(&line[6].as_str());
                            prop_assert!(known || order.lines.iter().any(|l| l.label == line[2]), "{:?}", line);
                        }
                        let trailer: Vec<&str> = found.trailer[1..].iter().map(String::as_str).collect();
                        let expected = ["1".into(), found.lines.len().to_string(), found.records.to_string(), order.total_after_refunds().to_string()];
                        prop_assert_eq!(trailer, expected.iter().map(String::as_str).collect::<Vec<_>>());
                    }
                }
            }
        }
    }
}
