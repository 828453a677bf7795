//! Invoices of all kinds, each adding up: for the tests of the page, the conformance tests and the bench.
#![allow(dead_code, reason = "each program uses its own part")]

use passerelle_domain::{
    Address, Adjustment, AdjustmentKind, ArticleCode, Buyer, CustomerCode, DocumentAdjustment, Invoice,
    InvoiceKind, InvoiceLine, InvoiceNumber, InvoiceTotals, Money, PaymentInstructions, Period,
    PurchaseOrigin, Quantity, References, Siren, Tolerance, Unit, UnitPrice, Vat, VatCategory, VatRate,
    VatSubtotal,
};

/// What a wholesaler at Rungis sells, as its till writes it.
const GOODS: [(&str, &str, &str, &str, Unit, &str, u16); 12] = [
    ("TOM-GRAP-6", "Tomates grappe, cagette de 6 kg", "France", "I", Unit::Case, "13.35", 550),
    ("CEP-EXT", "Cèpes bouchon, vrac", "France", "Extra", Unit::Kilogram, "38.50", 550),
    ("CRE-LIQ-35", "Crème liquide 35 %, bidon de 5 L", "", "", Unit::Litre, "4.182", 550),
    ("VIN-CDR", "Côtes-du-rhône « Œuvre au noir », 75 cl", "France", "", Unit::Piece, "6.90", 2000),
    ("ORA-TAB", "Oranges de table Navelina, calibre 4", "ES", "I", Unit::Kilogram, "1.15", 550),
    ("SAU-FUM", "Saumon fumé d’Écosse tranché, label rouge", "GB", "", Unit::Kilogram, "31.25", 550),
    ("PLA-CUI", "Plat cuisiné du jour, barquette", "", "", Unit::Piece, "5.40", 1000),
    ("REV-GAS", "Le Journal de la gastronomie", "", "", Unit::Piece, "3.90", 210),
    ("HER-FIN", "Herbes fines, botte", "France", "", Unit::Piece, "0.85", 550),
    ("CHO-BRU", "Choux de Bruxelles parés", "BE", "II", Unit::Kilogram, "2.60", 550),
    ("EAU-GAZ", "Eau gazeuse, 12 × 1 L", "IT", "", Unit::Case, "7.20", 550),
    ("POM-GAL", "Pommes Gala 170/220, plateau 13 kg", "France", "I", Unit::Case, "18.75", 550),
];

pub fn money(text: &str) -> Money {
    text.parse().expect("an amount")
}

pub fn at(rate: u16) -> Vat {
    Vat::at(VatRate::from_basis_points(rate))
}

pub fn without(category: VatCategory) -> Vat {
    Vat { category, rate: VatRate::ZERO }
}

/// The i-th line of an invoice.
pub fn line(i: u32) -> InvoiceLine {
    let (article, designation, country, class, unit, price, rate) = GOODS[i as usize % GOODS.len()];
    let quantity = match unit {
        Unit::Kilogram => {
            Quantity::new(format!("{}.{:02}5", i % 7 + 1, i * 37 % 100).parse().expect("a number"))
        }
        _ => Quantity::from(i % 9 + 1),
    };
    let unit_price = UnitPrice::new(price.parse().expect("a price"));
    let gross = unit_price.times(quantity).expect("in range");
    let discount = if i % 10 == 9 { Money::from_cents(gross.cents() / 10) } else { Money::ZERO };
    InvoiceLine {
        origin: if i % 20 < 13 { PurchaseOrigin::Web } else { PurchaseOrigin::Market },
        reference: if i % 20 < 13 { format!("{}", 1042 + i / 20) } else { format!("T-{}", 77 + i / 20) },
        delivered_on: "2026-11-24".parse().ok(),
        article: ArticleCode::new(article).ok(),
        designation: designation.into(),
        country_of_origin: country.into(),
        class: class.into(),
        lot: if country.is_empty() { String::new() } else { format!("L26-{}", 3281 + i) },
        quantity,
        unit: unit.into(),
        unit_price,
        adjustments: if discount.is_zero() { vec![] } else { vec![Adjustment::allowance(discount)] },
        vat: at(rate),
        net: gross - discount,
    }
}

