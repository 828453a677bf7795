use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use passerelle_domain::Order;
use passerelle_erp::orders::{OrderLayout, OrderToWrite};

/// What two of the layouts that ship make of an order: the files for the ERP, for the eyes of a person.
/// The lists beside them know the shop's payments and ways of delivery, as those of an installation do.
pub(crate) fn erp_files(order: &Order) -> String {
    let batch = "2026-11-25-001".parse().expect("a batch");
    let mut text = String::new();
    for name in ["generic", "dolibarr"] {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../erp/layouts/orders").join(name);
        let read = |file: &str| fs::read_to_string(folder.join(file)).ok();
        let beside = |file: &str| {
            let mut list = read(file)?;
            let rows: Vec<(&str, &str)> = match file {
                "payments.csv" => {
                    order.payments.iter().map(|payment| (payment.method.as_str(), "AUTRE")).collect()
                }
                "carriers.csv" => {
                    order.charges.iter().map(|charge| (charge.label.as_str(), "AUTRE")).collect()
                }
                _ => vec![],
            };
            for (key, code) in rows {
                if !list.lines().any(|line| line.starts_with(&format!("{key};"))) {
                    writeln!(list, "{key};{code}").expect("a text");
                }
            }
            Some(list)
        };
        let toml = read("layout.toml").expect("a layout");
        let layout =
            OrderLayout::load("layout.toml", &toml, beside).unwrap_or_else(|error| panic!("{error}"));
        let written = layout.write(&batch, &[OrderToWrite::from(order)]);
        let written = written.unwrap_or_else(|faults| panic!("{name}: {faults:#?}"));
        for file in written.files {
            writeln!(
                text,
                "{name}: {}\n{}",
                file.name,
                String::from_utf8_lossy(&file.bytes).trim_start_matches('\u{feff}')
            )
            .expect("a text");
        }
        for repair in written.repairs {
            writeln!(text, "repaired: {}: {:?} -> {:?}\n", repair.field, repair.from, repair.to)
                .expect("a text");
        }
    }
    text
}
