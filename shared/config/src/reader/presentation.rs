//! `[seller]`, `[mentions]` and `[branding]`. Their rules are the domain's, and are checked by it.

use passerelle_domain::{Branding, Mentions, Operation, Seller, SellerAddress};
use passerelle_erp::toml_reader::Section;

const OPERATIONS: [(&str, Operation); 3] =
    [("goods", Operation::Goods), ("services", Operation::Services), ("both", Operation::Both)];

fn required(table: &mut Section<'_>, key: &'static str) -> String {
    table.required_text(key).unwrap_or_default().to_owned()
}

fn text(table: &mut Section<'_>, key: &'static str, default: &str) -> String {
    table.text(key).unwrap_or(default).to_owned()
}

pub(super) fn seller(table: &mut Section<'_>) -> Seller {
    Seller {
        name: required(table, "name"),
        legal_form: required(table, "legal_form"),
        share_capital: text(table, "share_capital", ""),
        address: table.required_table("address", |table| Some(address(table))).unwrap_or_else(no_address),
        siret: required(table, "siret"),
        rcs: required(table, "rcs"),
        vat_number: required(table, "vat_number"),
        phone: text(table, "phone", ""),
        email: text(table, "email", ""),
        iban: text(table, "iban", ""),
        bic: text(table, "bic", ""),
    }
}

fn address(table: &mut Section<'_>) -> SellerAddress {
    SellerAddress {
        line1: required(table, "line1"),
        line2: text(table, "line2", ""),
        postcode: required(table, "postcode"),
        city: required(table, "city"),
        country: text(table, "country", "FR"),
    }
}

/// Stands in for a missing one, so that nothing else is said of it.
fn no_address() -> SellerAddress {
    let [line1, postcode, city, country] = ["-", "-", "-", "FR"].map(str::to_owned);
    SellerAddress { line1, line2: String::new(), postcode, city, country }
}

pub(super) fn mentions(table: &mut Section<'_>) -> Mentions {
    let usual = Mentions::default();
    Mentions {
        operation: table.one_of("operation", &OPERATIONS).unwrap_or_default(),
        vat_on_debits: table.flag("vat_on_debits"),
        payment_terms: text(table, "payment_terms", &usual.payment_terms),
        early_payment_discount: text(table, "early_payment_discount", &usual.early_payment_discount),
        late_penalty: text(table, "late_penalty", &usual.late_penalty),
        recovery_indemnity: text(table, "recovery_indemnity", &usual.recovery_indemnity),
        deposits: text(table, "deposits", &usual.deposits),
        vat_exemption: text(table, "vat_exemption", &usual.vat_exemption),
        credit_note: text(table, "credit_note", &usual.credit_note),
        credit_balance: text(table, "credit_balance", &usual.credit_balance),
        extra: table.texts("extra").into_iter().map(|(text, _)| text.to_owned()).collect(),
    }
}

pub(super) fn branding(table: &mut Section<'_>) -> Branding {
    let usual = Branding::default();
    Branding {
        accent: text(table, "accent", &usual.accent),
        logo: text(table, "logo", &usual.logo),
        footer: text(table, "footer", &usual.footer),
    }
}
