//! What is cancelled, refunded or kept back.

use super::*;

#[test]
fn a_closed_order_is_a_sale_as_far_as_money_was_kept() {
    let close = |o: &mut Value| {
        o["state"] = json!("closed");
        o["status"] = json!("closed");
    };
    assert_eq!(changed(|o, _| close(o)).expect("understood").state, OrderState::Confirmed);
    let all = changed(|o, m| {
        close(o);
        let whole = json!({
            "entity_id": 13, "state": 2, "created_at": "2026-11-24 09:00:00", "grand_total": 65.45,
            "extension_attributes": { "gift_cards_amount": 20, "customer_balance_amount": 5.57 },
        });
        m.as_array_mut().expect("credit memos").push(whole);
        o["total_refunded"] = json!(85);
    });
    let all = all.expect("understood");
    assert_eq!((all.state, all.total_after_refunds()), (OrderState::Cancelled, Money::ZERO));
}

#[test]
fn an_edited_order_is_cancelled_before_magento_says_so() {
    let old = changed(|o, _| o["relation_child_id"] = json!("61")).expect("understood");
    assert_eq!(old.state, OrderState::Cancelled);
    let new = changed(|o, _| {
        o["relation_parent_id"] = json!("57");
        o["increment_id"] = json!("000000057-1");
    });
    let new = new.expect("understood");
    assert_eq!((new.state, new.number.as_str()), (OrderState::Confirmed, "000000057-1"));
}

#[test]
fn a_cancelled_order_keeps_what_it_was() {
    let order = changed_excluded(|o| {
        o["state"] = json!("canceled");
        o["items"][0]["qty_canceled"] = json!(5);
    });
    let order = order.expect("understood");
    assert_eq!((order.state, order.total), (OrderState::Cancelled, amount("110.35")));
}

#[test]
fn a_part_that_is_cancelled_before_any_invoice_goes_off_in_proportion() {
    let order = changed_excluded(|o| {
        o["total_invoiced"] = json!(null);
        o["items"][0]["qty_invoiced"] = json!(0);
    });
    let order = order.expect("understood");
    assert_eq!((order.lines[0].net, order.lines[0].vat), (amount("30.00"), amount("1.65")));
    assert_eq!(order.total, amount("89.25"));
}

#[test]
fn a_credit_memo_takes_back_lines_delivery_and_an_adjustment() {
    let order = changed(|_, _| {}).expect("understood");
    let refund = &order.refunds[0];
    let lines: Vec<_> = refund
        .lines
        .iter()
        .map(|line| format!("{} x {}: {} + {}", line.id, line.quantity, line.net, line.vat))
        .collect();
    assert_eq!(lines, ["101 x 1: 11.52 + 0.63", "shipping x 0: 4.50 + 0.90"]);
    assert_eq!((refund.total, refund.reason.as_str()), (amount("19.55"), "Un colis abîmé"));
}

#[test]
fn a_fee_that_is_kept_back_comes_off_the_lines_at_their_rates() {
    let order = changed(|o, m| {
        m[0]["adjustment_positive"] = json!(0);
        m[0]["adjustment_negative"] = json!(5);
        m[0]["grand_total"] = json!(12.55);
        o["total_refunded"] = json!(12.55);
    });
    let order = order.expect("understood");
    let lines = &order.refunds[0].lines;
    assert_eq!(lines.iter().map(|line| line.net + line.vat).sum::<Money>(), amount("12.55"));
    assert_eq!((lines[0].net, lines[0].vat), (amount("8.24"), amount("0.45")));
    refused("totals_mismatch", "creditmemos[0].grand_total", |o, m| {
        m[0]["grand_total"] = json!(12.55);
        m[0]["adjustment_positive"] = json!(0);
        o["total_refunded"] = json!(12.55);
    });
}

#[test]
fn a_cancelled_credit_memo_does_not_count_and_a_missing_one_is_found_out() {
    let order = changed(|o, m| {
        m[0]["state"] = json!(3);
        o["total_refunded"] = json!(null);
    });
    assert!(order.expect("understood").refunds.is_empty());
    refused("refund_missing", "total_refunded", |_, m| *m = json!([]));
    // More than the order says is only newer than it.
    assert_eq!(changed(|o, _| o["total_refunded"] = json!(0)).expect("understood").refunds.len(), 1);
}

#[test]
fn no_more_is_refunded_than_was_sold() {
    refused("refund_too_large", "refunds[0].lines[0]", |_, m| {
        m[0]["items"][0]["qty"] = json!(4);
    });
    refused("unknown_refund_line", "refunds[0].lines[0]", |_, m| {
        m[0]["items"][0]["order_item_id"] = json!(999);
    });
}
