//! A layout of any make, as TOML, and files written by it: what an ERP of that make would drop.

use passerelle_domain::{
    AdjustmentKind, Invoice, InvoiceKind, InvoiceLine, PurchaseOrigin, Vat, VatCategory,
};
use passerelle_erp::invoices::InvoiceLayout;
use proptest::prelude::*;

use crate::samples::invoices;

/// How invoices stand in rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    Named,
    Positions { header: bool },
    Records { header: bool, number_on_lines: bool },
}

/// How a file looks.
#[derive(Clone, Debug)]
pub struct Look {
    pub shape: Shape,
    pub encoding: &'static str,
    pub bom: bool,
    pub separator: char,
    pub mark: char,
    pub thousands: &'static str,
    pub implied: bool,
    pub date: &'static str,
    pub line_end: &'static str,
    pub title_rows: usize,
    pub repeated_header: bool,
    pub comments: bool,
    pub trailing_separator: bool,
    pub quotes: bool,
    pub own_vat: bool,
    pub trailer: bool,
    /// Rows of one invoice stand apart from each other.
    pub apart: bool,
}

impl Look {
    /// Any look that can be read.
    pub fn any() -> impl Strategy<Value = Look> {
        let shapes = prop::sample::select(vec![
            Shape::Named,
            Shape::Positions { header: false },
            Shape::Positions { header: true },
            Shape::Records { header: false, number_on_lines: false },
            Shape::Records { header: true, number_on_lines: true },
        ]);
        let encodings = prop::sample::select(vec!["utf-8", "windows-1252", "iso-8859-15"]);
        let texts =
            (encodings, prop::sample::select(vec![';', ',', '\t', '|']), any::<[bool; 9]>(), 0usize..3);
        let numbers = (
            prop::sample::select(vec![',', '.']),
            prop::sample::select(vec![" ", "mark", "'", ""]),
            prop::sample::select(vec!["%d/%m/%Y", "%d%m%y", "%d%m%Y", "%Y%m%d", "%Y-%m-%d"]),
        );
        (shapes, texts, numbers).prop_map(
            |(shape, (encoding, separator, flags, title_rows), (mark, thousands, date))| {
                let [bom, implied, crlf, repeated, comments, trailing_separator, quotes, own_vat, trailer] =
                    flags;
                let headed = !matches!(
                    shape,
                    Shape::Positions { header: false } | Shape::Records { header: false, .. }
                );
                Look {
                    shape,
                    encoding,
                    bom: bom && encoding == "utf-8",
                    separator,
                    mark,
                    thousands: match (thousands, mark) {
                        ("mark", ',') => ".",
                        ("mark", _) => ",",
                        (other, _) => other,
                    },
                    implied,
                    date,
                    line_end: if crlf { "\r\n" } else { "\n" },
                    title_rows,
                    repeated_header: repeated && headed,
                    comments,
                    trailing_separator,
                    quotes,
                    own_vat,
                    trailer,
                    apart: shape != Shape::Records { header: false, number_on_lines: false }
                        && implied == crlf,
                }
            },
        )
    }

    pub fn amount(&self, number: impl ToString, decimals: usize) -> String {
        let text = number.to_string();
        let (sign, digits) = text.strip_prefix('-').map_or(("", text.as_str()), |digits| ("-", digits));
        let (whole, places) = digits.split_once('.').unwrap_or((digits, ""));
        if self.implied {
            return format!("{sign}{whole}{places:0<decimals$}");
        }
        let apart = match self.thousands {
            // All three spaces count, where the encoding has them.
            " " if self.encoding == "utf-8" => "\u{202f}",
            " " => "\u{a0}",
            other => other,
        };
        let mut grouped = String::new();
        for (i, digit) in whole.chars().enumerate() {
            if i > 0 && (whole.len() - i) % 3 == 0 {
                grouped.push_str(apart);
            }
            grouped.push(digit);
        }
        if places.is_empty() {
            format!("{sign}{grouped}")
        } else {
            format!("{sign}{grouped}{}{places}", self.mark)
        }
    }

    fn date(&self, date: Option<jiff::civil::Date>) -> String {
        date.map(|date| date.strftime(self.date).to_string()).unwrap_or_default()
    }

