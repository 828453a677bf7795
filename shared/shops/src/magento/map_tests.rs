use passerelle_domain::{OrderId, ShopId};
use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::erp_files::erp_files;
use crate::magento::fault::Fault;
use crate::strange_json::{spoil, strange_texts, strange_value};

#[path = "map_refunds_tests.rs"]
mod refunds;

const INCLUDED: &str =
    include_str!("../../../../tests/fixtures/magento/order-tax-included-coupons-gift-card-bundle.json");
const EXCLUDED: &str =
    include_str!("../../../../tests/fixtures/magento/order-tax-excluded-partly-cancelled.json");
const MEMOS: &str =
    include_str!("../../../../tests/fixtures/magento/creditmemos-goods-delivery-and-adjustment.json");
const CUSTOMER: &str =
    include_str!("../../../../tests/fixtures/magento/customer-with-erp-code-and-siret.json");

fn config() -> Config {
    let text = r#"
        [[fees]]
        label = "Frais de paiement"
        amount = "extension_attributes.payment_fee"
        tax = "extension_attributes.payment_fee_tax"
        vat_rate = "20"
    "#;
    toml::from_str(text).expect("a configuration")
}

fn json_of(text: &str) -> Value {
    wire::parse(text).expect("JSON")
}

fn map_with(config: &Config, order: &Value, memos: &Value) -> Result<Order, Rejection> {
    let key =
        OrderKey { shop: ShopId::new("rungis").expect("a shop"), id: OrderId::new("57").expect("an id") };
    let memos = memos.as_array().cloned().unwrap_or_default();
    let customer = json_of(CUSTOMER);
    super::order(config, &key, Parts { order, memos: &memos, customer: Some(&customer) })
}

/// The order with prices that include tax, and its credit memo, changed.
fn changed(change: impl FnOnce(&mut Value, &mut Value)) -> Result<Order, Rejection> {
    let (mut order, mut memos) = (json_of(INCLUDED), json_of(MEMOS));
    change(&mut order, &mut memos);
    map_with(&config(), &order, &memos)
}

/// The order with prices without tax, changed.
fn changed_excluded(change: impl FnOnce(&mut Value)) -> Result<Order, Rejection> {
    let mut order = json_of(EXCLUDED);
    change(&mut order);
    map_with(&config(), &order, &json!([]))
}

fn refused(code: &str, field: &str, change: impl FnOnce(&mut Value, &mut Value)) {
    let rejection = changed(change).expect_err(field);
    assert_eq!((rejection.code.as_str(), rejection.field.as_str()), (code, field), "{rejection}");
}

fn amount(text: &str) -> Money {
    text.parse().expect("an amount")
}

#[test]
fn an_order_with_tax_in_its_prices_and_a_partial_refund() {
    let order = changed(|_, _| {}).expect("understood");
    assert_eq!((order.total, order.total_after_refunds()), (amount("110.57"), amount("91.02")));
    insta::assert_json_snapshot!(order);
}

#[test]
fn such_an_order_ends_in_the_erps_files() {
    let order = changed(|_, _| {}).expect("understood");
    insta::assert_snapshot!(erp_files(&order));
}

#[test]
fn an_order_without_tax_in_its_prices_of_which_a_part_was_cancelled() {
    let order = changed_excluded(|_| {}).expect("understood");
    assert_eq!((order.total, order.lines[0].quantity.to_string().as_str()), (amount("89.25"), "3"));
    insta::assert_json_snapshot!(order);
}

#[test]
fn of_a_composite_product_the_line_counts_that_carries_the_price() {
    let ids = |order: &Order| order.lines.iter().map(|line| line.id.clone()).collect::<Vec<_>>();
    // Configurable: the whole; a bundle of dynamic price: the parts.
    let order = changed(|_, _| {}).expect("understood");
    assert_eq!(ids(&order), ["101", "103", "105", "106"]);
    assert_eq!(order.lines[0].article.as_ref().expect("an article").as_str(), "TOM-GRAPPE-6");
    // A bundle of fixed price: the whole.
    assert_eq!(ids(&changed_excluded(|_| {}).expect("understood")), ["111", "112"]);
    // The article is the chosen variant's, whatever the whole is called.
    let order = changed(|o, _| o["items"][0]["sku"] = json!("TOM-GRAPPE")).expect("understood");
    assert_eq!(order.lines[0].article.as_ref().expect("an article").as_str(), "TOM-GRAPPE-6");
    // A part whose whole is not in the answer stands for itself.
    let order = changed(|o, _| {
        o["items"][4]["parent_item_id"] = json!(9_999);
        o["items"][5]["parent_item_id"] = json!(9_999);
        o["items"].as_array_mut().expect("lines").remove(3);
    });
    assert_eq!(ids(&order.expect("understood")), ["101", "103", "105", "106"]);
}

