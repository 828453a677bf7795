use passerelle_domain::{OrderId, ShopId};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::super::details::read;
use super::*;
use crate::erp_files::erp_files;
use crate::shopify::envelope::Envelope;
use crate::strange_json::{spoil, strange_texts, strange_value};

const B2B: &str =
    include_str!("../../../../tests/fixtures/shopify/order-b2b-with-coupons-payments-and-refund.json");
const EDITED: &str =
    include_str!("../../../../tests/fixtures/shopify/order-with-tax-included-edited-on-terms.json");
const EDITS: &str = include_str!("../../../../tests/fixtures/shopify/agreements-of-the-edited-order.json");
const NO_EDITS: &str = "[]";

fn map(order: &str, edits: &str) -> Result<Order, Rejection> {
    let wire: wire::Order = read(order)?;
    let edits: Vec<wire::Agreement> = read(edits)?;
    let id = number(&wire.id).expect("a number").to_string();
    let key = OrderKey { shop: ShopId::new("rungis").expect("a shop"), id: OrderId::new(id).expect("an id") };
    super::order(&Config::default(), &key, &wire, &edits)
}

fn changed_of(order: &str, edits: &str, change: impl FnOnce(&mut Value)) -> Result<Order, Rejection> {
    let mut order: Value = serde_json::from_str(order).expect("JSON");
    change(&mut order);
    map(&order.to_string(), edits)
}

/// The order of a company, changed.
fn changed(change: impl FnOnce(&mut Value)) -> Result<Order, Rejection> {
    changed_of(B2B, NO_EDITS, change)
}

fn refused(code: &str, field: &str, change: impl FnOnce(&mut Value)) {
    let rejection = changed(change).expect_err(field);
    assert_eq!((rejection.code.as_str(), rejection.field.as_str()), (code, field), "{rejection}");
}

fn set(amount: &str) -> Value {
    json!({ "shopMoney": { "amount": amount } })
}

fn paid(order: &Order) -> Vec<String> {
    order.payments.iter().map(|payment| format!("{} {}", payment.method, payment.amount)).collect()
}

#[test]
fn an_order_of_a_company_with_coupons_payments_and_a_partial_refund() {
    insta::assert_json_snapshot!(map(B2B, NO_EDITS).expect("understood"));
}

#[test]
fn such_an_order_ends_in_the_erps_files() {
    insta::assert_snapshot!(erp_files(&map(B2B, NO_EDITS).expect("understood")));
}

#[test]
fn an_order_on_terms_edited_and_refunded_before_it_was_paid() {
    let order = map(EDITED, EDITS).expect("understood");
    assert_eq!(order.total_after_refunds().to_string(), "45.40");
    insta::assert_json_snapshot!(order);
}

#[test]
fn what_an_edit_took_off_has_to_be_explained() {
    let rejection = map(EDITED, NO_EDITS).expect_err("one sponge less");
    assert_eq!(
        (rejection.code.as_str(), rejection.field.as_str()),
        ("edit_unexplained", "lineItems[1].currentQuantity")
    );
    assert_eq!(rejection.value, "3 of 4, 0 taken back");
    let wire: wire::Order = read(EDITED).expect("read");
    assert!(needs_edits(&wire));
    let wire: wire::Order = read(B2B).expect("read");
    assert!(!needs_edits(&wire), "its refund explains what is left");
}

#[test]
fn a_removed_way_of_delivery_is_taken_back() {
    let mut edits: Value = serde_json::from_str(EDITS).expect("JSON");
    let sale = json!({
        "__typename": "ShippingLineSale", "actionType": "RETURN", "quantity": -1,
        "totalAmount": set("-12.0"), "totalTaxAmount": set("-2.0"),
    });
    edits[2]["sales"]["nodes"].as_array_mut().expect("a list").push(sale);
    let order = changed_of(EDITED, &edits.to_string(), |o| {
        o["shippingLines"]["nodes"][0]["isRemoved"] = json!(true);
    });
    assert_eq!(order.expect("understood").total_after_refunds().to_string(), "33.40");
}

