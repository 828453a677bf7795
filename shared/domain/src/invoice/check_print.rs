//! What must be read on the page and could not be.

use super::Invoice;
use crate::{Address, Rejection, unprintable};

impl Invoice {
    /// The names, addresses and designations that an invoice must show (Code de commerce art. L. 441-9,
    /// CGI ann. II art. 242 nonies A) can be printed. All else is shown as far as it can be.
    pub(super) fn check_print(&self, broken: &mut Vec<Rejection>) {
        let mut check = |text: &str, field: &dyn Fn() -> String| {
            let lost = unprintable(text);
            if !lost.is_empty() {
                let rule = "the fonts of an invoice lack these letters, and it must show the text";
                broken.push(Rejection::new("unprintable", field(), lost, rule));
            }
        };
        let mut address = |of: &str, address: &Address| {
            for (part, text) in [
                ("name", &address.name),
                ("line1", &address.line1),
                ("line2", &address.line2),
                ("postcode", &address.postcode),
                ("city", &address.city),
            ] {
                check(text, &|| format!("{of}.{part}"));
            }
        };
        address("buyer", &self.buyer.address);
        if let Some(there) = &self.deliver_to {
            address("deliver_to", there);
        }
        check(&self.buyer.vat_number, &|| "buyer.vat_number".into());
        for (i, line) in self.lines.iter().enumerate() {
            for (part, text) in [
                ("designation", &line.designation),
                ("country_of_origin", &line.country_of_origin),
                ("class", &line.class),
                ("lot", &line.lot),
            ] {
                check(text, &|| format!("lines[{i}].{part}"));
            }
        }
        for (i, row) in self.vat_breakdown.iter().enumerate() {
            check(&row.exemption_reason, &|| format!("vat_breakdown[{i}].exemption_reason"));
        }
    }
}