#[test]
fn the_tax_inside_a_discount_is_no_discount() {
    let order = changed(|_, _| {}).expect("understood");
    let line = &order.lines[0];
    assert_eq!((line.gross, line.discount, line.net), (amount("38.39"), amount("3.84"), amount("34.55")));
    assert_eq!(line.vat_rate.on(line.net).expect("in range"), line.vat);
    let delivery = &order.charges[0];
    assert_eq!((delivery.net, delivery.vat), (amount("11.25"), amount("2.25")));
}

#[test]
fn what_cannot_be_read_is_named_by_the_shops_field() {
    refused("unreadable", "items[2].tax_percent", |o, _| o["items"][2]["tax_percent"] = json!(["x"]));
    refused("unreadable", "items", |o, _| o["items"] = json!("x"));
    refused("invalid_number", "items[0].row_total", |o, _| o["items"][0]["row_total"] = json!("38,39"));
    refused("invalid_number", "items[0].qty_ordered", |o, _| o["items"][0]["qty_ordered"] = json!(-1));
    refused("invalid_amount", "items[0].row_total", |o, _| o["items"][0]["row_total"] = json!(38.3951));
    refused("invalid_number", "grand_total", |o, _| o["grand_total"] = json!(1e300));
    refused("missing", "grand_total", |o, _| o["grand_total"] = json!(null));
    refused("missing", "items[0].row_total", |o, _| o["items"][0]["row_total"] = json!(null));
    refused("invalid_time", "created_at", |o, _| o["created_at"] = json!("hier"));
    refused("invalid_article", "items[2].sku", |o, _| o["items"][2]["sku"] = json!("x".repeat(36)));
    refused("invalid_vat_rate", "items[2].tax_percent", |o, _| o["items"][2]["tax_percent"] = json!(120));
    refused("unknown_vat_rate", "items[2].tax_percent", |o, _| o["items"][2]["tax_percent"] = json!(0));
    refused("invalid_unit", "items[0].extension_attributes.unit", |o, _| {
        o["items"][0]["extension_attributes"]["unit"] = json!("botte");
    });
    refused("invalid_date", "extension_attributes.delivery_date", |o, _| {
        o["extension_attributes"]["delivery_date"] = json!("demain");
    });
    refused("invalid_customer_code", "extension_attributes.erp_code", |o, _| {
        o["extension_attributes"]["erp_code"] = json!("C#1");
    });
    refused("unreadable", "items[2].weee_tax_applied", |o, _| {
        o["items"][2]["weee_tax_applied"] = json!("[{");
    });
    refused("unreadable", "creditmemos[0].items[0].qty", |_, m| m[0]["items"][0]["qty"] = json!({}));
    refused("missing", "creditmemos[0].grand_total", |_, m| m[0]["grand_total"] = json!(null));
}

#[test]
fn totals_that_do_not_add_up_are_refused_with_both_figures() {
    let rejection = changed(|o, _| o["grand_total"] = json!(85.14)).expect_err("14 cents too much");
    assert_eq!((rejection.code.as_str(), rejection.field.as_str()), ("totals_mismatch", "total"));
    assert_eq!(rejection.value, "shop says 110.71, its parts give 110.57");
}

#[test]
fn what_php_makes_of_empty_and_of_numbers_is_read_where_it_is_clear() {
    let order = changed(|o, _| {
        let items = o["items"].as_array().cloned().expect("lines");
        o["items"] = items.into_iter().enumerate().map(|(i, item)| (i.to_string(), item)).collect();
        o["grand_total"] = json!("85.0000");
        o["items"]["0"]["qty_ordered"] = json!("3.0000");
        o["status_histories"] = json!(null);
        o["payment"]["additional_information"] = json!(null);
        o["customer_note"] = json!(false);
        o["new_in_version_3"] = json!([{}]);
    });
    let order = order.expect("understood");
    assert_eq!((order.lines.len(), order.note.as_str()), (4, ""));
    let order = changed_excluded(|o| o["extension_attributes"] = json!([])).expect("understood");
    assert_eq!(order.delivery, order.billing, "without a delivery, as for vouchers");
}