    pub fn header_columns(&self) -> Vec<(&'static str, Value)> {
        let mut columns: Vec<(&'static str, Value)> = vec![
            ("number", |_, i| i.number.to_string()),
            ("kind", |_, i| if i.kind == InvoiceKind::Invoice { "F".into() } else { "A".into() }),
            ("issued_on", |look, i| look.date(Some(i.issued_on))),
            ("due_on", |look, i| look.date(i.due_on)),
            ("period.start", |look, i| look.date(i.period.map(|period| period.start))),
            ("period.end", |look, i| look.date(i.period.map(|period| period.end))),
            ("corrects", |_, i| i.references.corrects.as_ref().map(ToString::to_string).unwrap_or_default()),
            ("references.purchase_order", |_, i| i.references.purchase_order.clone()),
            ("payment_means", |_, i| i.payment.means.clone()),
            ("payment.means_code", |_, i| i.payment.means_code.clone()),
            ("payment.terms", |_, i| i.payment.terms.clone()),
            // A line end within quotes is a space.
            ("note", |look, i| if look.quotes { i.note.replace(' ', "\n") } else { i.note.clone() }),
            ("buyer.code", |_, i| i.buyer.code.to_string()),
            ("buyer.name", |_, i| i.buyer.address.name.clone()),
            ("buyer.line1", |_, i| i.buyer.address.line1.clone()),
            ("buyer.postcode", |_, i| i.buyer.address.postcode.clone()),
            ("buyer.city", |_, i| i.buyer.address.city.clone()),
            ("buyer.country", |_, i| i.buyer.address.country.clone()),
            ("buyer.siren", |_, i| i.buyer.siren.as_ref().map(ToString::to_string).unwrap_or_default()),
            ("buyer.reference", |_, i| i.buyer.reference.clone()),
            ("deliver_to.name", |_, i| i.deliver_to.as_ref().map(|to| to.name.clone()).unwrap_or_default()),
            ("deliver_to.line1", |_, i| i.deliver_to.as_ref().map(|to| to.line1.clone()).unwrap_or_default()),
            ("deliver_to.postcode", |_, i| {
                i.deliver_to.as_ref().map(|to| to.postcode.clone()).unwrap_or_default()
            }),
            ("deliver_to.city", |_, i| i.deliver_to.as_ref().map(|to| to.city.clone()).unwrap_or_default()),
            ("totals.lines", |look, i| look.amount(i.lines_net(), 2)),
            ("totals.net", |look, i| look.amount(i.totals.net, 2)),
            ("totals.vat", |look, i| look.amount(i.totals.vat, 2)),
            ("totals.gross", |look, i| look.amount(i.totals.gross, 2)),
            ("totals.prepaid", |look, i| look.amount(i.totals.prepaid, 2)),
            ("totals.rounding", |look, i| look.amount(i.totals.rounding, 2)),
            ("totals.due", |look, i| look.amount(i.totals.due, 2)),
            ("[adjustment]", |look, i| {
                i.adjustments
                    .first()
                    .map(|document| look.amount(document.adjustment.amount, 2))
                    .unwrap_or_default()
            }),
        ];
        if self.own_vat {
            columns.extend([
                ("[vat 5.5 base]", (|look, i| look.vat(i, 0, true)) as Value),
                ("[vat 5.5 amount]", |look, i| look.vat(i, 0, false)),
                ("[vat 10 base]", |look, i| look.vat(i, 1, true)),
                ("[vat 10 amount]", |look, i| look.vat(i, 1, false)),
                ("[vat 20 base]", |look, i| look.vat(i, 2, true)),
                ("[vat 20 amount]", |look, i| look.vat(i, 2, false)),
                ("[vat 0 base]", |look, i| look.vat(i, 3, true)),
            ]);
        }
        columns
    }

    fn vat(&self, invoice: &Invoice, place: usize, base: bool) -> String {
        let vat = VATS[place];
        let row = invoice.vat_breakdown.iter().find(|row| row.vat == vat);
        row.map(|row| self.amount(if base { row.base } else { row.amount }, 2)).unwrap_or_default()
    }

    pub fn line_columns() -> Vec<(&'static str, LineValue)> {
        vec![
            (
                "line.origin",
                |_, l| if l.origin == PurchaseOrigin::Web { "WEB".into() } else { "CARREAU".into() },
            ),
            ("line.reference", |_, l| l.reference.clone()),
            ("line.delivered_on", |look, l| look.date(l.delivered_on)),
            ("line.article", |_, l| l.article.as_ref().map(ToString::to_string).unwrap_or_default()),
            ("line.designation", |_, l| l.designation.clone()),
            ("line.country_of_origin", |_, l| l.country_of_origin.clone()),
            ("line.class", |_, l| l.class.clone()),
            ("line.quantity", |look, l| look.amount(l.quantity, 3)),
            ("line.unit", |_, l| l.unit.label().into()),
            ("line.unit_price", |look, l| look.amount(l.unit_price, 3)),
            ("line.vat_category", |_, l| l.vat.category.code().into()),
            ("line.vat_rate", |look, l| look.amount(l.vat.rate, 2)),
            ("line.net", |look, l| look.amount(l.net, 2)),
            ("[line_adjustment]", |look, l| {
                l.adjustments.first().map(|allowance| look.amount(allowance.amount, 2)).unwrap_or_default()
            }),
        ]
    }

