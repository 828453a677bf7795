//! What must hold of every page, whatever the invoice.

mod support;

use passerelle_domain::{
    Adjustment, ArticleCode, Invoice, InvoiceLine, InvoiceNumber, InvoiceUnit, Money, PurchaseOrigin,
    Quantity, Tolerance, Unit, UnitPrice, Vat, VatCategory, VatRate, VatSubtotal,
};
use passerelle_invoice_pdf::{
    BROUGHT_FORWARD, CARRIED_OVER, CREDIT_BALANCE, DUE, PREPAID, Renderer, TOTAL_GROSS, TOTAL_NET, TOTAL_VAT,
};

const RATES: [u16; 5] = [210, 550, 1000, 2000, 0];

/// An invoice that adds up, of so many lines at five rates; every eleventh is a deposit.
fn of_lines(count: u32) -> Invoice {
    let mut invoice = support::invoice("one-line");
    invoice.number = InvoiceNumber::new(format!("F2026-{count:06}")).expect("a number");
    invoice.lines = (0..count).map(line).collect();
    total(&mut invoice);
    assert_eq!(invoice.check(Tolerance::default()).broken, []);
    invoice
}

fn line(i: u32) -> InvoiceLine {
    let price = UnitPrice::of(Money::from_cents(i64::from(i * 7919 % 90_000) + 11), Quantity::from(1));
    let quantity = Quantity::from(i % 9 + 1);
    let deposit = i % 11 == 10;
    let rate = VatRate::from_basis_points(RATES[i as usize % RATES.len()]);
    InvoiceLine {
        origin: if i % 60 < 35 { PurchaseOrigin::Web } else { PurchaseOrigin::Market },
        reference: format!("{}", 1000 + i / 20),
        delivered_on: "2026-11-24".parse().ok(),
        article: ArticleCode::new(format!("ART-{i:05}")).ok(),
        designation: format!("Article {i} {}", "très beau et de saison, ".repeat(i as usize % 5)),
        country_of_origin: if i.is_multiple_of(2) { "FR".into() } else { String::new() },
        class: "I".into(),
        lot: if i.is_multiple_of(3) { format!("L{i}") } else { String::new() },
        quantity,
        unit: Unit::Kilogram.into(),
        unit_price: price,
        adjustments: vec![],
        vat: if deposit { Vat::OUTSIDE_SCOPE } else { Vat::at(rate) },
        net: price.times(quantity).expect("in range"),
    }
}

fn total(invoice: &mut Invoice) {
    let mut rows: Vec<VatSubtotal> = Vec::new();
    for line in &invoice.lines {
        match rows.iter_mut().find(|row| row.vat == line.vat) {
            Some(row) => row.base += line.net,
            None => rows.push(VatSubtotal::new(line.vat, line.net, Money::ZERO)),
        }
    }
    for row in &mut rows {
        row.amount = row.vat.rate.on(row.base).expect("in range");
    }
    let totals = &mut invoice.totals;
    totals.net = rows.iter().map(|row| row.base).sum();
    totals.vat = rows.iter().map(|row| row.amount).sum();
    totals.gross = totals.net + totals.vat;
    totals.prepaid = Money::from_cents(100);
    totals.due = totals.gross - totals.prepaid;
    invoice.vat_breakdown = rows;
}

/// Everything in one invoice that strains the layout.
fn strained() -> Invoice {
    let mut invoice = of_lines(40);
    let long = "Société d’exploitation des restaurants et brasseries de la place du Marché ".repeat(2);
    invoice.buyer.address.name = long.chars().take(120).collect();
    invoice.buyer.address.line2 =
        "Bâtiment des Œnologues, 3e étage, porte à droite au fond du couloir".into();
    invoice.buyer.address.country = "BE".into();
    invoice.payment.means = "Prélèvement SEPA interentreprises à trente jours fin de décade".into();
    invoice.note = "Chère cliente, cher client, merci de votre fidélité. ".repeat(80);
    let long_line = &mut invoice.lines[3];
    long_line.designation = "Assortiment de légumes anciens de plein champ, ".repeat(30);
    long_line.article = ArticleCode::new("W".repeat(35)).ok();
    long_line.lot = "1234567890".repeat(12);
    invoice.lines[4].reference = "REF-".repeat(40);
    invoice.lines[5].designation = "X".repeat(300);
    let dear = &mut invoice.lines[6];
    dear.unit = InvoiceUnit::new("XCR", "caissette consignée").expect("a unit");
    dear.unit_price = UnitPrice::new("999999.123456".parse().expect("a decimal"));
    dear.quantity = Quantity::new("9999.999".parse().expect("a decimal"));
    dear.adjustments = vec![Adjustment::allowance(Money::from_cents(123_456_789))];
    dear.net = dear.unit_price.times(dear.quantity).expect("in range") - dear.discount();
    invoice.lines[7].vat = Vat { category: VatCategory::Exempt, rate: VatRate::ZERO };
    total(&mut invoice);
    assert_eq!(invoice.check(Tolerance::default()).broken, []);
    invoice
}

