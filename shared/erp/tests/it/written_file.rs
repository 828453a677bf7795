//! Files by a layout of any make.

use passerelle_domain::{Invoice, InvoiceKind, InvoiceLine};

use crate::written::{Look, Shape};

impl Look {
    fn row(&self, cells: &[String]) -> String {
        let quote = |cell: &String| {
            let must = cell.contains([self.separator, '"', '\n', '\r']) || cell.starts_with('#');
            if must || (self.quotes && !cell.is_empty()) {
                format!("\"{}\"", cell.replace('"', "\"\""))
            } else {
                cell.clone()
            }
        };
        let cells: Vec<String> = cells.iter().map(quote).collect();
        let end = if self.trailing_separator { self.separator.to_string() } else { String::new() };
        cells.join(&self.separator.to_string()) + &end
    }

    /// The rows of an invoice, each as its cells.
    fn rows(&self, invoice: &Invoice) -> Vec<Vec<String>> {
        let header: Vec<String> =
            self.header_columns().iter().map(|(_, value)| value(self, invoice)).collect();
        let line = |line: &InvoiceLine| {
            Self::line_columns().iter().map(|(_, value)| value(self, line)).collect::<Vec<_>>()
        };
        match self.shape {
            Shape::Records { number_on_lines, .. } => {
                let mark = |mark: &str| vec![mark.to_owned()];
                let mut rows = vec![[mark("E"), header].concat()];
                let number = if number_on_lines { vec![invoice.number.to_string()] } else { vec![] };
                rows.extend(invoice.lines.iter().map(|of| [mark("L"), number.clone(), line(of)].concat()));
                rows
            }
            _ => invoice.lines.iter().map(|of| [header.clone(), line(of)].concat()).collect(),
        }
    }

    /// A file of these invoices, and how many rows it has.
    pub fn file(&self, given: &[Invoice]) -> (Vec<u8>, usize) {
        let columns = self.header_columns().len() + Self::line_columns().len();
        let names: Vec<String> = (1..=columns).map(|i| format!("Colonne é {i}")).collect();
        let header = self.row(&names);
        let headed =
            !matches!(self.shape, Shape::Positions { header: false } | Shape::Records { header: false, .. });
        let mut lines: Vec<String> =
            (0..self.title_rows).map(|i| format!("Factures du jour, page {i}")).collect();
        if headed {
            lines.push(header.clone());
        }
        let of_each: Vec<Vec<Vec<String>>> = given.iter().map(|invoice| self.rows(invoice)).collect();
        let rows: Vec<Vec<String>> = if self.apart {
            let most = of_each.iter().map(Vec::len).max().unwrap_or(0);
            (0..most).flat_map(|i| of_each.iter().filter_map(move |rows| rows.get(i).cloned())).collect()
        } else {
            of_each.concat()
        };
        for (i, row) in rows.iter().enumerate() {
            if self.comments && i % 3 == 1 {
                lines.push("# une remarque \" à ne pas lire".replace('"', "'"));
                lines.push(String::new());
                lines.push(self.separator.to_string().repeat(5));
            }
            if self.repeated_header && i % 4 == 3 {
                lines.push(header.clone());
            }
            if self.comments && matches!(self.shape, Shape::Records { .. }) && i % 5 == 2 {
                lines.push(self.row(&["C".to_owned(), "texte libre".to_owned()]));
            }
            lines.push(self.row(row));
        }
        if self.trailer {
            let gross = given
                .iter()
                .map(|i| if i.kind == InvoiceKind::Invoice { i.totals.gross } else { -i.totals.gross })
                .sum();
            let gross: passerelle_domain::Money = gross;
            let counts =
                ["FIN".into(), given.len().to_string(), rows.len().to_string(), self.amount(gross, 2)];
            lines.push(self.row(&counts));
        }
        let text = lines.join(self.line_end) + self.line_end;
        let bytes = match self.encoding {
            "windows-1252" => encoding_rs::WINDOWS_1252.encode(&text).0.into_owned(),
            "iso-8859-15" => encoding_rs::ISO_8859_15.encode(&text).0.into_owned(),
            _ if self.bom => format!("\u{feff}{text}").into_bytes(),
            _ => text.into_bytes(),
        };
        (bytes, rows.len())
    }
}
