//! What holds of every layout: what is written by it reads back the same, and whatever bytes come, each
//! row ends in a good invoice or in the rejects, and nothing panics or hangs.

use passerelle_domain::{
    Adjustment, AdjustmentKind, DocumentAdjustment, Invoice, Money, Period, Vat, VatRate, VatSubtotal,
};
use passerelle_erp::invoices::InvoiceLayout;
use proptest::prelude::*;
use proptest::sample::Index;

use crate::invoice_properties::any_invoices;
use crate::samples::*;
use crate::written::{Look, Shape, as_written};

/// Invoices with everything that the written layouts have columns for.
fn any_full_invoices() -> impl Strategy<Value = Vec<Invoice>> {
    (any_invoices(), prop::option::of(1i64..5000), any::<bool>()).prop_map(
        |((mut invoices, _), port, extras)| {
            for invoice in &mut invoices {
                // Not all of the encodings have it.
                for text in invoice.lines.iter_mut().map(|line| &mut line.designation) {
                    *text = text.replace('’', "'");
                }
                invoice.note = invoice.note.replace('’', "'");
                invoice.buyer.address.name = invoice.buyer.address.name.replace('’', "'");
                if let Some(cents) = port {
                    let charge = Adjustment::allowance(Money::from_cents(cents));
                    let adjustment = Adjustment { kind: AdjustmentKind::Charge, ..charge };
                    let vat = Vat::at(VatRate::from_basis_points(2000));
                    invoice.adjustments.push(DocumentAdjustment { adjustment, vat });
                }
                if extras {
                    let (start, end) = (invoice.issued_on, invoice.issued_on.tomorrow().expect("a date"));
                    invoice.period = Some(Period { start, end });
                    invoice.references.purchase_order = "BC-0042".into();
                    invoice.payment.means_code = "49".into();
                    invoice.payment.terms = "30 jours".into();
                    invoice.buyer.reference = "Cuisine".into();
                }
                sum_up(invoice);
                *invoice = as_written(invoice.clone());
            }
            invoices
        },
    )
}

fn sum_up(invoice: &mut Invoice) {
    let mut rows: Vec<VatSubtotal> = Vec::new();
    let parts = invoice.lines.iter().map(|line| (line.vat, line.net));
    let parts = parts.chain(invoice.adjustments.iter().map(|a| (a.vat, a.adjustment.effect())));
    for (vat, net) in parts {
        match rows.iter_mut().find(|row| row.vat == vat) {
            Some(row) => row.base += net,
            None => rows.push(VatSubtotal::new(vat, net, Money::ZERO)),
        }
    }
    rows.sort_by_key(|row| row.vat);
    for row in &mut rows {
        row.amount = row.vat.rate.on(row.base).expect("in range");
    }
    let totals = &mut invoice.totals;
    totals.net = rows.iter().map(|row| row.base).sum();
    totals.vat = rows.iter().map(|row| row.amount).sum();
    totals.gross = totals.net + totals.vat;
    totals.prepaid = totals.prepaid.min(totals.gross);
    totals.rounding = Money::from_cents(totals.gross.cents() % 3 - 1);
    totals.due = totals.gross - totals.prepaid + totals.rounding;
    invoice.vat_breakdown = rows;
}

/// How many rows an invoice that was read stood on.
fn rows_of(look: &Look, invoice: &Invoice) -> usize {
    invoice.lines.len() + usize::from(matches!(look.shape, Shape::Records { .. }))
}

