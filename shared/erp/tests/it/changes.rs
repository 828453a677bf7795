//! Orders that changed after the ERP had them, by each thing that a layout can say it takes.

use passerelle_domain::{Money, Order, OrderState, Unit};
use passerelle_erp::orders::{Amendments, OrderLayout, OrderToWrite};

use crate::samples::*;
use crate::shipped_samples::{changes, refunded_in_full};

/// Header and lines with everything that a change can touch.
const RECORDS: &str = r#"
[file]
name = "{batch}"
shape = "header_and_lines"
encoding = "utf-8"
separator = ";"
quote = "when_needed"
line_end = "lf"
decimal = "."
date = "%F"
unencodable = "set_aside"
[policy]
promotions = "spread"
promotion_article = "REMISE"
charges = "line_per_vat_rate"
delivery_article = "PORT"
fee_article = "FRAIS"
payments = "record_each"
amendments = "AMENDMENTS"
[[header]]
name = "type"
value = "E"
[[header]]
name = "action"
from = "order.action"
[[header]]
name = "numero"
from = "order.number"
[[header]]
name = "adresse"
from = "delivery.line1"
[[header]]
name = "total"
from = "order.total"
[[line]]
name = "type"
value = "L"
[[line]]
name = "article"
from = "line.article"
[[line]]
name = "quantite"
from = "line.quantity"
[[line]]
name = "pu"
from = "line.unit_price"
[[line]]
name = "remise"
from = "line.discount"
[[line]]
name = "ht"
from = "line.net"
[[line]]
name = "tva"
from = "line.vat"
[[payment]]
name = "type"
value = "R"
[[payment]]
name = "montant"
from = "payment.amount"
"#;

fn layout(amendments: &str) -> OrderLayout {
    orders(&RECORDS.replace("AMENDMENTS", amendments))
}

fn sent(layout: &OrderLayout, before: &Order, after: &Order) -> String {
    let change = OrderToWrite { order: after, previous: Some(before) };
    let written = layout.write(&batch(), &[change]).unwrap_or_else(|faults| panic!("{faults:?}"));
    String::from_utf8(written.files[0].bytes.clone()).expect("UTF-8")
}

fn change(number: &str) -> (Order, Order) {
    changes().into_iter().find(|(before, _)| before.number == number).expect("a sample")
}

fn refused(layout: &OrderLayout, before: &Order, after: &Order) -> (String, String) {
    let change = OrderToWrite { order: after, previous: Some(before) };
    let fault = layout.check(change).expect_err("quarantined").remove(0);
    assert_eq!(fault.code, "changed_after_export");
    (fault.value, fault.rule)
}

#[test]
fn a_replacement_is_the_whole_order_as_it_is_now() {
    let layout = layout("replacement");
    assert_eq!(layout.amendments(), Amendments::Replacement);
    let (before, after) = change("W2001");
    assert_eq!(
        sent(&layout, &before, &after),
        "E;replace;W2001;1 rue du Marché;128.15\n\
         L;POIR-KG;5;3.98;0.00;19.90;1.09\n\
         L;00451;2;48.00;19.20;76.80;15.36\n\
         L;PORT;1;12.50;0.00;12.50;2.50\n\
         R;128.15\n"
    );
}

#[test]
fn a_cancellation_has_no_lines_whether_the_shop_cancelled_or_refunded_all() {
    let (before, cancelled) = change("W2004");
    for amendments in ["replacement", "cancellation"] {
        for after in [&cancelled, &refunded_in_full(&before)] {
            assert_eq!(sent(&layout(amendments), &before, after), "E;cancel;W2004;1 rue du Marché;0.00\n");
        }
    }
}

#[test]
fn a_layout_that_takes_cancellations_sets_every_other_change_aside() {
    let (before, after) = change("W2001");
    let (value, rule) = refused(&layout("cancellation"), &before, &after);
    assert!(value.starts_with("lines[POIR-KG].gross was \"11.94\", is \"19.90\""), "{value}");
    assert!(rule.ends_with("its layout takes no change but a cancellation"), "{rule}");
}

#[test]
fn a_change_of_quantity_is_the_difference_at_the_same_price() {
    let (before, after) = change("W2001");
    assert_eq!(
        sent(&layout("signed_differences"), &before, &after),
        "E;change;W2001;1 rue du Marché;8.39\nL;POIR-KG;2;3.98;0.00;7.96;0.43\nR;8.39\n"
    );
}

#[test]
fn a_line_that_is_gone_is_taken_back() {
    let (before, after) = change("W2002");
    assert_eq!(
        sent(&layout("signed_differences"), &before, &after),
        "E;change;W2002;1 rue du Marché;-12.60\nL;POIR-KG;-3;3.98;0.00;-11.94;-0.66\nR;-12.60\n"
    );
}

#[test]
fn a_change_of_address_is_a_header_without_lines() {
    let (before, after) = change("W2003");
    assert_eq!(
        sent(&layout("signed_differences"), &before, &after),
        "E;change;W2003;7 avenue de Flandre;0.00\n"
    );
}

#[test]
fn a_refund_with_return_takes_the_piece_back() {
    let (before, after) = change("W2005");
    assert_eq!(
        sent(&layout("signed_differences"), &before, &after),
        "E;change;W2005;1 rue du Marché;-46.08\nL;00451;-1;48.00;-9.60;-38.40;-7.68\nR;-46.08\n"
    );
}