#[test]
fn states_mean_what_the_configuration_says() {
    use OrderState::{Cancelled, Confirmed, Pending};
    for (status, terms, cancelled, word, state) in [
        ("PAID", false, false, "paid", Confirmed),
        ("PENDING", false, false, "pending", Pending),
        ("PENDING", true, false, "payment_terms", Confirmed),
        ("AUTHORIZED", false, false, "authorized", Confirmed),
        ("PARTIALLY_REFUNDED", false, false, "partially_refunded", Confirmed),
        ("REFUNDED", false, false, "refunded", Cancelled),
        ("VOIDED", false, false, "voided", Pending),
        ("EXPIRED", false, false, "expired", Pending),
        ("PAID", false, true, "cancelled", Cancelled),
        ("SOMETHING_NEW", false, false, "something_new", Pending),
    ] {
        let order = changed(|o| {
            o["displayFinancialStatus"] = json!(status);
            if terms {
                o["paymentTerms"] = json!({ "paymentTermsName": "Net 30" });
            }
            if cancelled {
                o["cancelledAt"] = json!("2026-11-24T10:00:00Z");
            }
        });
        let order = order.expect("understood");
        assert_eq!((order.shop_state.as_str(), order.state), (word, state));
    }
}

#[test]
fn the_rest_of_what_was_paid_is_a_promise() {
    let with = |transactions: Value, change: fn(&mut Value)| {
        let order = changed(|o| {
            o["transactions"] = transactions;
            change(o);
        });
        paid(&order.expect("understood"))
    };
    let transaction = |kind: &str, status: &str, gateway: &str, amount: &str| json!({ "kind": kind, "status": status, "gateway": gateway, "amountSet": set(amount) });
    let unchanged: fn(&mut Value) = |_| ();
    assert_eq!(with(json!([]), unchanged), ["unpaid 218.23"]);
    let terms: fn(&mut Value) = |o| o["paymentTerms"] = json!({ "paymentTermsName": "Net 30" });
    let deposit = transaction("SALE", "SUCCESS", "shopify_payments", "18.23");
    assert_eq!(with(json!([deposit]), terms), ["shopify_payments 18.23", "payment_terms 200.00"]);
    let transfer = transaction("SALE", "PENDING", "bank_transfer", "218.23");
    assert_eq!(with(json!([transfer]), unchanged), ["bank_transfer 218.23"]);
    let authorized = transaction("AUTHORIZATION", "SUCCESS", "shopify_payments", "218.23");
    assert_eq!(with(json!([authorized]), unchanged), ["shopify_payments 218.23"]);
    let (cash, change) =
        (transaction("SALE", "SUCCESS", "cash", "220.0"), transaction("CHANGE", "SUCCESS", "cash", "1.75"));
    let rounded: fn(&mut Value) = |o| o["totalCashRoundingAdjustment"] = json!({ "paymentSet": set("0.02") });
    assert_eq!(with(json!([cash, change]), rounded), ["cash 218.25", "cash_rounding -0.02"]);
}

#[test]
fn more_paid_than_the_order_costs_is_for_a_person() {
    refused("totals_mismatch", "payments", |o| {
        o["transactions"][3]["amountSet"] = set("168.24");
    });
}

#[test]
fn what_is_taken_back_before_it_was_paid_counts_although_no_money_moved() {
    let order = changed(|o| {
        o["refunds"][0]["totalRefundedSet"] = set("0.0");
        o["refunds"][0]["orderAdjustments"]["nodes"] = json!([]);
    });
    assert_eq!(order.expect("understood").refunds[0].total.to_string(), "25.33");
}

#[test]
fn what_is_still_to_be_paid_back_counts_too() {
    let order = changed(|o| {
        o["refunds"][0]["totalRefundedSet"] = set("20.0");
        o["refunds"][0]["orderAdjustments"]["nodes"] = json!([{
            "reason": "PENDING_REFUND_DISCREPANCY", "amountSet": set("5.33"), "taxAmountSet": set("0.0"),
        }]);
    });
    assert_eq!(order.expect("understood").refunds[0].total.to_string(), "25.33");
}

#[test]
fn what_the_shop_holds_back_lowers_the_lines() {
    let order = changed(|o| {
        o["refunds"][0]["totalRefundedSet"] = set("15.33");
        o["refunds"][0]["orderAdjustments"]["nodes"] = json!([{
            "reason": "RESTOCK", "amountSet": set("10.0"), "taxAmountSet": set("0.0"),
        }]);
    });
    let refund = &order.expect("understood").refunds[0];
    let lines: Vec<String> = refund.lines.iter().map(|line| format!("{} {}", line.net, line.vat)).collect();
    // 10.00 over 20.60 and 3.00.
    assert_eq!(lines, ["11.87 1.13", "1.73 0.60"]);
    assert_eq!(refund.total.to_string(), "15.33");
}