/// A deposit for so many crates; a negative number is taken back.
pub fn deposit(count: i64) -> InvoiceLine {
    let price = UnitPrice::new("4.00".parse().expect("a price"));
    let quantity = Quantity::new(count.into());
    InvoiceLine {
        article: ArticleCode::new("CONS-EPS").ok(),
        designation: "Consigne caisse EPS 60 × 40".into(),
        country_of_origin: String::new(),
        class: String::new(),
        lot: String::new(),
        quantity,
        unit: Unit::Piece.into(),
        unit_price: price,
        adjustments: vec![],
        vat: Vat::OUTSIDE_SCOPE,
        net: price.times(quantity).expect("in range"),
        ..line(0)
    }
}

/// An invoice of these lines, with its totals.
pub fn of(number: &str, lines: Vec<InvoiceLine>) -> Invoice {
    let mut invoice = Invoice {
        number: InvoiceNumber::new(number).expect("a number"),
        kind: InvoiceKind::Invoice,
        issued_on: "2026-11-24".parse().expect("a date"),
        due_on: "2026-12-24".parse().ok(),
        delivered_on: "2026-11-24".parse().ok(),
        period: None,
        currency: "EUR".into(),
        references: References::default(),
        buyer: Buyer {
            code: CustomerCode::new("C00042").expect("a code"),
            address: Address {
                name: "Bistrot d’Œuvre & Fils".into(),
                line1: "14 rue de l’Abbé-Grégoire".into(),
                line2: "Cour intérieure, porte B".into(),
                postcode: "75006".into(),
                city: "Paris".into(),
                country: "FR".into(),
                phone: String::new(),
            },
            siren: Siren::new("552100554").ok(),
            vat_number: "FR27552100554".into(),
            reference: String::new(),
        },
        deliver_to: None,
        payment: PaymentInstructions { means: "Virement".into(), ..PaymentInstructions::default() },
        note: String::new(),
        lines,
        adjustments: vec![],
        vat_breakdown: vec![],
        totals: InvoiceTotals {
            net: Money::ZERO,
            vat: Money::ZERO,
            gross: Money::ZERO,
            prepaid: Money::ZERO,
            rounding: Money::ZERO,
            due: Money::ZERO,
        },
    };
    total(&mut invoice);
    invoice
}

/// An invoice of so many lines, every eleventh a deposit.
pub fn of_lines(count: u32) -> Invoice {
    let lines = (0..count).map(|i| if i % 11 == 10 { deposit(i64::from(i % 3) + 1) } else { line(i) });
    of(&format!("F2026-{count:06}"), lines.collect())
}

/// Sums everything up anew; what was paid and the rounding stay.
pub fn total(invoice: &mut Invoice) {
    let reasons = std::mem::take(&mut invoice.vat_breakdown);
    let parts = invoice.lines.iter().map(|line| (line.vat, line.net));
    let parts = parts.chain(invoice.adjustments.iter().map(|a| (a.vat, a.adjustment.effect())));
    let mut rows: Vec<VatSubtotal> = Vec::new();
    for (vat, net) in parts {
        match rows.iter_mut().find(|row| row.vat == vat) {
            Some(row) => row.base += net,
            None => rows.push(VatSubtotal::new(vat, net, Money::ZERO)),
        }
    }
    for row in &mut rows {
        row.amount = row.vat.rate.on(row.base).expect("in range");
        if let Some(given) = reasons.iter().find(|given| given.vat == row.vat) {
            row.exemption_reason.clone_from(&given.exemption_reason);
            row.exemption_code.clone_from(&given.exemption_code);
        }
    }
    let totals = &mut invoice.totals;
    totals.net = rows.iter().map(|row| row.base).sum();
    totals.vat = rows.iter().map(|row| row.amount).sum();
    totals.gross = totals.net + totals.vat;
    totals.due = totals.gross - totals.prepaid + totals.rounding;
    invoice.vat_breakdown = rows;
    // What has no name or cannot be printed is refused on its way in; the page must stand it all the same.
    let stood = |code: &str| matches!(code, "BR-25" | "unprintable");
    let broken = invoice.check(Tolerance::default()).broken.into_iter().filter(|fault| !stood(&fault.code));
    assert_eq!(broken.collect::<Vec<_>>(), [], "{}", invoice.number);
}

fn goods(count: u32) -> Vec<InvoiceLine> {
    (0..count).map(line).collect()
}

fn with(number: &str, lines: Vec<InvoiceLine>, change: impl FnOnce(&mut Invoice)) -> Invoice {
    let mut invoice = of(number, lines);
    change(&mut invoice);
    total(&mut invoice);
    invoice
}

