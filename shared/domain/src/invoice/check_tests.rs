//! Every rule, by an invoice that breaks it.

use super::super::*;
use super::*;
use crate::*;

fn money(text: &str) -> Money {
    text.parse().expect("an amount")
}

fn invoice() -> Invoice {
    let reduced = Vat::at(VatRate::from_basis_points(550));
    Invoice {
        number: InvoiceNumber::new("F2026-0001").expect("a number"),
        kind: InvoiceKind::Invoice,
        issued_on: "2026-11-24".parse().expect("a date"),
        due_on: "2026-12-24".parse().ok(),
        delivered_on: None,
        currency: "EUR".into(),
        references: References::default(),
        period: None,
        buyer: Buyer {
            code: CustomerCode::new("C00042").expect("a code"),
            address: Address {
                name: "Bistrot d’Œuvre".into(), country: "FR".into(), ..Address::default()
            },
            siren: None,
            vat_number: String::new(),
            reference: String::new(),
        },
        deliver_to: None,
        payment: PaymentInstructions { means: "Virement".into(), ..PaymentInstructions::default() },
        note: String::new(),
        lines: vec![
            InvoiceLine {
                origin: PurchaseOrigin::Web,
                reference: "1042".into(),
                delivered_on: None,
                article: ArticleCode::new("TOM-6").ok(),
                designation: "Cagette tomates 6 kg".into(),
                country_of_origin: "France".into(),
                class: "I".into(),
                lot: String::new(),
                quantity: Quantity::from(3),
                unit: Unit::Case.into(),
                unit_price: UnitPrice::of(money("40.05"), Quantity::from(3)),
                adjustments: vec![Adjustment::allowance(money("4.00"))],
                vat: reduced,
                net: money("36.05"),
            },
            InvoiceLine {
                origin: PurchaseOrigin::Market,
                reference: "T-77".into(),
                delivered_on: None,
                article: None,
                designation: "Consigne".into(),
                country_of_origin: String::new(),
                class: String::new(),
                lot: String::new(),
                quantity: Quantity::from(1),
                unit: Unit::Piece.into(),
                unit_price: UnitPrice::of(money("4.00"), Quantity::from(1)),
                adjustments: vec![],
                vat: Vat::OUTSIDE_SCOPE,
                net: money("4.00"),
            },
        ],
        adjustments: vec![],
        vat_breakdown: vec![
            VatSubtotal::new(reduced, money("36.05"), money("1.98")),
            VatSubtotal::new(Vat::OUTSIDE_SCOPE, money("4.00"), Money::ZERO),
        ],
        totals: InvoiceTotals {
            net: money("40.05"),
            vat: money("1.98"),
            gross: money("42.03"),
            prepaid: money("2.03"),
            rounding: Money::ZERO,
            due: money("40.00"),
        },
    }
}

fn codes(invoice: &Invoice) -> Vec<String> {
    invoice.check(Tolerance::default()).broken.into_iter().map(|rejection| rejection.code).collect()
}

#[test]
fn an_invoice_that_adds_up_passes() {
    assert_eq!(codes(&invoice()), [] as [&str; 0]);
}

#[test]
fn each_broken_sum_names_its_rule() {
    let mut broken = invoice();
    broken.totals.gross = money("42.04");
    assert_eq!(codes(&broken), ["BR-CO-15", "BR-CO-16"]);
    let mut broken = invoice();
    broken.vat_breakdown[0].base = money("36.00");
    assert_eq!(codes(&broken), ["BR-S-08"]);
    let mut broken = invoice();
    broken.lines[0].net = money("36.50");
    assert_eq!(codes(&broken), ["line_net", "BR-S-08", "BR-CO-13"]);
}

#[test]
fn the_erps_vat_stands_when_it_is_a_cent_off_but_not_more() {
    let mut invoice = invoice();
    let shift = |invoice: &mut Invoice, cents: i64| {
        let cents = Money::from_cents(cents);
        invoice.vat_breakdown[0].amount += cents;
        invoice.totals.vat += cents;
        invoice.totals.gross += cents;
        invoice.totals.due += cents;
    };
    shift(&mut invoice, 1);
    assert_eq!(codes(&invoice), [] as [&str; 0]);
    shift(&mut invoice, 1);
    assert_eq!(codes(&invoice), ["BR-CO-17"]);
}