    /// The layout as TOML.
    pub fn toml(&self) -> String {
        let header = self.header_columns();
        let lines = Self::line_columns();
        let (first, first_line) = match self.shape {
            Shape::Records { number_on_lines, .. } => (2, 2 + usize::from(number_on_lines)),
            _ => (1, 1 + header.len()),
        };
        let place = |position: usize| match self.shape {
            Shape::Named => format!("\"Colonne é {position}\""),
            _ => position.to_string(),
        };
        let columns: Vec<(&str, String)> = (header.iter().map(|(path, _)| *path).enumerate())
            .map(|(i, path)| (path, place(first + i)))
            .chain(lines.iter().enumerate().map(|(i, (path, _))| (*path, place(first_line + i))))
            .collect();
        let at = |path: &str| {
            columns.iter().find(|(other, _)| *other == path).map(|(_, place)| place).expect("it is there")
        };
        let separator = if self.separator == '\t' { "\\t".to_owned() } else { self.separator.to_string() };
        let mut toml = format!(
            "[file]\nencoding = \"{}\"\nseparator = \"{separator}\"\ndecimal = \"{}\"\nthousands = \"{}\"\ndate = \"{}\"\n\
             title_rows = {}\nrepeated_header = {}\ntrailing_separator = {}\n",
            self.encoding,
            self.mark,
            self.thousands,
            self.date,
            self.title_rows,
            self.repeated_header,
            self.trailing_separator,
        );
        if self.implied {
            toml += "implied_decimals = { amounts = 2, quantities = 3, prices = 3, rates = 2 }\n";
        }
        if self.comments {
            toml += "comment = \"#\"\n";
        }
        match self.shape {
            Shape::Named => {}
            Shape::Positions { header: headed } => {
                toml += &format!(
                    "header = \"{}\"\nwidth = {}\n",
                    if headed { "skipped" } else { "none" },
                    header.len() + lines.len()
                );
            }
            Shape::Records { header: headed, number_on_lines } => {
                toml += &format!(
                    "header = \"{}\"\n[records]\ninvoice = \"E\"\ninvoice_width = {}\nline = \"L\"\nline_width = {}\nignore = [\"C\"]\n{}",
                    if headed { "skipped" } else { "none" },
                    header.len() + 1,
                    first_line - 1 + lines.len(),
                    if number_on_lines { "number_on_lines = 2\n" } else { "" },
                );
            }
        }
        toml += "[columns]\n";
        for (path, place) in columns.iter().filter(|(path, _)| !path.starts_with('[')) {
            toml += &format!("{path} = {place}\n");
        }
        toml += &format!(
            "[[adjustment]]\nkind = \"charge\"\nrate = \"20\"\nreason = \"Port\"\namount = {}\n\
             [[line_adjustment]]\nkind = \"allowance\"\nreason = \"Remise\"\namount = {}\n",
            at("[adjustment]"),
            at("[line_adjustment]"),
        );
        if self.own_vat {
            for rate in ["5.5", "10", "20"] {
                toml += &format!(
                    "[[vat]]\nrate = \"{rate}\"\nbase = {}\namount = {}\n",
                    at(&format!("[vat {rate} base]")),
                    at(&format!("[vat {rate} amount]")),
                );
            }
            toml += &format!("[[vat]]\nrate = \"0\"\noutside_scope = true\nbase = {}\n", at("[vat 0 base]"));
        }
        toml += "[codes.kind]\nF = \"invoice\"\nA = \"credit_note\"\n[codes.origin]\nWEB = \"web\"\nCARREAU = \"market\"\n";
        if self.trailer {
            toml += "[trailer]\nmark = \"FIN\"\ninvoices = 2\nrows = 3\ngross = 4\n";
        }
        toml
    }

    /// The layout, checked.
    pub fn layout(&self) -> InvoiceLayout {
        invoices(&self.toml())
    }
}

pub type Value = fn(&Look, &Invoice) -> String;
pub type LineValue = fn(&Look, &InvoiceLine) -> String;

const VATS: [Vat; 4] = {
    const fn at(points: u16) -> Vat {
        Vat { category: VatCategory::Standard, rate: passerelle_domain::VatRate::from_basis_points(points) }
    }
    [at(550), at(1000), at(2000), Vat::OUTSIDE_SCOPE]
};

/// Puts the reasons that these layouts give in place of those of the sample.
pub fn as_written(mut invoice: Invoice) -> Invoice {
    for line in &mut invoice.lines {
        line.lot = String::new();
        for adjustment in &mut line.adjustments {
            adjustment.reason = "Remise".into();
        }
    }
    for document in &mut invoice.adjustments {
        document.adjustment.kind = AdjustmentKind::Charge;
        document.adjustment.reason = "Port".into();
    }
    invoice
}