fn taxed(lines: Vec<InvoiceLine>, vat: Vat) -> Vec<InvoiceLine> {
    lines.into_iter().map(|line| InvoiceLine { vat, ..line }).collect()
}

fn on_the_whole(kind: AdjustmentKind, amount: &str, reason: &str, vat: Vat) -> DocumentAdjustment {
    let adjustment =
        Adjustment { kind, amount: money(amount), reason: reason.into(), ..Adjustment::default() };
    DocumentAdjustment { adjustment, vat }
}

fn abroad(invoice: &mut Invoice, country: &str, vat_number: &str) {
    invoice.buyer.siren = None;
    invoice.buyer.vat_number = vat_number.into();
    invoice.buyer.address.country = country.into();
}

fn credit(invoice: &mut Invoice) {
    invoice.kind = InvoiceKind::CreditNote;
    invoice.due_on = None;
    invoice.payment = PaymentInstructions::default();
    invoice.references.corrects = InvoiceNumber::new("F2026-004217").ok();
    invoice.references.corrects_issued_on = "2026-11-23".parse().ok();
}

fn by_transfer(invoice: &mut Invoice, code: &str) {
    credit(invoice);
    invoice.due_on = "2026-12-24".parse().ok();
    invoice.payment.means = "Virement".into();
    invoice.payment.means_code = code.into();
}

fn vat_kinds() -> Vec<(&'static str, Invoice)> {
    use VatCategory::{Exempt, Export, IntraCommunity, ReverseCharge};
    let rates = [210, 550, 1000, 2000, 0];
    let five =
        |count| (0..count).map(|i| InvoiceLine { vat: at(rates[i as usize % 5]), ..line(i) }).collect();
    let mixed = |vat| [goods(2), taxed(goods(3), vat)].concat();
    vec![
        ("rate-2-1", of("V-01", taxed(goods(3), at(210)))),
        ("rate-5-5", of("V-02", taxed(goods(3), at(550)))),
        ("rate-10", of("V-03", taxed(goods(3), at(1000)))),
        ("rate-20", of("V-04", taxed(goods(3), at(2000)))),
        ("zero-vat", of("V-05", taxed(goods(3), at(0)))),
        ("five-rates", of("V-06", five(12))),
        ("five-rates-and-deposits", of("V-07", [five(9), vec![deposit(6)]].concat())),
        ("exempt-lines", of("V-08", mixed(without(Exempt)))),
        ("exempt-only", of("V-09", taxed(goods(2), without(Exempt)))),
        (
            "exempt-with-a-code",
            with("V-10", mixed(without(Exempt)), |invoice| {
                for row in invoice.vat_breakdown.iter_mut().filter(|row| row.vat.category == Exempt) {
                    row.exemption_reason = "Exonération de l’article 261, 4 du CGI.".into();
                    row.exemption_code = "VATEX-FR-CGI261-4".into();
                }
            }),
        ),
        ("exempt-and-deposits", of("V-11", [mixed(without(Exempt)), vec![deposit(2)]].concat())),
        (
            "reverse-charge",
            with("V-12", taxed(goods(3), without(ReverseCharge)), |invoice| {
                abroad(invoice, "IT", "IT00743110157");
            }),
        ),
        (
            "within-the-union",
            with("V-13", taxed(goods(4), without(IntraCommunity)), |invoice| {
                abroad(invoice, "BE", "BE0202239951");
            }),
        ),
        (
            "export",
            with("V-14", taxed(goods(4), without(Export)), |invoice| {
                abroad(invoice, "CH", "CHE116281710");
            }),
        ),
        ("deposits-only", of("V-15", vec![deposit(6)])),
        ("deposits-taken-back", of("V-16", [goods(3), vec![deposit(4), deposit(-7)]].concat())),
        ("vat-a-cent-off", {
            let mut invoice = of("V-17", goods(9));
            let cent = Money::from_cents(1);
            invoice.vat_breakdown[0].amount += cent;
            let totals = &mut invoice.totals;
            (totals.vat, totals.gross, totals.due) =
                (totals.vat + cent, totals.gross + cent, totals.due + cent);
            assert_eq!(invoice.check(Tolerance::default()).broken, []);
            invoice
        }),
        // As far off as a check accepts, each way.
        ("vat-99-cents-too-much", off("V-18", 99)),
        ("vat-99-cents-too-little", off("V-19", -99)),
    ]
}

