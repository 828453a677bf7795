use passerelle_domain::{OrderId, ShopId};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::erp_files::erp_files;
use crate::strange_json::{spoil, strange_texts, strange_value};

#[path = "map_prices_tests.rs"]
mod prices;

use prices::with_tax_inside;

const ORDER: &str =
    include_str!("../../../../tests/fixtures/woocommerce/order-with-coupon-delivery-and-deposit.json");
const TEN_ORDERS: &str =
    include_str!("../../../../tests/fixtures/woocommerce/orders-ten-in-two-seconds.json");
const NO_REFUNDS: &str = include_str!("../../../../tests/fixtures/woocommerce/refunds-none.json");
const REFUNDED_ORDER: &str =
    include_str!("../../../../tests/fixtures/woocommerce/order-by-weight-refunded-in-part.json");
const REFUNDS: &str =
    include_str!("../../../../tests/fixtures/woocommerce/refunds-goods-delivery-and-money.json");

fn map(order: &str, refunds: &str) -> Result<Order, Rejection> {
    let wire: wire::Order = wire::read(order)?;
    let refunds: Vec<wire::Refund> = wire::read(refunds)?;
    let id = OrderId::new(wire.id.as_str()).expect("an id");
    let key = OrderKey { shop: ShopId::new("rungis").expect("a shop"), id };
    super::order(&Config::default(), &key, &wire, &refunds, &wire::List::default())
}

/// The captured order, changed.
fn changed(change: impl FnOnce(&mut Value)) -> Result<Order, Rejection> {
    let mut order: Value = serde_json::from_str(ORDER).expect("JSON");
    change(&mut order);
    map(&order.to_string(), NO_REFUNDS)
}

fn refused(code: &str, field: &str, change: impl FnOnce(&mut Value)) {
    let rejection = changed(change).expect_err(field);
    assert_eq!((rejection.code.as_str(), rejection.field.as_str()), (code, field), "{rejection}");
}

fn amount(text: &str) -> Money {
    text.parse().expect("an amount")
}

#[test]
fn the_captured_order_with_coupon_delivery_and_deposit() {
    insta::assert_json_snapshot!(map(ORDER, NO_REFUNDS).expect("understood"));
}

#[test]
fn the_captured_page_of_orders() {
    let rows: Vec<Value> = serde_json::from_str(TEN_ORDERS).expect("JSON");
    let orders: Vec<Order> =
        rows.iter().map(|row| map(&row.to_string(), NO_REFUNDS).expect("understood")).collect();
    assert_eq!(orders.len(), 10);
    insta::assert_json_snapshot!(orders[0]);
}

#[test]
fn an_order_by_weight_with_two_payments_refunded_in_part() {
    insta::assert_json_snapshot!(map(REFUNDED_ORDER, REFUNDS).expect("understood"));
}

/// The captured order has no coupon: here two are made up, one of them on a line that is refunded in part.
#[test]
fn such_an_order_with_two_coupons_ends_in_the_erps_files() {
    let mut order: Value = serde_json::from_str(REFUNDED_ORDER).expect("JSON");
    for (at, subtotal, tax) in [(0, "52.00", "2.86"), (1, "11.25", "2.25")] {
        let line = &mut order["line_items"][at];
        line["subtotal"] = json!(subtotal);
        line["subtotal_tax"] = json!(tax);
        line["taxes"][0]["subtotal"] = json!(tax);
    }
    order["coupon_lines"] = json!([
        { "id": 210, "code": "poisson10", "discount": "5.00", "discount_tax": "0.27", "meta_data": [] },
        { "id": 211, "code": "huile2", "discount": "2.00", "discount_tax": "0.40", "meta_data": [] },
    ]);
    order["discount_total"] = json!("7.00");
    order["discount_tax"] = json!("0.67");
    let order = map(&order.to_string(), REFUNDS).expect("understood");
    assert_eq!(order.promotions.len(), 2);
    insta::assert_snapshot!(erp_files(&order));
}

#[test]
fn a_float_keeps_the_digits_it_was_written_with() {
    let order = changed(|o| {
        o["line_items"][0]["quantity"] = json!(2.675);
        o["line_items"][0]["total"] = json!(36.05);
    });
    let line = &order.expect("understood").lines[0];
    assert_eq!(line.quantity.to_string(), "2.675");
    assert_eq!(line.net, amount("36.05"));
}

