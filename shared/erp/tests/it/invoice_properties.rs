//! What holds of every invoice file.

use std::collections::BTreeSet;

use passerelle_domain::{
    Address, Adjustment, ArticleCode, Buyer, CustomerCode, Invoice, InvoiceKind, InvoiceLine, InvoiceNumber,
    InvoiceTotals, Money, PaymentInstructions, PurchaseOrigin, Quantity, References, Siren, Unit, UnitPrice,
    Vat, VatRate, VatSubtotal,
};
use proptest::prelude::*;
use rust_decimal::Decimal;

use crate::samples::*;
use crate::till;

fn any_text() -> impl Strategy<Value = String> {
    "[a-zA-Zéèœ€’ ;\"=+@-]{1,20}".prop_map(|text| format!("x{}x", text.trim()))
}

fn any_line() -> impl Strategy<Value = InvoiceLine> {
    let figures = (1i64..20_000, 1i64..100_000, 0i64..500, 0usize..4);
    let rest = (any::<bool>(), any_text(), 0usize..4, prop::option::of(1i8..28), any::<bool>());
    (figures, rest).prop_map(|((thousandths, price, discount, vat), (web, text, unit, day, article))| {
        let quantity = Quantity::new(Decimal::new(thousandths, 3));
        let unit_price = UnitPrice::new(Decimal::new(price, 3));
        let gross = unit_price.times(quantity).expect("in range");
        let discount = Money::from_cents(discount).min(gross);
        let rate = |points| Vat::at(VatRate::from_basis_points(points));
        InvoiceLine {
            origin: if web { PurchaseOrigin::Web } else { PurchaseOrigin::Market },
            reference: format!("T-{price}"),
            delivered_on: day.map(|day| jiff::civil::date(2026, 11, day)),
            article: article.then(|| ArticleCode::new("0042").expect("a code")),
            designation: text,
            country_of_origin: "ES".into(),
            class: "I".into(),
            lot: String::new(),
            quantity,
            unit: [Unit::Piece, Unit::Kilogram, Unit::Case, Unit::Litre][unit].into(),
            unit_price,
            adjustments: Some(discount)
                .filter(|d| !d.is_zero())
                .map(Adjustment::allowance)
                .into_iter()
                .collect(),
            vat: [rate(550), rate(1000), rate(2000), Vat::OUTSIDE_SCOPE][vat],
            net: gross - discount,
        }
    })
}

fn any_invoice() -> impl Strategy<Value = Invoice> {
    (prop::collection::vec(any_line(), 1..6), any_text(), any::<bool>(), any::<bool>(), 0i64..1000).prop_map(
        |(lines, name, credit, elsewhere, prepaid)| {
            let vats = [550, 1000, 2000].map(|points| Vat::at(VatRate::from_basis_points(points)));
            let vat_breakdown: Vec<VatSubtotal> = vats
                .into_iter()
                .chain([Vat::OUTSIDE_SCOPE])
                .filter(|vat| lines.iter().any(|line| line.vat == *vat))
                .map(|vat| {
                    let base = lines.iter().filter(|line| line.vat == vat).map(|line| line.net).sum();
                    VatSubtotal::new(vat, base, vat.rate.on(base).expect("in range"))
                })
                .collect();
            let net = lines.iter().map(|line| line.net).sum::<Money>();
            let vat = vat_breakdown.iter().map(|row| row.amount).sum();
            let gross = net + vat;
            let prepaid = Money::from_cents(prepaid).min(gross);
            let address = |name: &str| Address {
                name: name.to_owned(),
                line1: "1 rue du Marché".into(),
                postcode: "94150".into(),
                city: "Rungis".into(),
                country: "FR".into(),
                ..Address::default()
            };
            Invoice {
                number: InvoiceNumber::new("F1").expect("a number"),
                kind: if credit { InvoiceKind::CreditNote } else { InvoiceKind::Invoice },
                issued_on: jiff::civil::date(2026, 11, 24),
                due_on: Some(jiff::civil::date(2026, 12, 24)),
                delivered_on: None,
                currency: "EUR".into(),
                period: None,
                references: References {
                    corrects: credit.then(|| InvoiceNumber::new("F0").expect("a number")),
                    ..References::default()
                },
                buyer: Buyer {
                    code: CustomerCode::new("C00042").expect("a code"),
                    address: address(&name),
                    siren: Siren::new("404833048").ok(),
                    vat_number: String::new(),
                    reference: String::new(),
                },
                deliver_to: elsewhere.then(|| address("Cuisine")),
                payment: PaymentInstructions {
                    means: "Prélèvement".into(),
                    ..PaymentInstructions::default()
                },
                note: name,
                lines,
                adjustments: vec![],
                vat_breakdown,
                totals: InvoiceTotals {
                    net,
                    vat,
                    gross,
                    prepaid,
                    rounding: Money::ZERO,
                    due: gross - prepaid,
                },
            }
        },
    )
}