fn off(number: &str, cents: i64) -> Invoice {
    let mut invoice = of(number, taxed(goods(150), at(550)));
    let cents = Money::from_cents(cents);
    invoice.vat_breakdown[0].amount += cents;
    let totals = &mut invoice.totals;
    (totals.vat, totals.gross, totals.due) = (totals.vat + cents, totals.gross + cents, totals.due + cents);
    assert_eq!(invoice.check(Tolerance::default()).broken, []);
    invoice
}

fn adjusted_kinds() -> Vec<(&'static str, Invoice)> {
    use AdjustmentKind::{Allowance, Charge};
    let percentage = |base: Money| DocumentAdjustment {
        adjustment: Adjustment {
            amount: Money::from_cents(base.cents() / 20),
            base: Some(base),
            percentage: Some("5".parse().expect("a number")),
            reason: "Remise de fin d’année".into(),
            reason_code: "95".into(),
            ..Adjustment::default()
        },
        vat: at(550),
    };
    vec![
        (
            "discount-on-the-whole",
            with("A-01", goods(5), |invoice| {
                invoice.adjustments = vec![on_the_whole(Allowance, "5.00", "Code promo BIENVENUE", at(550))];
            }),
        ),
        (
            "discount-at-two-rates",
            with("A-02", goods(5), |invoice| {
                invoice.adjustments = vec![
                    on_the_whole(Allowance, "5.00", "Remise", at(550)),
                    on_the_whole(Allowance, "1.25", "", at(2000)),
                ];
            }),
        ),
        (
            "delivery",
            with("A-03", goods(5), |invoice| {
                invoice.adjustments = vec![on_the_whole(Charge, "12.50", "Livraison", at(2000))];
            }),
        ),
        (
            "discount-and-delivery",
            with("A-04", goods(7), |invoice| {
                invoice.adjustments = vec![
                    on_the_whole(Charge, "12.50", "Livraison", at(2000)),
                    on_the_whole(Allowance, "7.77", "Avantage client", at(550)),
                ];
            }),
        ),
        (
            "discount-by-percentage",
            with("A-05", goods(5), |invoice| {
                let base = invoice.vat_breakdown[0].base;
                invoice.adjustments = vec![percentage(base)];
            }),
        ),
        ("charge-on-a-line", {
            let mut lines = goods(4);
            let charge = Adjustment {
                kind: Charge,
                amount: money("1.50"),
                reason: "Découpe".into(),
                reason_code: "AAA".into(),
                ..Adjustment::default()
            };
            lines[1].net += charge.amount;
            lines[1].adjustments.push(charge);
            of("A-06", lines)
        }),
        ("discount-with-reason", {
            let mut lines = goods(4);
            let allowance = Adjustment {
                amount: money("2.00"),
                reason: "Maturité avancée".into(),
                reason_code: "95".into(),
                base: Some(lines[0].net),
                percentage: Some("14.98".parse().expect("a number")),
                ..Adjustment::default()
            };
            lines[0].net -= allowance.amount;
            lines[0].adjustments.push(allowance);
            of("A-07", lines)
        }),
        (
            "discount-on-deposits",
            with("A-08", [goods(2), vec![deposit(5)]].concat(), |invoice| {
                invoice.adjustments =
                    vec![on_the_whole(Allowance, "4.00", "Geste commercial", Vat::OUTSIDE_SCOPE)];
            }),
        ),
    ]
}

