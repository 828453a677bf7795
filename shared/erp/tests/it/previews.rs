//! The dry run of one order: every value with where it comes from, the amounts, the records.

use passerelle_domain::Money;
use passerelle_erp::orders::OrderToWrite;

use crate::shipped::{SHIPPED, shipped};
use crate::shipped_samples::first_night;

#[test]
fn a_preview_says_what_check_and_write_do() {
    for name in SHIPPED {
        let layout = shipped(name);
        for order in first_night() {
            let preview = layout.preview(&order);
            assert!(preview.faults.is_empty(), "{name}: {:?}", preview.faults);
            let mut repairs = layout.check(&order).expect("taken");
            for repair in &preview.repairs {
                let place = repairs.iter().position(|other| other == repair);
                repairs.remove(place.unwrap_or_else(|| panic!("{name}: {repair:?} is none of check's")));
            }
            assert_eq!(repairs, [], "{name}: found by check only");
            let batch = passerelle_domain::BatchId {
                day: passerelle_domain::BusinessDay::of(order.created_at),
                number: 1,
            };
            let written = layout.write(&batch, &[OrderToWrite::from(&order)]).expect("taken");
            assert_eq!(written.files.len(), preview.files.len(), "{name}");
            for (file, (preview_name, text)) in written.files.iter().zip(&preview.files) {
                assert_eq!(&file.name, preview_name, "{name}");
                let values = preview.values.iter().filter(|value| value.file == file.name);
                assert!(values.clone().count() > 0, "{name}: {preview_name}");
                for value in values {
                    let quoted = value.value.replace('"', "\"\"");
                    assert!(text.contains(&quoted), "{name}: {} = {:?}: {text}", value.column, value.value);
                }
            }
        }
    }
}

#[test]
fn a_preview_of_an_order_that_does_not_fit_names_every_rule() {
    let layout = shipped("fixed-width");
    let mut order = first_night().remove(0);
    order.total += Money::from_cents(1);
    order.number = "A-NUMBER-THAT-IS-TOO-LONG".into();
    let preview = layout.preview(&order);
    assert_eq!(preview.faults, layout.check(&order).expect_err("it does not fit"));
    assert!(preview.faults.len() >= 2, "{:?}", preview.faults);
    assert_eq!(preview.files, []);
    let number = preview.values.iter().find(|value| value.source == "order.number").expect("a column");
    assert_eq!((number.before.as_str(), number.faults.len()), (order.number.as_str(), 1));
}

#[test]
fn the_amounts_of_a_preview_add_up_to_what_the_erp_invoices() {
    for name in SHIPPED {
        for order in first_night() {
            let preview = shipped(name).preview(&order);
            let of =
                |what| preview.amounts.iter().find(|amount| amount.what == what).map(|amount| amount.amount);
            let total = of("total").expect("a total");
            assert_eq!(total, order.total_after_refunds(), "{name}");
            assert_eq!(of("net").expect("net") + of("vat").expect("VAT"), total, "{name}");
        }
    }
}

#[test]
fn with_fixed_widths_each_value_stands_where_it_is_said_to_stand() {
    for order in first_night() {
        let preview = shipped("fixed-width").preview(&order);
        let records: Vec<&str> = preview.files[0].1.lines().collect();
        let names: Vec<&str> = preview.values.iter().map(|value| value.record.as_str()).collect();
        let mut order_of_records = names.clone();
        order_of_records.dedup();
        assert_eq!(order_of_records.len(), records.len(), "a record each");
        for value in &preview.values {
            let row = order_of_records.iter().position(|name| *name == value.record).expect("a record");
            let (first, last) = value.at.expect("a place");
            let there: String = records[row].chars().skip(first - 1).take(last - first + 1).collect();
            assert_eq!(there, value.value, "{} {}", value.record, value.column);
        }
    }
    assert!(shipped("generic").preview(&first_night()[0]).values.iter().all(|value| value.at.is_none()));
}