/// However many lines there are: EN 16931 takes less than 1 (BR-CO-17, BR-S-09).
#[test]
fn the_vat_of_a_rate_is_never_off_by_one_or_more() {
    for (lines, off, taken) in
        [(150, 99, true), (150, 100, false), (150, -99, true), (150, -140, false), (98, 99, false)]
    {
        let mut invoice = invoice();
        invoice.lines = vec![invoice.lines[0].clone(); lines];
        let net = invoice.lines_net();
        let row = &mut invoice.vat_breakdown[0];
        (row.base, row.amount) = (net, row.vat.rate.on(net).expect("in range") + Money::from_cents(off));
        let vat = row.amount;
        invoice.vat_breakdown.truncate(1);
        let gross = net + vat;
        invoice.totals =
            InvoiceTotals { net, vat, gross, prepaid: Money::ZERO, rounding: Money::ZERO, due: gross };
        let expected: &[&str] = if taken { &[] } else { &["BR-CO-17"] };
        assert_eq!(codes(&invoice), expected, "{lines} lines, {off} cents");
        let wide = Tolerance { vat_per_line: money("5.00"), ..Tolerance::default() };
        assert_eq!(invoice.check(wide).broken.is_empty(), off.abs() < 100, "{lines} lines, {off} cents");
    }
}

#[test]
fn a_credit_note_with_negative_amounts_is_refused() {
    let mut credit = invoice();
    credit.kind = InvoiceKind::CreditNote;
    credit.references.corrects = InvoiceNumber::new("F2026-0000").ok();
    assert_eq!(codes(&credit), [] as [&str; 0]);
    credit.totals.gross = -credit.totals.gross;
    assert!(codes(&credit).contains(&"credit_note_sign".to_owned()));
}

#[test]
fn a_credit_note_without_its_invoice_is_refused() {
    let mut credit = invoice();
    credit.kind = InvoiceKind::CreditNote;
    assert_eq!(codes(&credit), ["missing_correction"]);
}

/// What each rule finds in an invoice that breaks it and no other.
#[test]
fn every_rule_is_found_by_its_name() {
    type Break = fn(&mut Invoice);
    let exempt = |category| Vat { category, rate: VatRate::ZERO };
    let cases: Vec<(&[&str], Break)> = vec![
        (&["BR-16", "BR-S-08", "BR-O-08", "BR-CO-13"], |invoice| invoice.lines.clear()),
        (&["BR-CL-04"], |invoice| invoice.currency = "EUX".into()),
        (&["BR-55"], |invoice| invoice.references.corrects_issued_on = "2026-11-01".parse().ok()),
        (&["due_before_issue"], |invoice| invoice.due_on = "2026-11-23".parse().ok()),
        (&["BR-29"], |invoice| {
            let (start, end) = ("2026-11-24".parse(), "2026-11-23".parse());
            invoice.period = Some(Period { start: start.expect("a date"), end: end.expect("a date") });
        }),
        (&["BR-CL-16"], |invoice| invoice.payment.means_code = "VIR".into()),
        (&["BR-07"], |invoice| invoice.buyer.address.name = " ".into()),
        (&["BR-11"], |invoice| invoice.buyer.address.country.clear()),
        (&["BR-CL-14"], |invoice| invoice.buyer.address.country = "UK".into()),
        (&["BR-57"], |invoice| {
            invoice.deliver_to = Some(Address { name: "Cuisine".into(), ..Address::default() });
        }),
        (&["BR-CO-09"], |invoice| invoice.buyer.vat_number = "40303265045".into()),
        (&["BR-25"], |invoice| invoice.lines[1].designation.clear()),
        (&["BR-27"], |invoice| {
            invoice.lines[1].unit_price = UnitPrice::of(money("-4.00"), Quantity::from(1));
            invoice.lines[1].quantity = Quantity::new((-1).into());
        }),
        (&["line_net"], |invoice| invoice.lines[1].quantity = Quantity::from(2)),
        (&["BR-CO-18", "BR-S-01", "BR-O-01", "BR-CO-14"], |invoice| invoice.vat_breakdown.clear()),
        (&["BR-O-01"], |invoice| {
            invoice.vat_breakdown.pop();
        }),
        (&["BR-S-01"], |invoice| {
            let again = invoice.vat_breakdown[0].clone();
            invoice.vat_breakdown.push(again);
            invoice.totals.vat += money("1.98");
            invoice.totals.gross += money("1.98");
            invoice.totals.due += money("1.98");
        }),
        (&["BR-O-09"], |invoice| {
            invoice.vat_breakdown[1].amount = money("0.01");
            invoice.totals.vat += money("0.01");
            invoice.totals.gross += money("0.01");
            invoice.totals.due += money("0.01");
        }),
        (&["BR-S-10"], |invoice| invoice.vat_breakdown[0].exemption_reason = "Exonéré".into()),
        (&["BR-CO-16"], |invoice| invoice.totals.rounding = money("0.01")),
        (&["unprintable"], |invoice| invoice.buyer.address.name = "Ресторан".into()),
        (&["unprintable"], |invoice| invoice.buyer.address.city = "東京".into()),
        (&["unprintable"], |invoice| {
            invoice.deliver_to = Some(Address { line1: "Ακτή".into(), ..invoice.buyer.address.clone() });
        }),
        (&["unprintable"], |invoice| invoice.lines[1].designation = "Nouilles 拉麵".into()),
    ];
    for (expected, spoil) in cases {
        let mut spoilt = invoice();
        spoil(&mut spoilt);
        assert_eq!(codes(&spoilt), expected);
    }
    for (category, expected) in [
        (VatCategory::ReverseCharge, &["BR-AE-02"][..]),
        (VatCategory::IntraCommunity, &["BR-IC-02", "BR-IC-11"]),
        (VatCategory::Export, &[]),
        (VatCategory::Exempt, &[]),
        (VatCategory::Zero, &[]),
    ] {
        let mut spoilt = invoice();
        spoilt.lines[1].vat = exempt(category);
        spoilt.vat_breakdown[1].vat = exempt(category);
        assert_eq!(codes(&spoilt), expected, "{category:?}");
        spoilt.buyer.vat_number = "DE811569869".into();
        spoilt.delivered_on = Some(spoilt.issued_on);
        spoilt.deliver_to = Some(spoilt.buyer.address.clone());
        assert_eq!(codes(&spoilt), [] as [&str; 0], "{category:?}");
    }
}