fn payment_kinds() -> Vec<(&'static str, Invoice)> {
    let paid_by = |number, means: &str, code: &str| {
        with(number, goods(3), |invoice| {
            invoice.payment.means = means.into();
            invoice.payment.means_code = code.into();
        })
    };
    vec![
        ("by-transfer", paid_by("P-01", "Virement", "30")),
        ("by-direct-debit", paid_by("P-02", "Prélèvement SEPA", "49")),
        ("by-card", paid_by("P-03", "Carte bancaire", "48")),
        ("in-cash", paid_by("P-04", "Espèces", "10")),
        ("by-cheque", paid_by("P-05", "Chèque", "")),
        ("by-bill", paid_by("P-06", "LCR magnétique", "")),
        ("by-means-untold", paid_by("P-07", "", "")),
        ("by-set-off", paid_by("P-08", "Compensation", "")),
        (
            "paid",
            with("P-09", goods(4), |invoice| {
                invoice.totals.prepaid = invoice.totals.gross;
                invoice.payment.means = "Carte bancaire".into();
            }),
        ),
        (
            "paid-without-due-date",
            with("P-10", goods(2), |invoice| {
                invoice.totals.prepaid = invoice.totals.gross;
                invoice.due_on = None;
            }),
        ),
        ("paid-in-part", with("P-11", goods(6), |invoice| invoice.totals.prepaid = money("10.00"))),
        (
            "rounded-down",
            with("P-12", goods(3), |invoice| {
                let cents = invoice.totals.gross.cents() % 5;
                invoice.totals.rounding = Money::from_cents(-cents - 1);
            }),
        ),
        ("rounded-up", with("P-13", goods(3), |invoice| invoice.totals.rounding = money("0.02"))),
        (
            "with-terms",
            with("P-14", goods(2), |invoice| {
                invoice.payment.terms = "30 jours après la décade de livraison".into();
                invoice.payment.remittance = "F2026-P14 C00042".into();
            }),
        ),
        ("without-due-date", with("P-15", goods(2), |invoice| invoice.due_on = None)),
        ("more-taken-back-than-goods", of("P-16", [goods(1), vec![deposit(-12)]].concat())),
        (
            "overpaid",
            with("P-17", goods(3), |invoice| {
                invoice.totals.prepaid = invoice.totals.gross + money("12.00");
                invoice.payment.means = "Carte bancaire".into();
                invoice.payment.terms = "Paiement à 30 jours".into();
            }),
        ),
        ("nothing-to-pay", of("P-18", vec![deposit(3), deposit(-3)])),
        (
            "paid-and-rounded",
            with("P-19", goods(3), |invoice| {
                invoice.totals.rounding = money("-0.02");
                invoice.totals.prepaid = invoice.totals.gross + invoice.totals.rounding;
            }),
        ),
    ]
}

fn reference_kinds() -> Vec<(&'static str, Invoice)> {
    let date = |text: &str| text.parse().expect("a date");
    vec![
        (
            "all-references",
            with("R-01", goods(4), |invoice| {
                invoice.references = References {
                    purchase_order: "BC-2026-118".into(),
                    sales_order: "1042".into(),
                    contract: "CTR-77".into(),
                    despatch_advice: "BL-9001".into(),
                    ..References::default()
                };
                invoice.buyer.reference = "Cuisine, site de Bercy".into();
            }),
        ),
        (
            "a-period",
            with("R-02", goods(9), |invoice| {
                invoice.period = Some(Period { start: date("2026-11-11"), end: date("2026-11-20") });
                invoice.delivered_on = None;
            }),
        ),
        (
            "delivered-the-day-before",
            with("R-03", goods(3), |invoice| {
                invoice.delivered_on = Some(date("2026-11-23"));
                invoice.lines[1].delivered_on = None;
            }),
        ),
        (
            "delivered-elsewhere",
            with("R-04", goods(3), |invoice| {
                let name = "Bistrot d’Œuvre, cuisine centrale".into();
                let line1 = "3 quai de Bercy".into();
                invoice.deliver_to =
                    Some(Address { name, line1, postcode: "75012".into(), ..invoice.buyer.address.clone() });
            }),
        ),
        (
            "a-buyer-with-a-vat-number-only",
            with("R-05", goods(2), |invoice| {
                abroad(invoice, "FR", "FR 27 552 100 554");
            }),
        ),
        ("a-buyer-in-spain", with("R-06", goods(2), |invoice| abroad(invoice, "ES", "ESA28015865"))),
        (
            "a-note",
            with("R-07", goods(2), |invoice| {
                invoice.note = "Palette à rendre.\nMerci de votre fidélité.".into();
            }),
        ),
    ]
}

