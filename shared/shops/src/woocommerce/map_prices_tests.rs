//! Prices with tax inside, and the rounding that they need.

use super::*;

pub(super) fn with_tax_inside() -> Value {
    let line = |id: u32| {
        json!({
            "id": id, "name": "Huile", "sku": "HUI-1", "quantity": 1, "subtotal": "8.333333",
            "total": "8.333333", "subtotal_tax": "1.666667", "total_tax": "1.666667",
            "taxes": [{ "id": 1, "total": "1.666667" }],
        })
    };
    json!({
        "id": 9, "number": "9", "status": "processing", "currency": "EUR", "prices_include_tax": true,
        "date_created_gmt": "2026-11-24T01:00:00", "total": "30.000000", "total_tax": "5.000000",
        "line_items": [line(1), line(2), line(3)], "tax_lines": [{ "rate_id": 1, "rate_percent": 20 }],
    })
}

#[test]
fn prices_with_tax_inside_come_to_the_shops_total_to_the_cent() {
    let order = map(&with_tax_inside().to_string(), NO_REFUNDS).expect("understood");
    let nets: Vec<String> = order.lines.iter().map(|line| line.net.to_string()).collect();
    let vats: Vec<String> = order.lines.iter().map(|line| line.vat.to_string()).collect();
    assert_eq!(nets, ["8.34", "8.33", "8.33"]);
    assert_eq!(vats, ["1.67", "1.67", "1.66"]);
    assert!(order.lines.iter().all(|line| line.discount.is_zero() && line.gross == line.net));
    assert_eq!(order.total.to_string(), "30.00");
}

#[test]
fn a_line_with_tax_inside_is_refunded_as_it_was_rounded() {
    let mut order = with_tax_inside();
    order["refunds"] = json!([{ "id": 20 }, { "id": 21 }]);
    let refund = |id: u32, line: &str, quantity: i32, net: &str, vat: &str, amount: &str| {
        json!({
            "id": id, "date_created_gmt": "2026-11-25T08:00:00", "amount": amount,
            "line_items": [{
                "id": id * 10, "quantity": quantity, "total": net, "total_tax": vat,
                "meta_data": [{ "key": "_refunded_item_id", "value": line }],
            }],
        })
    };
    let refunds = json!([
        refund(20, "1", -1, "-8.333333", "-1.666667", "10.01"),
        refund(21, "3", 0, "-4.166667", "-0.833333", "5.00"),
    ]);
    let order = map(&order.to_string(), &refunds.to_string()).expect("understood");
    let parts: Vec<(String, String)> = order
        .refunds
        .iter()
        .flat_map(|refund| &refund.lines)
        .map(|line| (line.net.to_string(), line.vat.to_string()))
        .collect();
    assert_eq!(parts, [("8.34".into(), "1.67".into()), ("4.17".into(), "0.83".into())]);
}

#[test]
fn lines_that_do_not_come_to_the_total_are_set_aside_not_bent() {
    let mut order = with_tax_inside();
    order["total"] = json!("30.02");
    let rejection = map(&order.to_string(), NO_REFUNDS).expect_err("two cents too much");
    assert_eq!((rejection.code.as_str(), rejection.field.as_str()), ("totals_mismatch", "total"));
    // The classic: 36 x 34.46 is 1 240.56.
    order["line_items"] = json!([{
        "id": 1, "name": "Boeuf", "sku": "B", "quantity": 36, "subtotal": "1240.56", "total": "1240.56",
        "total_tax": "0.00", "taxes": [],
    }]);
    order["total"] = json!("1240.70");
    order["total_tax"] = json!("0.00");
    let rejection = map(&order.to_string(), NO_REFUNDS).expect_err("14 cents too much");
    assert_eq!(rejection.code, "totals_mismatch");
    assert!(rejection.value.contains("1240.70") && rejection.value.contains("1240.56"), "{rejection}");
}