#[test]
fn what_plugins_do_to_types_is_read_where_it_is_clear() {
    let order = changed(|o| {
        o["id"] = json!("13");
        o["number"] = json!(13);
        o["line_items"][0]["price"] = json!("");
        o["line_items"][0]["quantity"] = json!("3");
        o["line_items"][0]["sku"] = json!(1234);
        o["billing"]["phone"] = json!(null);
        o["customer_note"] = json!(false);
        o["refunds"] = json!({});
        o["line_items"] = json!({ "1": o["line_items"][0], "4": o["line_items"][1] });
        o["new_in_version_12"] = json!([1]);
    });
    let order = order.expect("understood");
    assert_eq!(order.lines[0].article.as_ref().expect("an article").as_str(), "1234");
    assert_eq!(order.lines.len(), 2);
}

#[test]
fn what_cannot_be_read_is_named_by_the_shops_field() {
    refused("unreadable", "line_items[1].taxes", |o| o["line_items"][1]["taxes"] = json!("x"));
    refused("invalid_number", "line_items[0].total", |o| o["line_items"][0]["total"] = json!("36,05"));
    refused("invalid_number", "line_items[0].quantity", |o| o["line_items"][0]["quantity"] = json!(-1));
    refused("invalid_amount", "total", |o| o["total"] = json!("99.044"));
    refused("missing", "line_items[0].total", |o| o["line_items"][0]["total"] = json!(""));
    refused("missing", "total", |o| o["total"] = json!(null));
    refused("invalid_time", "date_created_gmt", |o| o["date_created_gmt"] = json!(null));
    refused("invalid_article", "line_items[0].sku", |o| o["line_items"][0]["sku"] = json!("x".repeat(36)));
    let meta = |key: &str, value: &str| json!([{ "key": key, "value": value }]);
    refused("invalid_customer_code", "meta_data._erp_code", |o| o["meta_data"] = meta("_erp_code", "C#1"));
    refused("invalid_date", "meta_data._delivery_date", |o| {
        o["meta_data"] = meta("_delivery_date", "demain");
    });
    refused("invalid_payment", "meta_data._payments", |o| o["meta_data"] = meta("_payments", "20 €"));
    refused("invalid_unit", "line_items[0].meta_data._unit", |o| {
        o["line_items"][0]["meta_data"] = meta("_unit", "botte");
    });
    assert_eq!(
        changed(|o| o["line_items"][1]["taxes"] = json!("x")).expect_err("unreadable").value,
        "x",
        "the value comes with the path"
    );
}

#[test]
fn totals_that_do_not_add_up_are_refused_with_both_figures() {
    let rejection = changed(|o| o["total"] = json!("99.18")).expect_err("14 cents too much");
    assert_eq!((rejection.code.as_str(), rejection.field.as_str()), ("totals_mismatch", "total"));
    assert_eq!(rejection.value, "shop says 99.18, its parts give 99.04");
}

#[test]
fn a_line_has_one_vat_rate() {
    let tax = |id: u32, total: &str| json!({ "id": id, "total": total });
    // A rate that does not apply is listed with nothing.
    let order = changed(|o| o["line_items"][0]["taxes"] = json!([tax(2, ""), tax(1, "1.98")]));
    assert_eq!(order.expect("understood").lines[0].vat_rate.to_string(), "5.5");
    refused("several_vat_rates", "line_items[0].taxes", |o| {
        o["line_items"][0]["taxes"] = json!([tax(1, "1.00"), tax(2, "0.98")]);
    });
    refused("unknown_vat_rate", "line_items[0].taxes[0].id", |o| {
        o["line_items"][0]["taxes"] = json!([tax(9, "1.98")]);
    });
    refused("unknown_vat_rate", "line_items[0].taxes", |o| o["line_items"][0]["taxes"] = json!([]));
}

#[test]
fn a_total_raised_by_hand_is_another_price_and_no_negative_discount() {
    let order = changed(|o| o["line_items"][0]["subtotal"] = json!("30.00")).expect("understood");
    let line = &order.lines[0];
    assert_eq!((line.gross, line.discount, line.net), (amount("36.05"), Money::ZERO, amount("36.05")));
}

#[test]
fn a_negative_fee_is_a_charge() {
    let order = changed(|o| {
        o["fee_lines"][0]["total"] = json!("-4.00");
        o["total"] = json!("91.04");
    });
    assert_eq!(order.expect("understood").charges[1].net, amount("-4.00"));
}

#[test]
fn a_coupon_without_an_amount_took_nothing_off() {
    let order = changed(|o| {
        o["coupon_lines"] = json!([{ "code": "a" }, { "code": "b", "discount": "-7.89" }]);
    });
    let amounts: Vec<Money> = order.expect("understood").promotions.iter().map(|p| p.amount).collect();
    assert_eq!(amounts, [Money::ZERO, amount("7.89")]);
}