fn text_kinds() -> Vec<(&'static str, Invoice)> {
    let named = |number, designation: &str| {
        let mut lines = goods(3);
        lines[1].designation = designation.into();
        of(number, lines)
    };
    let priced = |number, price: &str, quantity: &str| {
        let mut lines = goods(3);
        lines[1].unit_price = UnitPrice::new(price.parse().expect("a price"));
        lines[1].quantity = Quantity::new(quantity.parse().expect("a quantity"));
        lines[1].net = lines[1].unit_price.times(lines[1].quantity).expect("in range");
        of(number, lines)
    };
    vec![
        (
            "a-name-of-120-characters",
            with("T-01", goods(4), |invoice| {
                let long =
                    "Société d’exploitation des restaurants et brasseries de la place du Marché ".repeat(2);
                invoice.buyer.address.name = long.chars().take(120).collect();
            }),
        ),
        ("markup-and-quotes", named("T-02", "Crème <fraîche> & \"lait\" d'Isigny ]]> &amp;")),
        ("control-characters", named("T-03", "Beurre\u{0}\u{b}doux\t250\u{1f}g")),
        ("other-scripts", named("T-04", "Nouilles 拉麵 🍜, Țuică, phở, Škoda, ﬁgues")),
        ("a-designation-of-900-characters", named("T-05", &"Assortiment de légumes anciens ".repeat(29))),
        ("no-designation", named("T-06", " ")),
        (
            "without-article",
            with("T-07", goods(3), |invoice| {
                invoice.lines[0].article = None;
                invoice.lines[1].country_of_origin = "Atlantide".into();
                invoice.lines[2].reference = String::new();
            }),
        ),
        (
            "origins-in-words",
            with("T-13", goods(7), |invoice| {
                let origins = ["UE", "Hors UE", "UE/non UE", "Cote d'Ivoire", "xk", "EU", "Espagne / Maroc"];
                for (line, origin) in invoice.lines.iter_mut().zip(origins) {
                    line.country_of_origin = origin.into();
                }
            }),
        ),
        (
            "purchases-of-unknown-origin",
            with("T-14", [goods(4), vec![deposit(2)]].concat(), |invoice| {
                for line in &mut invoice.lines {
                    line.origin = PurchaseOrigin::Unknown;
                }
                invoice.lines[3].reference = String::new();
            }),
        ),
        ("a-price-of-zero", priced("T-08", "0", "3")),
        ("a-price-of-six-decimals", priced("T-09", "0.123456", "1250")),
        ("three-decimals-of-a-kilogram", priced("T-10", "38.5", "4.355")),
        ("taken-back", priced("T-11", "12.30", "-1")),
        ("large-amounts", priced("T-12", "99999.99", "9999.999")),
    ]
}

fn credit_kinds() -> Vec<(&'static str, Invoice)> {
    vec![
        ("credit-note", with("A2026-01", goods(2), credit)),
        ("credit-note-with-deposits", with("A2026-02", [goods(2), vec![deposit(3)]].concat(), credit)),
        (
            "credit-note-with-discount",
            with("A2026-03", goods(4), |invoice| {
                credit(invoice);
                let kind = AdjustmentKind::Allowance;
                invoice.adjustments = vec![on_the_whole(kind, "3.10", "Remise reprise", at(550))];
            }),
        ),
        (
            "credit-note-paid-back",
            with("A2026-04", goods(2), |invoice| {
                credit(invoice);
                invoice.totals.prepaid = invoice.totals.gross;
                invoice.payment.means = "Carte bancaire".into();
            }),
        ),
        ("credit-note-by-transfer", with("A2026-06", goods(2), |invoice| by_transfer(invoice, ""))),
        ("credit-note-with-code-30", with("A2026-07", goods(2), |invoice| by_transfer(invoice, "30"))),
        (
            "credit-note-paid-back-twice",
            with("A2026-08", goods(2), |invoice| {
                by_transfer(invoice, "58");
                invoice.totals.prepaid = invoice.totals.gross + invoice.totals.gross;
            }),
        ),
        ("credit-note-of-40-lines", with("A2026-05", goods(40), credit)),
    ]
}

/// All kinds, each with a name for its file.
pub fn all() -> Vec<(&'static str, Invoice)> {
    let mut all = vec![
        ("1-line", of_lines(1)),
        ("2-lines", of_lines(2)),
        ("5-lines", of_lines(5)),
        ("15-lines", of_lines(15)),
        ("40-lines", of_lines(40)),
        ("50-lines", of_lines(50)),
        ("200-lines", of_lines(200)),
        ("400-lines", of_lines(400)),
    ];
    all.extend(vat_kinds());
    all.extend(adjusted_kinds());
    all.extend(payment_kinds());
    all.extend(reference_kinds());
    all.extend(text_kinds());
    all.extend(credit_kinds());
    all
}

/// One of them.
pub fn kind(name: &str) -> Invoice {
    all().into_iter().find(|(known, _)| *known == name).expect("a kind").1
}