fn all() -> Vec<Invoice> {
    let mut all: Vec<Invoice> = ["web-and-market", "credit-note", "deposits-only", "one-line", "sixty-lines"]
        .map(support::invoice)
        .into();
    all.extend([1, 2, 12, 13, 14, 15, 16, 17, 18, 40, 400].map(of_lines));
    all.push(strained());
    all
}

#[test]
fn the_same_invoice_gives_the_same_bytes_in_any_order_of_rendering() {
    let renderer = support::renderer();
    let invoices = all();
    let once: Vec<Vec<u8>> = invoices.iter().map(|i| renderer.render(i).expect("a file")).collect();
    let again: Vec<Vec<u8>> =
        invoices.iter().rev().map(|i| support::renderer().render(i).expect("a file")).collect();
    assert!(once.iter().eq(again.iter().rev()));
    let ids: std::collections::BTreeSet<String> =
        once.iter().map(|file| format!("{:?}", support::load(file).trailer.get(b"ID"))).collect();
    assert_eq!(ids.len(), invoices.len(), "each document has an /ID of its own");
}

/// A logo as high as it may be, and a seller who says as much as he may.
fn talkative() -> Renderer {
    let mut presentation = support::presentation();
    presentation.branding.logo = "logo.png".into();
    presentation.branding.footer = "Marché d’intérêt national, carreau des producteurs. ".repeat(5);
    presentation.seller.name = "Groupement des maraîchers et primeurs réunis de la région parisienne".into();
    presentation.seller.address.line2 = "Bâtiment D3, porte 118, zone des fruits et légumes, quai sud".into();
    presentation.mentions.extra =
        vec!["Réserve de propriété jusqu’au paiement intégral. ".repeat(6); 4];
    Renderer::new(&presentation, Some(&support::logo(100, 100))).expect("a logo")
}

#[test]
fn nothing_leaves_the_page_or_lies_over_something_else() {
    for (renderer, invoice) in
        [support::renderer(), talkative()].iter().flat_map(|r| all().into_iter().map(move |i| (r, i)))
    {
        let file = renderer.render(&invoice).expect("a file");
        for (number, page) in support::shown(&support::load(&file)).iter().enumerate() {
            let foot = page.iter().find(|shown| shown.text.starts_with("Page ")).expect("a page number").y;
            let mut rows = page.clone();
            rows.sort_by_key(|shown| (shown.y, shown.x));
            for shown in &rows {
                assert!(shown.x >= 51_000, "{} p. {number}: {shown:?}", invoice.number);
                assert!(shown.x + shown.width <= 544_300, "{} p. {number}: {shown:?}", invoice.number);
                assert!((20_000..815_000).contains(&shown.y), "{} p. {number}: {shown:?}", invoice.number);
            }
            for pair in rows.windows(2).filter(|pair| pair[0].y == pair[1].y) {
                assert!(pair[0].x + pair[0].width < pair[1].x, "{} p. {number}: {pair:?}", invoice.number);
            }
            for (i, upper) in rows.iter().enumerate() {
                for lower in rows[..i].iter().filter(|lower| (1..6_500).contains(&(upper.y - lower.y))) {
                    let beside = lower.x + lower.width < upper.x || upper.x + upper.width < lower.x;
                    assert!(beside, "{} p. {number}: {lower:?} under {upper:?}", invoice.number);
                }
            }
            let lowest = rows.iter().map(|shown| shown.y).filter(|y| *y > foot).min().expect("content");
            assert!(lowest > foot + 14_000, "{} p. {number}: the foot is touched", invoice.number);
        }
    }
}

