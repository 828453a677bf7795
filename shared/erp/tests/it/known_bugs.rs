//! Bugs of other connectors, as their users describe them: each is a test here.

use passerelle_domain::{Charge, ChargeKind, Money, Order, Promotion, Unit, UnitPrice};
use passerelle_erp::orders::OrderToWrite;

use crate::read_back::{Reader, Record};
use crate::samples::*;
use crate::shipped::{SHIPPED, layout_text, shipped};

fn read(name: &str, write: OrderToWrite<'_>) -> Vec<Record> {
    let written =
        shipped(name).write(&batch(), &[write]).unwrap_or_else(|faults| panic!("{name}: {faults:?}"));
    Reader::new(&layout_text(name)).read(&written.files)
}

fn new(name: &str, order: &Order) -> Vec<Record> {
    order.check().expect("adds up");
    read(name, OrderToWrite::from(order))
}

fn lines(records: &[Record]) -> Vec<&Record> {
    records.iter().filter(|record| record.kind == "line").collect()
}

/// The net of all lines, charges and header fields, as each layout writes it.
fn net(records: &[Record]) -> Money {
    let header = records.iter().find(|record| record.kind == "header").expect("a header");
    let sent = |source: &str| if header.has(source) { header.amount(source) } else { Money::ZERO };
    let line = |record: &Record| match record.kind.as_str() {
        "line" if record.has("line.net") => record.amount("line.net"),
        "line" => {
            Money::round(record.number("line.quantity") * record.number("line.unit_price")).expect("in range")
        }
        "charge" => record.amount("charge.net"),
        _ => Money::ZERO,
    };
    let records: Money = records.iter().map(line).sum();
    records + sent("order.delivery_net") + sent("order.fee_net") - sent("order.promotion_net")
}

#[test]
fn two_at_48_00_with_20_percent_off_and_one_refunded_give_38_40() {
    let mut order = order("1", vec![line("1", "ART", "2", Unit::Piece, "48.00", "19.20", "20")], vec![]);
    order.refunds = vec![refund("1", "1", "38.40", "7.68")];
    for name in SHIPPED {
        assert_eq!(net(&new(name, &order)), money("38.40"), "{name}");
    }
}

#[test]
fn a_second_discount_does_not_go_missing() {
    let mut order = order(
        "1",
        vec![
            line("1", "A", "4", Unit::Piece, "25.00", "14.50", "5.5"),
            line("2", "B", "1", Unit::Piece, "10.00", "1.45", "20"),
        ],
        vec![],
    );
    for (code, amount) in [("MOINS10", "11.00"), ("CINQ", "4.95")] {
        order.promotions.push(Promotion { code: code.into(), amount: money(amount) });
    }
    for name in SHIPPED {
        assert_eq!(net(&new(name, &order)), money("94.05"), "{name}");
    }
}

#[test]
fn thirty_six_at_34_46_that_the_shop_says_are_1240_70_are_1240_70() {
    let mut goods = line("1", "ART", "36", Unit::Piece, "34.46", "0", "5.5");
    assert_eq!(goods.gross, money("1240.56"));
    (goods.gross, goods.net) = (money("1240.70"), money("1240.70"));
    goods.vat = goods.vat_rate.on(goods.net).expect("in range");
    let order = order("1", vec![goods], vec![]);
    for name in SHIPPED {
        let records = new(name, &order);
        assert_eq!(net(&records), money("1240.70"), "{name}");
        let written = lines(&records)[0];
        let price = UnitPrice::new(written.number("line.unit_price"));
        if name == "fixed-width" {
            assert_eq!(price.to_string(), "34.4639", "the ERP takes four decimals");
        } else {
            assert_eq!(price.times(36.into()), Ok(money("1240.70")), "{name}: the ERP multiplies");
        }
    }
    let repairs = shipped("generic").check(&order).expect("taken");
    assert_eq!(
        (repairs[0].field.as_str(), repairs[0].from.as_str(), repairs[0].to.as_str()),
        ("lines[0].unit_price", "34.46", "34.463889")
    );
}