/// Some invoices with numbers of their own, and the sum of their totals.
pub fn any_invoices() -> impl Strategy<Value = (Vec<Invoice>, Money)> {
    prop::collection::vec(any_invoice(), 1..6).prop_map(|mut invoices| {
        let mut sum = Money::ZERO;
        for (i, invoice) in invoices.iter_mut().enumerate() {
            invoice.number = InvoiceNumber::new(format!("F2026/{i}")).expect("a number");
            let credit = invoice.kind == InvoiceKind::CreditNote;
            sum += if credit { -invoice.totals.gross } else { invoice.totals.gross };
        }
        (invoices, sum)
    })
}

/// Rows of all invoices, those of one invoice apart from each other.
fn interleaved(invoices: &[Invoice]) -> Vec<Vec<String>> {
    let rows: Vec<Vec<Vec<String>>> = invoices.iter().map(till::rows).collect();
    let most = rows.iter().map(Vec::len).max().unwrap_or(0);
    (0..most).flat_map(|i| rows.iter().filter_map(move |rows| rows.get(i).cloned())).collect()
}

proptest! {
    #[test]
    fn what_a_till_writes_reads_back_the_same((given, sum) in any_invoices()) {
        let layout = invoices(LOCAL_INVOICES);
        let bytes = till::file(&interleaved(&given), given.len(), sum);
        let summary = check(&layout, &bytes);
        prop_assert_eq!(summary.map(|s| (s.invoices, s.gross)), Ok((given.len() as u64, sum)));
        let Read { good, bad, .. } = read(&layout, &bytes);
        prop_assert_eq!(bad, []);
        prop_assert_eq!(good, given);
    }

    #[test]
    fn every_row_ends_in_a_good_invoice_or_in_the_rejects(
        (given, _) in any_invoices(),
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>(), "[0-9A-Z,./ ]{0,6}"), 0..6),
    ) {
        let layout = without_trailer(LOCAL_INVOICES);
        let mut rows = interleaved(&given);
        for (row, column, text) in damage {
            let i = row.index(rows.len());
            let column = column.index(rows[i].len());
            rows[i][column] = text;
        }
        let bytes = till::rows_file(&rows);
        let (mut good_rows, mut bad_lines, mut numbers) = (0, Vec::<u64>::new(), BTreeSet::new());
        let Read { good, bad, rejects: file, .. } = read(&layout, &bytes);
        for invoice in good {
            good_rows += invoice.lines.len();
            prop_assert!(numbers.insert(invoice.number.to_string()));
        }
        for invoice in bad {
            prop_assert!(!invoice.faults.is_empty());
            prop_assert!(invoice.faults.iter().all(|fault| invoice.rows.contains(&fault.line)));
            bad_lines.extend(&invoice.rows);
            prop_assert!(numbers.insert(invoice.number.clone()));
        }
        prop_assert_eq!(good_rows + bad_lines.len(), rows.len());
        let mut reader = csv::ReaderBuilder::new().delimiter(b';').from_reader(file.as_slice());
        let records: Vec<csv::ByteRecord> = reader.byte_records().collect::<Result<_, _>>().expect("CSV");
        let lines: Vec<u64> = records
            .iter()
            .map(|record| String::from_utf8_lossy(&record[49]).parse().expect("a line number"))
            .collect();
        prop_assert_eq!(&lines, &bad_lines);
        for (record, line) in records.iter().zip(lines) {
            let original = &rows[usize::try_from(line).expect("small") - 2];
            let kept: Vec<String> = record.iter().take(49).map(|cell| encoding_rs::WINDOWS_1252.decode(cell).0.into_owned()).collect();
            prop_assert_eq!(&kept, original);
        }
    }

    #[test]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..300), tail in any::<bool>()) {
        let layout = invoices(LOCAL_INVOICES);
        let mut file = if tail { format!("{}\r\n", till::COLUMNS).into_bytes() } else { Vec::new() };
        file.extend(bytes);
        if open(&layout, &file).is_ok() {
            let _ = read(&layout, &file);
        }
    }
}
