//! Any order, through any shipped layout: what another reader finds adds up to the order.

use passerelle_domain::{Money, Order, OrderState};
use passerelle_erp::orders::{ImportFile, OrderLayout, OrderToWrite};
use proptest::prelude::*;

use crate::order_properties::any_order;
use crate::read_back::{Reader, Record};
use crate::samples::*;
use crate::shipped::{SHIPPED, layout_text, shipped};

/// The sums that another reader finds.
#[derive(Debug, Default, PartialEq, Eq)]
struct Sums {
    net: Money,
    vat: Money,
    paid: Money,
    lines: usize,
}

fn sums(records: &[Record]) -> Sums {
    let mut sums = Sums::default();
    // Repeated headers are one.
    let header = records.iter().find(|record| record.kind == "header").expect("a header");
    for (source, sign) in [("order.delivery_net", 1), ("order.fee_net", 1), ("order.promotion_net", -1)] {
        if header.has(source) {
            sums.net += Money::from_cents(header.amount(source).cents() * sign);
        }
    }
    if header.has("order.payment_total") {
        sums.paid = header.amount("order.payment_total");
    }
    for record in records {
        match record.kind.as_str() {
            // A record that only says that there is no line.
            "line" if record.text("line.quantity").is_empty() => {}
            "line" => {
                sums.lines += 1;
                // Odoo makes the amount of quantity and price.
                sums.net += if record.has("line.net") {
                    record.amount("line.net")
                } else {
                    Money::round(record.number("line.quantity") * record.number("line.unit_price"))
                        .expect("in range")
                };
                if record.has("line.vat") {
                    sums.vat += record.amount("line.vat");
                }
            }
            "charge" => {
                sums.net += record.amount("charge.net");
                sums.vat += record.amount("charge.vat");
            }
            "payment" => sums.paid += record.amount("payment.amount"),
            _ => {}
        }
    }
    sums
}

/// An order's net after refunds, as its lines and charges say it.
fn vat_after_refunds(files: &[Record]) -> Option<Money> {
    let header = files.iter().find(|record| record.kind == "header")?;
    header.has("order.vat").then(|| header.amount("order.vat"))
}

fn files(name: &str, layout: &OrderLayout, order: OrderToWrite<'_>) -> Option<Vec<ImportFile>> {
    match layout.write(&batch(), &[order]) {
        Ok(written) => Some(written.files),
        Err(faults) => {
            let known = |code: &str| code == "no_lines" || (code == "unquotable" && name == "el-records");
            assert!(faults.iter().all(|(_, fault)| known(&fault.code)), "{name}: {faults:?}");
            None
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn any_order_reads_back_to_its_sums(order in any_order()) {
        for name in SHIPPED {
            let layout = shipped(name);
            let reader = Reader::new(&layout_text(name));
            let Some(files) = files(name, &layout, OrderToWrite::from(&order)) else { continue };
            let records = reader.read(&files);
            let found = sums(&records);
            let header = records.iter().find(|record| record.kind == "header").expect("a header");
            prop_assert_eq!(header.text("order.number"), &order.number);
            let code = order.customer.code.as_ref().map_or("", |code| code.as_str());
            prop_assert_eq!(header.text("customer.code"), code);
            let total = order.total_after_refunds();
            if let Some(vat) = vat_after_refunds(&records) {
                prop_assert_eq!(header.amount("order.total"), total);
                prop_assert_eq!(found.net, total - vat, "{}", name);
                if !header.has("order.fee_net") {
                    prop_assert_eq!(found.vat, vat, "{}", name);
                }
            }
            if name != "dolibarr" && name != "odoo" {
                prop_assert_eq!(found.paid, total, "{}", name);
            }
            if let Some(trailer) = records.iter().find(|record| record.kind == "trailer") {
                prop_assert_eq!(trailer.amount("file.total"), total);
                prop_assert_eq!(trailer.text("file.records").trim_start_matches('0'), records.len().to_string());
            }
        }
    }

    #[test]
    fn what_odoo_computes_is_the_orders_net(order in any_order()) {
        let net = |name: &str| {
            let files = files(name, &shipped(name), OrderToWrite::from(&order))?;
            Some(Reader::new(&layout_text(name)).read(&files))
        };
        if let (Some(odoo), Some(dolibarr)) = (net("odoo"), net("dolibarr")) {
            let header = dolibarr.iter().find(|record| record.kind == "header").expect("a header");
            prop_assert_eq!(sums(&odoo).net, header.amount("order.net"));
        }
    }

    #[test]
    fn signed_differences_lead_from_any_order_to_any_other(before in any_order(), after in any_order(), cancelled in any::<bool>()) {
        let layout = shipped("el-records");
        let reader = Reader::new(&layout_text("el-records"));
        let mut after = Order { number: before.number.clone(), ..after };
        if cancelled {
            after.state = OrderState::Cancelled;
        }
        let first = files("el-records", &layout, OrderToWrite::from(&before));
        let change = files("el-records", &layout, OrderToWrite { order: &after, previous: Some(&before) });
        if let (Some(first), Some(change)) = (first, change) {
            let (first, change) = (sums(&reader.read(&first)), sums(&reader.read(&change)));
            let left = if cancelled { Money::ZERO } else { after.total_after_refunds() };
            prop_assert_eq!(first.net + first.vat + change.net + change.vat, left);
            prop_assert_eq!(first.paid + change.paid, left);
        }
        let nothing = files("el-records", &layout, OrderToWrite { order: &before, previous: Some(&before) });
        if let Some(nothing) = nothing {
            prop_assert_eq!(sums(&reader.read(&nothing)), Sums::default());
        }
    }

    #[test]
    fn nothing_that_a_customer_writes_breaks_a_row(order in any_order(), text in "(?s).{0,60}|[;,|\"\r\n\t=]{1,20}", bare in any::<bool>()) {
        let mut order = order;
        order.note.clone_from(&text);
        order.customer.name.clone_from(&text);
        for address in [&mut order.billing, &mut order.delivery] {
            for field in [&mut address.name, &mut address.line1, &mut address.line2] {
                field.clone_from(&text);
            }
            if !bare {
                address.city.clone_from(&text);
                address.postcode.clone_from(&text);
            }
        }
        for line in &mut order.lines {
            line.label.clone_from(&text);
        }
        for name in SHIPPED {
            let layout = shipped(name);
            match layout.write(&batch(), &[OrderToWrite::from(&order)]) {
                Ok(written) => {
                    let records = Reader::new(&layout_text(name)).read(&written.files);
                    let found = sums(&records);
                    let explained = layout.explain(&order).expect("explained");
                    let last = explained.iter().rev().find_map(|value| value.record.strip_prefix("line "));
                    prop_assert_eq!(found.lines.to_string(), last.unwrap_or("0"), "{}", name);
                    if let Some(vat) = vat_after_refunds(&records) {
                        prop_assert_eq!(found.net, order.total_after_refunds() - vat, "{}", name);
                    }
                }
                Err(faults) => {
                    let known = ["no_lines", "unquotable", "unencodable", "too_long", "missing_field", "bad_character"];
                    prop_assert!(faults.iter().all(|(_, fault)| known.contains(&fault.code.as_str())), "{:?}", faults);
                }
            }
        }
    }
}