/// Both passes, and what must hold of them whatever the bytes are. Answers whether it was accepted.
fn both_passes(look: &Look, layout: &InvoiceLayout, bytes: &[u8]) -> Result<bool, TestCaseError> {
    let Ok(summary) = check(layout, bytes) else { return Ok(false) };
    let Read { good, bad, rejects, .. } = read(layout, bytes);
    let rows = good.iter().map(|invoice| rows_of(look, invoice)).sum::<usize>();
    let rejected: usize = bad.iter().map(|invoice| invoice.rows.len()).sum();
    prop_assert_eq!((rows + rejected) as u64, summary.rows, "every row is in one and in one only");
    prop_assert_eq!((good.len() + bad.len()) as u64, summary.invoices);
    for rejected in &bad {
        prop_assert!(!rejected.faults.is_empty());
        prop_assert!(rejected.faults.iter().all(|fault| !fault.sentence().is_empty()));
    }
    if rejected > 0 {
        // What is dropped again as it is, is rejected again: nothing else comes in with it.
        let again =
            check(layout, &rejects).map_err(|rejection| TestCaseError::fail(rejection.to_string()))?;
        prop_assert_eq!(again.rows as usize, rejected);
        let again = read(layout, &rejects);
        prop_assert_eq!(again.good, []);
        let numbers = |of: &[passerelle_erp::invoices::RejectedInvoice]| {
            of.iter().map(|rejected| rejected.number.clone()).collect::<Vec<_>>()
        };
        prop_assert_eq!(numbers(&again.bad), numbers(&bad));
    }
    Ok(true)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(160))]

    #[test]
    fn what_is_written_by_a_layout_reads_back_the_same(look in Look::any(), given in any_full_invoices()) {
        let layout = look.layout();
        let (bytes, rows) = look.file(&given);
        let summary = check(&layout, &bytes);
        prop_assert_eq!(summary.map(|found| (found.invoices as usize, found.rows as usize)), Ok((given.len(), rows)), "{}", look.toml());
        let Read { good, bad, .. } = read(&layout, &bytes);
        prop_assert_eq!(bad, []);
        prop_assert_eq!(good, given);
    }

    #[test]
    fn damaged_bytes_are_refused_or_every_row_is_accounted_for(
        look in Look::any(),
        given in any_full_invoices(),
        damage in prop::collection::vec((any::<Index>(), any::<u8>(), 0u8..5), 1..6),
    ) {
        let layout = look.layout();
        let (mut bytes, _) = look.file(&given);
        for (at, byte, how) in damage {
            if bytes.is_empty() {
                break;
            }
            let at = at.index(bytes.len());
            match how {
                0 => bytes[at] = byte,
                1 => drop(bytes.remove(at)),
                2 => bytes.insert(at, b"0123456789;,\t|\"\n-.EL "[usize::from(byte) % 21]),
                3 => bytes[at] = b'0' + byte % 10,
                _ if byte < 40 => bytes.truncate(at),
                _ => {}
            }
        }
        both_passes(&look, &layout, &bytes)?;
    }

    #[test]
    fn any_bytes_behind_a_head_are_refused_or_every_row_is_accounted_for(
        look in Look::any(),
        headed in any::<bool>(),
        bytes in prop::collection::vec(prop::sample::select(b"EL01;,\t|\"\r\n# -.\xe9\xc3\xa9\x00".to_vec()), 0..400),
    ) {
        let layout = look.layout();
        let mut file = if headed { look.file(&[]).0 } else { Vec::new() };
        file.extend(bytes);
        both_passes(&look, &layout, &file)?;
    }

    #[test]
    fn a_damaged_layout_is_refused_with_a_path_or_read(
        look in Look::any(),
        given in any_full_invoices(),
        damage in prop::collection::vec((any::<Index>(), "[a-z0-9\\[\\]=\"., \n-]{0,4}"), 1..4),
    ) {
        let mut toml = look.toml();
        for (at, text) in damage {
            let at = at.index(toml.len());
            let (from, to) = (toml.floor_char_boundary(at), toml.ceil_char_boundary(at + text.len()));
            toml.replace_range(from..to.max(from), &text);
        }
        match InvoiceLayout::from_toml(&toml) {
            Err(error) => prop_assert!(error.as_slice().iter().all(|error| !error.message.is_empty())),
            Ok(layout) => {
                let (bytes, _) = look.file(&given);
                if check(&layout, &bytes).is_ok() {
                    read(&layout, &bytes);
                }
            }
        }
    }

    #[test]
    fn an_invoice_rejected_for_wrong_values_is_taken_once_corrected(
        mut look in Look::any(),
        given in any_full_invoices(),
        which in any::<Index>(),
    ) {
        look.trailer = false;
        let layout = look.layout();
        let which = which.index(given.len());
        let mut spoilt = given.clone();
        // Not an amount of money that is due: its figure is written as it is.
        spoilt[which].totals.due += Money::from_cents(1);
        let (bytes, _) = look.file(&spoilt);
        prop_assert!(both_passes(&look, &layout, &bytes)?);
        let Read { good, bad, rejects, .. } = read(&layout, &bytes);
        prop_assert_eq!((good.len(), bad.len()), (given.len() - 1, 1));
        prop_assert_eq!(bad[0].faults.iter().map(|f| f.rejection.code.as_str()).collect::<Vec<_>>(), ["BR-CO-16"]);
        // A person puts the right figures into each row, and leaves the added columns as they are.
        let (wrong, _) = bare(&look).file(&spoilt[which..=which]);
        let (right, _) = bare(&look).file(&given[which..=which]);
        let lines = |bytes: &[u8]| bytes.split(|&byte| byte == b'\n').map(<[u8]>::to_vec).collect::<Vec<_>>();
        let mut corrected = rejects;
        for (wrong, right) in lines(&wrong).iter().zip(lines(&right)) {
            let found = (0..corrected.len()).find(|&at| corrected[at..].starts_with(wrong.trim_ascii_end()));
            let at = found.expect("each row stands there as it came");
            corrected.splice(at..at + wrong.trim_ascii_end().len(), right.trim_ascii_end().iter().copied());
        }
        let Read { good, bad, .. } = read(&layout, &corrected);
        prop_assert_eq!(bad, []);
        prop_assert_eq!(good, &given[which..=which], "just that one");
    }
}

/// The same look with nothing but rows.
fn bare(look: &Look) -> Look {
    let look = look.clone();
    let shape = match look.shape {
        Shape::Named | Shape::Positions { .. } => Shape::Positions { header: false },
        Shape::Records { number_on_lines, .. } => Shape::Records { header: false, number_on_lines },
    };
    Look { shape, title_rows: 0, repeated_header: false, comments: false, bom: false, ..look }
}