#[test]
fn every_line_is_shown_once_and_every_page_but_the_last_carries_its_sum_over() {
    for count in [1, 40, 400] {
        let invoice = of_lines(count);
        let pages = support::text(&support::render(&invoice));
        for line in &invoice.lines {
            let code = line.article.as_ref().expect("a code").as_str();
            let shown = pages.iter().flatten().filter(|text| text.split(" | ").next() == Some(code)).count();
            assert_eq!(shown, 1, "{code}");
        }
        let carried = support::amounts(&pages, CARRIED_OVER);
        assert_eq!(carried, support::amounts(&pages, BROUGHT_FORWARD));
        assert_eq!(carried.len(), pages.len() - 1);
        // The lines of each page, in thousandths of nothing: read back and added up.
        let mut sum = 0;
        for (number, page) in pages.iter().enumerate() {
            for text in page.iter().filter(|text| text.starts_with("ART-")) {
                let net = text.rsplit(" | ").next().expect("a net amount");
                let digits: String = net.chars().filter(|c| c.is_ascii_digit() || *c == '-').collect();
                sum += digits.parse::<i64>().expect("an amount");
            }
            assert_eq!(sum, carried.get(number).copied().unwrap_or(invoice.totals.net.cents()));
        }
    }
}

#[test]
fn a_unit_is_printed_as_a_word_and_coded_in_the_xml() {
    let mut invoice = of_lines(2);
    let units = [("XBH", "botte"), ("XPJ", "barquette")];
    for (line, (code, label)) in invoice.lines.iter_mut().zip(units) {
        line.unit = InvoiceUnit::new(code, label).expect("a unit");
    }
    let xml = String::from_utf8(support::renderer().xml(&invoice)).expect("UTF-8");
    let pages = support::text(&support::render(&invoice));
    for (code, label) in units {
        assert!(xml.contains(&format!("<ram:BilledQuantity unitCode=\"{code}\">")), "{code}");
        assert!(pages[0].iter().any(|line| line.split(" | ").any(|cell| cell == label)), "{pages:?}");
    }
}

#[test]
fn totals_stand_on_one_line_with_their_label() {
    for invoice in all().into_iter().filter(|invoice| invoice.references.corrects.is_none()) {
        let pages = support::text(&support::render(&invoice));
        let totals = invoice.totals;
        for (label, amount) in [
            (TOTAL_NET, totals.net),
            (TOTAL_VAT, totals.vat),
            (TOTAL_GROSS, totals.gross),
            (PREPAID, totals.prepaid),
            (if totals.due < Money::ZERO { CREDIT_BALANCE } else { DUE }, totals.due.abs()),
        ] {
            assert_eq!(support::amounts(&pages, label), [amount.cents()], "{} {label}", invoice.number);
        }
    }
}

#[test]
fn no_page_ends_with_a_heading_and_totals_come_with_a_line() {
    for count in 1..60 {
        let invoice = of_lines(count);
        let pages = support::text(&support::render(&invoice));
        for page in &pages {
            let heading = |text: &String| text.contains(" — ") || text.starts_with("Consignes (hors TVA)");
            for at in (0..page.len()).filter(|&at| heading(&page[at])) {
                assert!(page[at + 1].starts_with("ART-"), "{count}: {}", page[at]);
            }
            if page.iter().any(|text| text.contains(TOTAL_NET)) {
                assert!(page.iter().any(|text| text.starts_with("ART-")), "{count}: totals alone");
            }
        }
    }
}

#[test]
fn five_rates_stand_in_the_vat_table_with_base_and_tax() {
    let invoice = of_lines(12);
    let pages = support::text(&support::render(&invoice));
    for label in ["2,1\u{202f}%", "5,5\u{202f}%", "10\u{202f}%", "20\u{202f}%", "0\u{202f}%", "Hors TVA"] {
        let rows = pages.iter().flatten().filter(|text| text.split(" | ").next() == Some(label));
        assert_eq!(rows.count(), 1, "{label}");
    }
}

#[test]
fn a_buyer_with_a_long_name_is_named_in_full() {
    let invoice = strained();
    let pages = support::shown(&support::load(&support::render(&invoice)));
    let text: Vec<&str> = pages[0].iter().map(|shown| shown.text.as_str()).collect();
    let shown = text.join(" ");
    assert!(invoice.buyer.address.name.chars().count() == 120);
    assert!(shown.contains(&invoice.buyer.address.name), "{shown}");
    assert!(shown.contains("BELGIQUE"));
}
