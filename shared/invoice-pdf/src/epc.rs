//! The payment code: a QR code that banking applications read as a transfer, filled in (European
//! Payments Council, EPC069-12, version 2).

use fast_qr::{ECL, QRBuilder};
use passerelle_domain::{Invoice, Seller};

use crate::balance::Balance;

/// The most characters of a name and of a remittance text that the code may hold.
const NAME: usize = 70;
const REMITTANCE: usize = 140;

/// A QR code as an image of one bit a cell: each row begins a byte, dark cells are 0.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Code {
    /// Cells in a row, and rows.
    pub(crate) side: usize,
    pub(crate) bits: Vec<u8>,
}

/// The code for what is due, or nothing where none can be made: no account, no euros, nothing due.
pub(crate) fn code(seller: &Seller, invoice: &Invoice) -> Option<Code> {
    let code = QRBuilder::new(content(seller, invoice)?).ecl(ECL::M).build().ok()?;
    let row = |row: usize| {
        let cells: Vec<bool> = code[row].iter().map(|cell| cell.value()).collect();
        let byte = |cells: &[bool]| {
            (0..8).fold(0, |byte, at| byte << 1 | u8::from(!cells.get(at).copied().unwrap_or(false)))
        };
        cells.chunks(8).map(byte).collect::<Vec<u8>>()
    };
    Some(Code { side: code.size, bits: (0..code.size).flat_map(row).collect() })
}

fn content(seller: &Seller, invoice: &Invoice) -> Option<String> {
    let Balance::ToPay(due) = Balance::of(invoice) else { return None };
    let iban: String = seller.iban.chars().filter(|c| !c.is_whitespace()).collect();
    if iban.is_empty() || invoice.currency != "EUR" || due.cents() > 99_999_999_999 {
        return None;
    }
    let line = |text: &str, most: usize| -> String {
        text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(most).collect()
    };
    let name = line(&seller.name, NAME);
    let remittance = line(&remittance(invoice), REMITTANCE);
    // Service tag, version, UTF-8, credit transfer; then BIC, name, account, amount, purpose (none),
    // structured reference (none), text.
    Some(format!("BCD\n002\n1\nSCT\n{}\n{name}\n{iban}\nEUR{due}\n\n\n{remittance}", seller.bic))
}

/// What the buyer quotes (BT-83): the ERP's, else the invoice's number.
pub(crate) fn remittance(invoice: &Invoice) -> String {
    match invoice.payment.remittance.trim() {
        "" => format!("Facture {}", invoice.number),
        given => given.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use passerelle_domain::Money;

    use super::*;

    fn invoice() -> Invoice {
        serde_json::from_str(include_str!("../../../tests/fixtures/invoices/web-and-market.json"))
            .expect("the fixture")
    }

    fn seller() -> Seller {
        let text = include_str!("../../../tests/fixtures/invoices/presentation.toml");
        toml::from_str::<crate::Presentation>(text).expect("the fixture").seller
    }

    #[test]
    fn the_code_has_what_a_bank_needs() {
        let content = content(&seller(), &invoice()).expect("something is due");
        let lines: Vec<&str> = content.split('\n').collect();
        assert_eq!(lines[..4], ["BCD", "002", "1", "SCT"]);
        assert_eq!(
            lines[4..7],
            ["AGRIFRPPXXX", "Halles & Primeurs de Rungis", "FR7630006000011234567890189"]
        );
        assert_eq!(lines[7], format!("EUR{}", invoice().totals.due));
        assert_eq!(lines[8..], ["", "", "Facture F2026-004217"]);
        let code = code(&seller(), &invoice()).expect("a code");
        assert_eq!(code.bits.len(), code.side * code.side.div_ceil(8));
        assert_eq!(code.bits[0] >> 1, 0, "the finder's upper edge: seven dark cells");
    }

    #[test]
    fn there_is_none_without_an_account_or_without_anything_due() {
        let mut paid = invoice();
        paid.totals.due = Money::ZERO;
        assert_eq!(content(&seller(), &paid), None);
        paid.totals.due = Money::from_cents(-1200);
        assert_eq!(content(&seller(), &paid), None);
        let mut abroad = invoice();
        abroad.currency = "CHF".into();
        assert_eq!(content(&seller(), &abroad), None);
        let without = Seller { iban: String::new(), ..seller() };
        assert_eq!(content(&without, &invoice()), None);
    }
}