#[test]
fn an_order_in_a_foreign_currency_is_read_in_the_shops_own() {
    fn scramble(value: &mut Value) {
        match value {
            Value::Array(items) => items.iter_mut().for_each(scramble),
            Value::Object(fields) => {
                let names: Vec<String> = fields.keys().cloned().collect();
                for name in names {
                    let base = format!("base_{name}");
                    let short = base.strip_suffix("_amount").map(|stem| format!("{stem}_amnt"));
                    if fields.contains_key(&base) || short.is_some_and(|short| fields.contains_key(&short)) {
                        fields[&name] = json!(987.65);
                    }
                }
                fields.values_mut().for_each(scramble);
            }
            _ => {}
        }
    }
    let order = changed(|o, m| {
        scramble(o);
        scramble(m);
        o["order_currency_code"] = json!("USD");
        m[0]["order_currency_code"] = json!("USD");
        let text = o["items"][2]["weee_tax_applied"].as_str().expect("a text");
        let mut taxes = json_of(text);
        scramble(&mut taxes);
        o["items"][2]["weee_tax_applied"] = json!(taxes.to_string());
    });
    assert_eq!(order.expect("understood"), changed(|_, _| {}).expect("understood"));
}

#[test]
fn a_status_means_more_than_its_state() {
    use OrderState::{Cancelled, Confirmed, Pending};
    let config = Config {
        states: crate::magento::config::States {
            pending: vec!["attente_validation".into()],
            ..Default::default()
        },
        ..config()
    };
    for (state, status, meaning) in [
        ("processing", "processing", Confirmed),
        ("processing", "en_preparation", Confirmed),
        ("processing", "attente_validation", Pending),
        ("complete", "complete", Confirmed),
        ("new", "pending", Pending),
        ("payment_review", "fraud", Pending),
        ("pending_payment", "pending_payment", Pending),
        ("holded", "holded", Pending),
        ("canceled", "canceled", Cancelled),
    ] {
        let mut order = json_of(INCLUDED);
        order["state"] = json!(state);
        order["status"] = json!(status);
        let order = map_with(&config, &order, &json_of(MEMOS)).expect("understood");
        assert_eq!((order.state, order.shop_state.as_str()), (meaning, status), "{state}");
    }
}

#[test]
fn gift_cards_are_payments_and_their_codes_stay_in_the_shop() {
    let payments = |order: Order| {
        order
            .payments
            .iter()
            .map(|p| format!("{} {} {}", p.method, p.amount, p.reference))
            .collect::<Vec<_>>()
    };
    assert_eq!(
        payments(changed(|_, _| {}).expect("understood")),
        ["stripe_payments 85.00 pi_3QX1", "gift_card 20.00 77Z9", "store_credit 5.57 "]
    );
    let points = changed(|o, _| {
        o["grand_total"] = json!(75);
        o["extension_attributes"]["reward_currency_amount"] = json!(10);
    });
    assert_eq!(payments(points.expect("understood"))[3], "reward_points 10.00 ");
    let unlisted = changed(|o, _| o["extension_attributes"]["gift_cards"] = json!(null));
    assert_eq!(payments(unlisted.expect("understood"))[1], "gift_card 20.00 ");
    refused("invalid_payment", "extension_attributes.gift_cards_amount", |o, _| {
        o["extension_attributes"]["gift_cards_amount"] = json!(-20);
    });
}

#[test]
fn several_coupons_are_one_promotion_and_no_rule_is_lost() {
    let promotions = |coupon: Value, rules: Value| {
        let order = changed(|o, _| {
            o["coupon_code"] = coupon;
            o["discount_description"] = rules;
        });
        let promotions = order.expect("understood").promotions;
        promotions.iter().map(|p| format!("{} {}", p.code, p.amount)).collect::<Vec<_>>()
    };
    assert_eq!(promotions(json!("PROMO10, FIDELITE,"), json!(null)), ["PROMO10, FIDELITE 10.64"]);
    assert_eq!(promotions(json!(null), json!("Remise fidélité")), ["Remise fidélité 10.64"]);
    assert_eq!(promotions(json!(null), json!(null)), ["remise 10.64"]);
    let free = changed_excluded(|o| o["coupon_code"] = json!("PORT-OFFERT")).expect("understood");
    assert_eq!(free.promotions[0].code, "PORT-OFFERT");
    assert!(changed_excluded(|_| {}).expect("understood").promotions.is_empty());
}

#[test]
fn delivery_and_fees_get_the_rate_that_is_named_or_makes_their_vat() {
    let rates =
        |order: Order| order.charges.iter().map(|c| format!("{} {}", c.id, c.vat_rate)).collect::<Vec<_>>();
    assert_eq!(
        rates(changed(|_, _| {}).expect("understood")),
        ["shipping 20", "103-weee 0", "extension_attributes.payment_fee 20"]
    );
    assert_eq!(rates(changed_excluded(|_| {}).expect("understood")), ["shipping 20"]);
    refused("several_vat_rates", "shipping_tax_amount", |o, _| {
        let tax = json!({ "percent": 5.5 });
        o["extension_attributes"]["item_applied_taxes"][4]["applied_taxes"]
            .as_array_mut()
            .expect("taxes")
            .push(tax);
    });
    let rejection = changed_excluded(|o| o["shipping_tax_amount"] = json!(3)).expect_err("37.5 %");
    assert_eq!((rejection.code.as_str(), rejection.value.as_str()), ("unknown_vat_rate", "8.00 + VAT 3.00"));
}