#[test]
fn a_refund_that_is_not_what_was_paid_back_is_refused_with_both_figures() {
    let rejection = changed(|o| o["refunds"][0]["totalRefundedSet"] = set("27.0")).expect_err("33 cents");
    assert_eq!(
        (rejection.code.as_str(), rejection.field.as_str()),
        ("refund_mismatch", "refunds[0].totalRefundedSet")
    );
    assert_eq!(rejection.value, "27.00 paid back, its lines and adjustments give 27.33");
}

#[test]
fn a_gift_that_comes_back_takes_nothing() {
    let order = changed(|o| {
        let line = &mut o["refunds"][0]["refundLineItems"]["nodes"][0];
        (line["subtotalSet"], line["totalTaxSet"]) = (set("0.0"), set("0.0"));
        o["refunds"][0]["totalRefundedSet"] = set("5.6");
    });
    let order = order.expect("understood");
    assert_eq!(order.refunds[0].lines[0].quantity.to_string(), "2");
    assert_eq!(order.refunds[0].total.to_string(), "5.60");
}

#[test]
fn a_tip_without_a_line_is_a_charge_too() {
    let order = changed(|o| {
        o["lineItems"]["nodes"].as_array_mut().expect("a list").pop();
    });
    let order = order.expect("understood");
    let tip = order.charges.iter().find(|charge| charge.id == "tip").expect("a tip");
    assert_eq!(tip.net.to_string(), "5.00");
}

#[test]
fn duties_are_charges_unless_prices_include_them() {
    let duty = json!([{ "id": "gid://shopify/Duty/9", "price": set("3.0"), "taxLines": [] }]);
    let order = changed(|o| {
        o["lineItems"]["nodes"][1]["duties"] = duty.clone();
        o["totalPriceSet"] = set("221.23");
        o["transactions"] = json!([]);
    });
    let charges = order.expect("understood").charges;
    assert!(charges.iter().any(|charge| charge.id == "duty-9" && charge.net.to_string() == "3.00"));
    changed(|o| {
        o["dutiesIncluded"] = json!(true);
        o["lineItems"]["nodes"][1]["duties"] = duty;
    })
    .expect("the total has them already");
}

#[test]
fn totals_that_do_not_add_up_are_refused_with_both_figures() {
    let rejection = changed(|o| o["totalPriceSet"] = set("218.24")).expect_err("a cent too much");
    assert_eq!((rejection.code.as_str(), rejection.field.as_str()), ("totals_mismatch", "total"));
    assert_eq!(rejection.value, "shop says 218.24, its parts give 218.23");
}

#[test]
fn a_line_has_one_vat_rate() {
    refused("several_vat_rates", "lineItems[1].taxLines", |o| {
        o["lineItems"]["nodes"][1]["taxLines"] = json!([
            { "ratePercentage": 5.5, "priceSet": set("3.0") }, { "ratePercentage": 20, "priceSet": set("0.76") },
        ]);
    });
    let order = changed(|o| {
        let taxes = o["lineItems"]["nodes"][1]["taxLines"].as_array_mut().expect("a list");
        taxes.push(json!({ "ratePercentage": 2.1, "priceSet": set("0.0") }));
        taxes[0]["ratePercentage"] = json!(5.500000000000001);
    });
    assert_eq!(order.expect("understood").lines[1].vat_rate.to_string(), "5.5");
    refused("unknown_vat_rate", "lineItems[1].taxLines[0].ratePercentage", |o| {
        o["lineItems"]["nodes"][1]["taxLines"][0]["ratePercentage"] = json!(null);
    });
}

#[test]
fn the_customer_is_the_companys_location_and_else_the_customer() {
    let customer = |change: fn(&mut Value)| changed(change).expect("understood").customer;
    let location = customer(|_| ());
    assert_eq!(location.shop_id.as_deref(), Some("CompanyLocation/441870438"));
    let by_metafield = customer(|o| {
        o["purchasingEntity"]["location"]["externalId"] = json!(" ");
        o["purchasingEntity"]["company"]["erpCode"] = json!({ "value": "C00043" });
        o["customer"]["erpCode"] = json!({ "value": "C00044" });
    });
    assert_eq!(by_metafield.code.expect("a code").as_str(), "C00043", "the company before the customer");
    let guest = customer(|o| {
        o["purchasingEntity"] = json!(null);
        o["customer"] = json!(null);
    });
    assert_eq!((guest.shop_id, guest.code), (None, None));
    assert_eq!(guest.name, "Bistrot du Canal SARL");
}