#[test]
fn a_refund_without_return_replaces_the_line_by_one_of_the_new_amount() {
    let (before, after) = change("W2006");
    assert_eq!(
        sent(&layout("signed_differences"), &before, &after),
        "E;change;W2006;1 rue du Marché;-6.00\n\
         L;00451;-2;48.00;-19.20;-76.80;-15.36\n\
         L;00451;2;48.00;24.20;71.80;14.36\n\
         R;-6.00\n"
    );
}

#[test]
fn a_cancelled_order_is_taken_back_line_by_line() {
    let (before, after) = change("W2004");
    assert_eq!(
        sent(&layout("signed_differences"), &before, &after),
        "E;cancel;W2004;1 rue du Marché;-119.76\n\
         L;POIR-KG;-3;3.98;0.00;-11.94;-0.66\n\
         L;00451;-2;48.00;-19.20;-76.80;-15.36\n\
         L;PORT;-1;12.50;0.00;-12.50;-2.50\n\
         R;-119.76\n"
    );
}

#[test]
fn a_cancelled_order_that_is_a_sale_again_comes_back_whole() {
    let (before, cancelled) = change("W2004");
    let again = sent(&layout("signed_differences"), &cancelled, &before);
    assert!(again.starts_with("E;change;W2004;1 rue du Marché;119.76\nL;POIR-KG;3;"), "{again}");
    let (_, rule) = refused(&layout("cancellation"), &cancelled, &before);
    assert!(rule.contains("no change but a cancellation"));
}

#[test]
fn two_changes_in_a_row_lead_to_the_last_state() {
    let (before, after) = change("W2001");
    let last = Order { refunds: vec![refund("2", "1", "38.40", "7.68")], ..after.clone() };
    let layout = layout("signed_differences");
    let total = |text: &str| -> Money {
        text.split(['\n', ';']).nth(4).expect("a total").parse().expect("an amount")
    };
    let (one, two) = (sent(&layout, &before, &after), sent(&layout, &after, &last));
    assert_eq!(before.total + total(&one) + total(&two), last.total_after_refunds());
    assert_eq!(
        sent(&layout, &before, &last).lines().count(),
        4,
        "both at once, where the first was never sent"
    );
}

#[test]
fn an_order_that_is_no_sale_any_more_is_for_a_person() {
    let (before, _) = change("W2001");
    let pending = Order { state: OrderState::Pending, shop_state: "on-hold".into(), ..before.clone() };
    let (value, rule) = refused(&layout("replacement"), &before, &pending);
    assert_eq!(
        value,
        "shop_state was \"processing\", is \"on-hold\"; state was \"confirmed\", is \"pending\""
    );
    assert_eq!(rule, "the ERP has this order already, and for the shop it is no sale any more");
}

#[test]
fn a_quarantined_change_spells_out_each_difference_with_both_values() {
    let (before, mut after) = change("W2002");
    after.delivery.line1 = "2 rue du Marché".into();
    after.lines.push(line("9", "VIN-6", "1", Unit::Litre, "7", "0", "20"));
    (after.total, after.vat_total) = (after.total + money("8.40"), after.vat_total + money("1.40"));
    after.payments[0].amount = after.total;
    let (value, _) = refused(&layout("set_aside"), &before, &after);
    for difference in [
        "delivery.line1 was \"1 rue du Marché\", is \"2 rue du Marché\"",
        "lines[POIR-KG] is gone: label \"Article POIR-KG\", quantity \"3\", unit \"kilogram\", net \"11.94\", vat \"0.66\"",
        "lines[VIN-6] is new: label \"Article VIN-6\", quantity \"1\", unit \"litre\", net \"7.00\", vat \"1.40\"",
    ] {
        assert!(value.contains(difference), "{difference} in {value}");
    }
    assert!(!value.contains("00451"), "that line is as it was: {value}");
}

#[test]
fn the_file_of_a_change_is_the_same_each_time() {
    for (before, after) in changes() {
        let layout = layout("signed_differences");
        assert_eq!(sent(&layout, &before, &after), sent(&layout, &before, &after));
    }
}

#[test]
fn a_layout_that_takes_changes_must_say_which_record_is_one() {
    let text = RECORDS.replace("AMENDMENTS", "replacement").replace("order.action", "order.shop");
    let error = OrderLayout::from_toml(&text).expect_err("no column says it");
    assert_eq!(
        said(&error),
        "policy.amendments: needs a [[header]] column from order.action, or a change looks like a new order"
    );
}

#[test]
fn what_has_no_place_in_the_files_is_no_change() {
    for amendments in ["replacement", "signed_differences", "cancellation", "set_aside"] {
        let layout = layout(amendments);
        let (before, after) = change("W2001");
        assert!(!layout.is_the_same_to_the_erp(&before, &after));
        let done = |order: &Order| Order { shop_state: "completed".into(), ..order.clone() };
        assert!(layout.is_the_same_to_the_erp(&before, &done(&before)), "the shop's own word");
        let mut elsewhere = before.clone();
        elsewhere.billing.phone = "01 23 45 67 89".into();
        assert!(layout.is_the_same_to_the_erp(&before, &elsewhere), "no column has it");
        elsewhere.delivery.line1 = "2 rue du Marché".into();
        assert!(!layout.is_the_same_to_the_erp(&before, &elsewhere), "a column has it");
        let pending = Order { state: OrderState::Pending, ..before.clone() };
        assert!(!layout.is_the_same_to_the_erp(&before, &pending));
        let (before, cancelled) = change("W2004");
        assert!(!layout.is_the_same_to_the_erp(&before, &cancelled));
        assert!(
            layout.is_the_same_to_the_erp(&cancelled, &refunded_in_full(&before)),
            "nothing is left of it"
        );
    }
}