#[test]
fn the_customer_is_whom_the_order_names_or_else_whom_the_account_names() {
    let customer = changed(|_, _| {}).expect("understood").customer;
    assert_eq!(customer.code.expect("a code").as_str(), "C00042");
    assert_eq!(customer.siret.expect("a SIRET").as_str(), "40483304800022");
    let own = changed(|o, _| {
        o["extension_attributes"]["erp_code"] = json!("C00077");
        o["customer_taxvat"] = json!(null);
        o["billing_address"]["company"] = json!("");
    });
    let own = own.expect("understood").customer;
    assert_eq!((own.code.expect("a code").as_str(), own.vat_number.as_str()), ("C00077", "FR83404833048"));
    assert_eq!(own.name, "SARL L’Horloge", "the company of Adobe Commerce B2B");
    let guest = changed_excluded(|_| {}).expect("understood").customer;
    assert_eq!((guest.shop_id, guest.name.as_str()), (None, "Zoé L’Hôte"));
}

#[test]
fn configured_paths_reach_into_lists_of_custom_attributes() {
    let mut config = config();
    config.fields.erp_code = "billing_address.custom_attributes.code_erp".into();
    let mut order = json_of(INCLUDED);
    order["billing_address"]["custom_attributes"] =
        json!([{ "attribute_code": "x", "value": 1 }, { "attribute_code": "code_erp", "value": 1234 }]);
    let order = map_with(&config, &order, &json_of(MEMOS)).expect("understood");
    assert_eq!(order.customer.code.expect("a code").as_str(), "1234");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, ..ProptestConfig::default() })]

    #[test]
    fn no_value_in_any_field_makes_it_panic(
        spots in prop::collection::vec(0usize..600, 1..4),
        with in strange_value(),
    ) {
        for (order, memos) in [(INCLUDED, MEMOS), (EXCLUDED, "[]")] {
            let (mut order, mut memos) = (json_of(order), json_of(memos));
            for spot in &spots {
                spoil(&mut order, *spot, &with);
                spoil(&mut memos, spot / 6, &with);
            }
            // What is understood adds up, whatever it was made of.
            if let Ok(order) = map_with(&config(), &order, &memos) {
                prop_assert_eq!(order.check(), Ok(()));
            }
        }
    }

    #[test]
    fn no_text_makes_it_panic(texts in strange_texts(INCLUDED)) {
        for text in texts {
            if let Ok(value) = wire::parse(&text) {
                drop(map_with(&config(), &value, &value));
            }
            drop(serde_json::from_str::<wire::Page<'_>>(&text).map(|page| page.items.0.len()));
            drop(serde_json::from_str::<Fault>(&text).map(|fault| fault.words()));
        }
    }

    #[test]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        if let Ok(value) = serde_json::from_slice::<Value>(&bytes) {
            drop(map_with(&config(), &value, &value));
        }
        drop(serde_json::from_slice::<Fault>(&bytes).map(|fault| fault.words()));
    }
}

#[test]
fn json_that_is_nested_too_deep_or_lists_too_much_is_refused() {
    let deep = format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000));
    assert_eq!(wire::parse(&deep).expect_err("too deep").code, "unreadable");
    let mut order = json_of(INCLUDED);
    order["items"] = json!(vec![json!({}); 10_001]);
    assert_eq!(map_with(&config(), &order, &json!([])).expect_err("too many").field, "items");
}

#[test]
fn a_faults_parameters_go_into_their_places() {
    let words = |fault: Value| wire::read::<Fault>(&fault).expect("a fault").words();
    let numbered = json!({ "message": "The status \"%1\" is not part of %2.", "parameters": ["x", 7] });
    assert_eq!(words(numbered), "The status \"x\" is not part of 7.");
    let named = json!({
        "message": "The consumer isn't authorized to access %resources.",
        "parameters": { "resources": "Magento_Sales::actions_view" },
    });
    assert_eq!(words(named), "The consumer isn't authorized to access Magento_Sales::actions_view.");
    let many: Vec<u32> = (1..=11).collect();
    assert_eq!(words(json!({ "message": "%11 %1", "parameters": many })), "11 1");
    assert_eq!(words(json!({ "message": "Internal Error", "parameters": null })), "Internal Error");
}