#[test]
fn what_cannot_be_read_is_named_by_the_shops_field() {
    refused("unreadable", "lineItems.nodes[1].quantity", |o| {
        o["lineItems"]["nodes"][1]["quantity"] = json!("x");
    });
    refused("unreadable", "lineItems.nodes[0].quantity", |o| {
        o["lineItems"]["nodes"][0]["quantity"] = json!(-1);
    });
    refused("invalid_number", "lineItems[0].originalTotalSet.shopMoney.amount", |o| {
        o["lineItems"]["nodes"][0]["originalTotalSet"] = set("36,05");
    });
    refused("invalid_amount", "totalPriceSet.shopMoney.amount", |o| o["totalPriceSet"] = set("218.234"));
    refused("invalid_article", "lineItems[0].sku", |o| {
        o["lineItems"]["nodes"][0]["sku"] = json!("x".repeat(36));
    });
    refused("invalid_unit", "lineItems[0].customAttributes._unit", |o| {
        o["lineItems"]["nodes"][0]["customAttributes"][0]["value"] = json!("botte");
    });
    refused("invalid_date", "customAttributes.Delivery-Date", |o| {
        o["customAttributes"][0]["value"] = json!("25/11/2026");
    });
    refused("invalid_customer_code", "purchasingEntity.location.externalId", |o| {
        o["purchasingEntity"]["location"]["externalId"] = json!("C#1");
    });
    refused("invalid_time", "createdAt", |o| o["createdAt"] = json!("hier"));
    refused("unknown_refund_line", "refunds[0].refundShippingLines[0].shippingLine.id", |o| {
        o["refunds"][0]["refundShippingLines"]["nodes"][0]["shippingLine"]["id"] =
            json!("gid://shopify/ShippingLine/7");
    });
    refused("discount_too_large", "lineItems[2].discountAllocations", |o| {
        o["lineItems"]["nodes"][2]["discountAllocations"][0]["allocatedAmountSet"] = set("11.0");
    });
}

#[test]
fn units_come_from_the_line_or_else_from_the_article() {
    let unit = |change: fn(&mut Value)| changed(change).expect("understood").lines[1].unit;
    assert_eq!(unit(|_| ()).label(), "pce");
    assert_eq!(
        unit(|o| o["lineItems"]["nodes"][1]["variant"] = json!({ "unit": { "value": "L" } })).label(),
        "L"
    );
    assert_eq!(unit(|o| o["lineItems"]["nodes"][1]["variant"] = json!(null)).label(), "pce", "deleted");
}

#[test]
fn what_is_not_asked_for_makes_no_other_revision() {
    let order = changed(|o| {
        o["tags"] = json!(["ERP accepté"]);
        o["updatedAt"] = json!("2027-01-01T00:00:00Z");
    });
    let same = map(B2B, NO_EDITS).expect("understood");
    assert_eq!(order.expect("understood").revision(), same.revision());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, ..ProptestConfig::default() })]

    #[test]
    fn no_value_in_any_field_makes_it_panic(
        spots in prop::collection::vec(0usize..500, 1..4),
        with in strange_value(),
    ) {
        for (order, edits) in [(B2B, NO_EDITS), (EDITED, EDITS)] {
            let mut order: Value = serde_json::from_str(order).expect("JSON");
            let mut edits: Value = serde_json::from_str(edits).expect("JSON");
            for spot in &spots {
                spoil(&mut order, *spot, &with);
                spoil(&mut edits, spot / 4, &with);
            }
            let key = OrderKey { shop: ShopId::new("rungis").expect("a shop"), id: OrderId::new("1").expect("an id") };
            if let (Ok(wire), Ok(edits)) = (read::<wire::Order>(&order.to_string()), read::<Vec<wire::Agreement>>(&edits.to_string())) {
                drop(super::order(&Config::default(), &key, &wire, &edits));
            }
        }
    }

    #[test]
    fn no_text_makes_it_panic(texts in strange_texts(B2B)) {
        for text in texts {
            drop(read::<wire::Order>(&text));
            drop(serde_json::from_str::<Envelope<'_>>(&text));
        }
    }
}

#[test]
fn json_is_read_to_a_limited_depth() {
    let deep = "[".repeat(100_000);
    for text in [&deep, &format!("{{\"id\":{deep}"), &format!("{{\"unknown\":{deep}")] {
        assert!(read::<wire::Order>(text).is_err());
        assert!(serde_json::from_str::<Envelope<'_>>(&format!("{{\"errors\":{text}")).is_err());
    }
}