#[test]
fn a_mention_that_cannot_be_printed_is_named_with_its_letters() {
    let mut spoilt = invoice();
    spoilt.buyer.address.name = "Bistrot 拉麵 🍜 e\u{301}te\u{301}".into();
    spoilt.note = "拉".into();
    let broken = spoilt.check(Tolerance::default()).broken;
    let found: Vec<_> = broken.iter().map(|fault| (fault.field.as_str(), fault.value.as_str())).collect();
    assert_eq!(found, [("buyer.name", "拉麵")], "a note that is not mandatory is no fault");
}

#[test]
fn an_unknown_origin_keeps_the_revision_under_which_it_was_recorded() {
    let web = invoice();
    let mut unknown = web.clone();
    unknown.lines[0].origin = PurchaseOrigin::Unknown;
    assert_eq!(unknown.revision(), web.revision());
    unknown.lines[0].origin = PurchaseOrigin::Market;
    assert_ne!(unknown.revision(), web.revision());
}

#[test]
fn a_rate_that_its_category_cannot_have_is_found_wherever_it_stands() {
    let mut spoilt = invoice();
    let wrong = Vat { category: VatCategory::Exempt, rate: VatRate::from_basis_points(550) };
    spoilt.lines[0].vat = wrong;
    spoilt.vat_breakdown[0].vat = wrong;
    assert!(codes(&spoilt).contains(&"BR-E-05".to_owned()), "{:?}", codes(&spoilt));
    for (kind, code) in [(AdjustmentKind::Allowance, "BR-S-06"), (AdjustmentKind::Charge, "BR-S-07")] {
        let mut spoilt = invoice();
        let vat = Vat { category: VatCategory::Standard, rate: VatRate::ZERO };
        let adjustment = Adjustment { kind, ..Adjustment::allowance(Money::ZERO) };
        spoilt.adjustments.push(DocumentAdjustment { adjustment, vat });
        assert_eq!(codes(&spoilt), [code, "BR-S-01"]);
    }
}

#[test]
fn allowances_and_charges_on_the_whole_count_in_base_and_total() {
    let mut invoice = invoice();
    let vat = Vat::at(VatRate::from_basis_points(550));
    let charge = Adjustment { kind: AdjustmentKind::Charge, ..Adjustment::allowance(money("10.00")) };
    invoice.adjustments.push(DocumentAdjustment { adjustment: charge, vat });
    invoice.adjustments.push(DocumentAdjustment { adjustment: Adjustment::allowance(money("4.00")), vat });
    assert_eq!(codes(&invoice), ["BR-S-08", "BR-CO-13"]);
    invoice.vat_breakdown[0] = VatSubtotal::new(vat, money("42.05"), money("2.31"));
    invoice.totals = InvoiceTotals {
        net: money("46.05"),
        vat: money("2.31"),
        gross: money("48.36"),
        prepaid: Money::ZERO,
        rounding: money("0.04"),
        due: money("48.40"),
    };
    assert_eq!(codes(&invoice), [] as [&str; 0]);
}

#[test]
fn what_is_within_the_tolerance_stands_with_a_note_that_has_both_figures() {
    let mut invoice = invoice();
    invoice.vat_breakdown[0].amount += Money::from_cents(1);
    invoice.totals.vat += Money::from_cents(1);
    invoice.totals.gross += Money::from_cents(1);
    invoice.totals.due += Money::from_cents(1);
    let checked = invoice.check(Tolerance::default());
    assert_eq!((checked.broken.len(), checked.notes.len()), (0, 1));
    assert_eq!(
        (checked.notes[0].code.as_str(), checked.notes[0].value.as_str()),
        ("BR-CO-17", "1.99 where 1.98 is computed")
    );
    let none = Tolerance { line: Money::ZERO, vat_per_line: Money::ZERO };
    assert_eq!(invoice.check(none).broken.len(), 1);
}