#[test]
fn the_main_method_pays_what_the_others_leave() {
    let with = |method: &str, card: &str| {
        let list =
            json!([{ "method": "gift_card", "title": "Bon d'achat", "amount": card, "reference": "B-1" }]);
        // As a list or as text: the plugin may register the field either way.
        let as_list = changed(|o| {
            o["payment_method"] = json!(method);
            o["meta_data"] = json!([{ "key": "_payments", "value": list }]);
        });
        let as_text = changed(|o| {
            o["payment_method"] = json!(method);
            o["meta_data"] = json!([{ "key": "_payments", "value": list.to_string() }]);
        });
        assert_eq!(as_list, as_text);
        as_list.map(|order| {
            order.payments.iter().map(|p| format!("{} {}", p.method, p.amount)).collect::<Vec<_>>()
        })
    };
    assert_eq!(with("bacs", "20.00").expect("understood"), ["bacs 79.04", "gift_card 20.00"]);
    assert_eq!(with("bacs", "99.04").expect("understood"), ["gift_card 99.04"]);
    assert_eq!(with("", "99.04").expect("understood"), ["gift_card 99.04"]);
    assert_eq!(with("", "20.00").expect_err("79.04 open").field, "payments");
    assert_eq!(with("bacs", "99.05").expect_err("a cent too much").code, "payments_exceed_total");
    assert_eq!(with("bacs", "-1").expect_err("negative").code, "invalid_payment");
}

#[test]
fn states_mean_what_the_configuration_says() {
    use passerelle_domain::OrderState::{Cancelled, Confirmed, Pending};
    for (status, state) in [
        ("processing", Confirmed),
        ("wc-completed", Confirmed),
        ("refunded", Cancelled),
        ("trash", Cancelled),
        ("on-hold", Pending),
        ("checkout-draft", Pending),
    ] {
        assert_eq!(changed(|o| o["status"] = json!(status)).expect("understood").state, state, "{status}");
    }
}

#[test]
fn the_customer_is_who_the_shop_knows() {
    let order = changed(|o| {
        o["customer_id"] = json!(0);
        o["billing"]["company"] = json!("");
        o["meta_data"] = json!([
            { "key": "_erp_code", "value": "C00041" },
            { "key": "_billing_siret", "value": "404 833 048 00022" },
            { "key": "_erp_code", "value": "C00042" },
        ]);
    });
    let customer = order.expect("understood").customer;
    assert_eq!(customer.shop_id, None, "a guest");
    assert_eq!(customer.name, "Zoé L’Hôte");
    assert_eq!(customer.code.expect("a code").as_str(), "C00042", "the newest of two");
    assert_eq!(customer.siret.expect("a SIRET").as_str(), "40483304800022");
}

#[test]
fn an_own_delivery_address_lacks_only_what_the_shop_never_asks() {
    let order = changed(|o| {
        o["billing"]["phone"] = json!("0612345678");
        o["shipping"] = json!({ "company": "Caf&eacute; &amp; Co", "address_1": "2 quai", "city": "Paris" });
    });
    let delivery = order.expect("understood").delivery;
    assert_eq!((delivery.line1.as_str(), delivery.phone.as_str()), ("2 quai", "0612345678"));
    assert_eq!((delivery.country.as_str(), delivery.name.as_str()), ("FR", "Caf&eacute; & Co"));
}

#[test]
fn an_order_that_lacks_a_refund_is_refused_unless_it_is_in_the_trash() {
    let list = |o: &mut Value| o["refunds"] = json!([{ "id": 99, "reason": "", "total": "-1.00" }]);
    refused("refund_missing", "refunds", list);
    let trashed = changed(|o| {
        list(o);
        o["status"] = json!("trash");
    });
    assert!(trashed.expect("understood").refunds.is_empty());
}