#[test]
fn an_exchange_does_not_double_the_credit() {
    let before = order("1", vec![line("1", "A", "1", Unit::Piece, "30.00", "0", "20")], vec![]);
    let mut after = before.clone();
    after.lines.push(line("2", "B", "1", Unit::Piece, "40.00", "0", "20"));
    (after.total, after.vat_total) = (money("84.00"), money("14.00"));
    after.payments[0].amount = money("84.00");
    after.refunds = vec![refund("1", "1", "30.00", "6.00")];
    after.check().expect("adds up");
    let records = read("el-records", OrderToWrite { order: &after, previous: Some(&before) });
    let sent: Vec<_> = lines(&records)
        .into_iter()
        .map(|line| (line.text("line.article").to_owned(), line.amount("line.net")))
        .collect();
    assert_eq!(sent, [("A".to_owned(), money("-30.00")), ("B".to_owned(), money("40.00"))]);
    let header = records.iter().find(|record| record.kind == "header").expect("a header");
    assert_eq!(header.amount("order.total"), money("12.00"));
    // The day after, nothing changed: nothing is sent twice.
    assert!(lines(&read("el-records", OrderToWrite { order: &after, previous: Some(&after) })).is_empty());
}

#[test]
fn one_kilogram_234_is_not_read_as_one_thousand() {
    let order = order("1", vec![line("1", "POIR-KG", "1.234", Unit::Kilogram, "3.98", "0", "5.5")], vec![]);
    for name in SHIPPED {
        let records = new(name, &order);
        assert_eq!(lines(&records)[0].number("line.quantity").to_string(), "1.234", "{name}");
    }
}

#[test]
fn prices_with_tax_keep_the_shops_vat_to_the_cent() {
    // 3 x 1.99 with tax: 5.97 is 5.66 and 0.31, though 5.5 % of 5.66 is 0.31 and of 3 x 1.886 is 0.31;
    // and 0.99 with tax is 0.94 and 0.05.
    let mut goods = line("1", "A", "3", Unit::Piece, "1.886256", "0", "5.5");
    assert_eq!((goods.gross, goods.vat), (money("5.66"), money("0.31")));
    goods.vat = money("0.32");
    let order = order("1", vec![goods, line("2", "B", "1", Unit::Piece, "0.94", "0", "5.5")], vec![]);
    for name in SHIPPED {
        let records = new(name, &order);
        assert_eq!(net(&records), money("6.60"), "{name}");
        if lines(&records)[0].has("line.vat") {
            let vat: Money = lines(&records).iter().map(|line| line.amount("line.vat")).sum();
            assert_eq!(vat, money("0.37"), "{name}");
        }
    }
}

#[test]
fn a_discount_on_delivery_counts_as_less_or_as_its_own_charge() {
    let charge = |id: &str, net: &str, vat: &str| Charge {
        id: id.into(),
        kind: ChargeKind::Delivery,
        label: "Livraison Paris".into(),
        net: money(net),
        vat_rate: "20".parse().expect("a rate"),
        vat: money(vat),
    };
    let goods = || line("1", "A", "1", Unit::Piece, "100.00", "0", "5.5");
    let less = order("1", vec![goods()], vec![charge("d", "6.25", "1.25")]);
    let mut apart =
        order("1", vec![goods()], vec![charge("d", "12.50", "2.50"), charge("p", "-6.25", "-1.25")]);
    apart.payments[0].amount = apart.total;
    for name in SHIPPED {
        assert_eq!(net(&new(name, &less)), money("106.25"), "{name}");
        assert_eq!(net(&new(name, &apart)), money("106.25"), "{name}");
    }
    let free = order("1", vec![goods()], vec![charge("d", "0", "0")]);
    for name in SHIPPED {
        assert_eq!(net(&new(name, &free)), money("100.00"), "{name}");
    }
}

#[test]
fn a_price_with_endless_decimals_has_six_and_makes_the_same_amount() {
    let mut goods = line("1", "ART", "3", Unit::Piece, "12.016666666666667", "0", "5.5");
    assert_eq!(goods.gross, money("36.05"));
    goods.unit_price = UnitPrice::new("12.016666666666666666".parse().expect("a price"));
    let order = order("1", vec![goods], vec![]);
    for name in SHIPPED {
        let records = new(name, &order);
        assert_eq!(net(&records), money("36.05"), "{name}");
        assert!(lines(&records)[0].text("line.unit_price").starts_with("12.01"), "{name}");
    }
}