#[test]
fn a_refund_of_no_line_of_the_order_is_refused() {
    let mut refunds: Value = serde_json::from_str(REFUNDS).expect("JSON");
    refunds[1]["line_items"][0]["meta_data"] = json!([]);
    let rejection = map(REFUNDED_ORDER, &refunds.to_string()).expect_err("no line named");
    assert_eq!(rejection.field, "refunds[1].line_items[0].meta_data._refunded_item_id");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, ..ProptestConfig::default() })]

    #[test]
    fn no_value_in_any_field_makes_it_panic(
        spots in prop::collection::vec(0usize..400, 1..4),
        with in strange_value(),
    ) {
        for (order, refunds) in [(ORDER, NO_REFUNDS), (REFUNDED_ORDER, REFUNDS)] {
            let mut order: Value = serde_json::from_str(order).expect("JSON");
            let mut refunds: Value = serde_json::from_str(refunds).expect("JSON");
            for spot in &spots {
                spoil(&mut order, *spot, &with);
                spoil(&mut refunds, spot / 3, &with);
            }
            if let Ok(wire) = wire::read::<wire::Order>(&order.to_string()) {
                let key = OrderKey { shop: ShopId::new("rungis").expect("a shop"), id: OrderId::new("1").expect("an id") };
                if let Ok(refunds) = wire::read::<Vec<wire::Refund>>(&refunds.to_string()) {
                    drop(super::order(&Config::default(), &key, &wire, &refunds, &wire::List::default()));
                }
            }
        }
    }

    #[test]
    fn no_text_makes_it_panic(texts in strange_texts(ORDER)) {
        for text in texts {
            drop(wire::read::<wire::Order>(&text));
        }
    }
}

#[test]
fn several_coupons_and_fees_and_delivery_in_one_order() {
    let mut order = with_tax_inside();
    // 20 % off and then 1.00: 8.333333 - 1.666667 - 0.277778 a line.
    for (i, line) in order["line_items"].as_array_mut().expect("lines").iter_mut().enumerate() {
        line["total"] = json!("6.388889");
        line["total_tax"] = json!("1.277778");
        line["taxes"] = json!([{ "id": 1, "total": "1.277778" }]);
        line["id"] = json!(i + 1);
    }
    order["coupon_lines"] = json!([
        { "code": "rungis20", "discount": "5.000000", "discount_tax": "1.000000" },
        { "code": "caf&eacute;", "discount": "0.833333" },
    ]);
    let charge = |id: u32, name: &str, net: &str, vat: &str| json!({ "id": id, "name": name, "total": net, "total_tax": vat, "taxes": [{ "id": 1, "total": vat }] });
    order["fee_lines"] =
        json!([charge(7, "Consigne", "4.000000", "0.800000"), charge(8, "Remise", "-1.000000", "-0.200000")]);
    order["shipping_lines"] = json!([charge(6, "Livraison", "12.50", "2.50")]);
    // 19.166667 + 3 + 12.50 net, 3.833334 + 0.60 + 2.50 VAT.
    order["total"] = json!("41.60");
    order["total_tax"] = json!("6.93");
    let order = map(&order.to_string(), NO_REFUNDS).expect("understood");
    let promotions: Vec<(&str, String)> =
        order.promotions.iter().map(|p| (p.code.as_str(), p.amount.to_string())).collect();
    assert_eq!(promotions, [("rungis20", "5.00".to_owned()), ("caf&eacute;", "0.83".to_owned())]);
    let charges: Vec<(ChargeKind, String)> =
        order.charges.iter().map(|c| (c.kind, c.net.to_string())).collect();
    let fee = ChargeKind::Fee;
    assert_eq!(
        charges,
        [(ChargeKind::Delivery, "12.50".into()), (fee, "4.00".into()), (fee, "-1.00".into())]
    );
    let discount: Money = order.lines.iter().map(|line| line.discount).sum();
    assert_eq!(discount.to_string(), "5.82", "of 5.83: gross and net are rounded apart");
}

#[test]
fn what_the_order_lacks_is_looked_for_with_the_customer() {
    let mut config = Config::default();
    config.customer_meta.erp_code = "code_client".into();
    config.customer_meta.siret = "siret".into();
    config.customer_meta.vat_number = "tva".into();
    let wire: wire::Order = wire::read(&with_tax_inside().to_string()).expect("an order");
    let kept = json!([
        { "key": "code_client", "value": "C00042" }, { "key": "siret", "value": "73282932000074" },
        { "key": "tva", "value": "FR44732829320" },
    ]);
    let kept: wire::List<wire::Meta> = wire::read(&kept.to_string()).expect("meta data");
    let key =
        OrderKey { shop: ShopId::new("rungis").expect("a shop"), id: OrderId::new("9").expect("an id") };
    let customer = super::order(&config, &key, &wire, &[], &kept).expect("understood").customer;
    assert_eq!(customer.code.expect("a code").as_str(), "C00042");
    assert_eq!(customer.siret.expect("a SIRET").to_string(), "73282932000074");
    assert_eq!(customer.vat_number, "FR44732829320");
    // What the order says itself goes first.
    let mut wire = wire;
    wire.meta_data = wire::read(r#"[{"key": "_erp_code", "value": "C00099"}]"#).expect("meta data");
    let customer = super::order(&config, &key, &wire, &[], &kept).expect("understood").customer;
    assert_eq!(customer.code.expect("a code").as_str(), "C00099");
}
