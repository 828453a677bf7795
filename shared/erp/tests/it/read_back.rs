//! Another reader of import files: it knows a layout only as TOML, and reads what the ERP would.

use std::collections::BTreeMap;

use passerelle_domain::Money;
use passerelle_erp::orders::ImportFile;
use rust_decimal::Decimal;
use toml::{Table, Value};

/// A record: its kind in the layout, and its values by their sources (constants by their columns).
#[derive(Clone, Debug, Default)]
pub struct Record {
    pub kind: String,
    pub values: BTreeMap<String, String>,
}

impl Record {
    pub fn text(&self, source: &str) -> &str {
        self.values.get(source).map_or("", String::as_str)
    }

    pub fn has(&self, source: &str) -> bool {
        self.values.contains_key(source)
    }

    pub fn amount(&self, source: &str) -> Money {
        Money::from_decimal(self.number(source)).unwrap_or_else(|error| panic!("{source}: {error}"))
    }

    pub fn number(&self, source: &str) -> Decimal {
        self.text(source).parse().unwrap_or_else(|_| panic!("{source} is a number: {:?}", self.text(source)))
    }
}

const FIGURES: [&str; 22] = [
    "order.net",
    "order.vat",
    "order.total",
    "order.delivery_net",
    "order.fee_net",
    "order.promotion_net",
    "order.payment_total",
    "line.quantity",
    "line.unit_price",
    "line.gross",
    "line.discount",
    "line.net",
    "line.vat",
    "line.total",
    "charge.net",
    "charge.vat",
    "charge.total",
    "payment.amount",
    "file.total",
    "file.records",
    "file.orders",
    "line.number",
];

/// A layout as another reader sees it.
pub struct Reader {
    layout: Table,
}

impl Reader {
    pub fn new(text: &str) -> Self {
        Self { layout: text.parse().expect("TOML") }
    }

    fn file(&self, key: &str) -> &str {
        self.layout["file"].get(key).and_then(Value::as_str).unwrap_or("")
    }

    fn columns(&self, kind: &str) -> Vec<Table> {
        let list = self.layout.get(kind).and_then(Value::as_array).cloned().unwrap_or_default();
        list.into_iter().map(|column| column.as_table().expect("a table").clone()).collect()
    }

    /// All records of the files of a batch.
    pub fn read(&self, files: &[ImportFile]) -> Vec<Record> {
        let mut records = Vec::new();
        for (place, file) in files.iter().enumerate() {
            let text = match self.file("encoding") {
                "windows-1252" => {
                    encoding_rs::WINDOWS_1252.decode_without_bom_handling(&file.bytes).0.into_owned()
                }
                _ => String::from_utf8(file.bytes.clone()).expect("UTF-8"),
            };
            let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
            if self.file("columns") == "fixed_width" {
                records.extend(text.split_terminator("\r\n").map(|row| self.fixed(row)));
                continue;
            }
            let mut reader = csv::ReaderBuilder::new()
                .delimiter(self.file("separator").as_bytes()[0])
                .quoting(self.file("quote") != "never")
                .has_headers(self.layout["file"].get("column_names").and_then(Value::as_bool) == Some(true))
                .flexible(true)
                .from_reader(text.as_bytes());
            for row in reader.records() {
                let row: Vec<String> = row.expect("CSV").iter().map(str::to_owned).collect();
                match self.file("shape") {
                    "header_and_lines" => records.push(self.by_first_column(&row)),
                    "two_files" => records.push(self.record(["header", "line"][place], &row)),
                    _ => {
                        let headers = self.columns("header").len();
                        assert_eq!(row.len(), headers + self.columns("line").len(), "{row:?}");
                        records.push(self.record("header", &row[..headers]));
                        records.push(self.record("line", &row[headers..]));
                    }
                }
            }
        }
        records
    }

    fn by_first_column(&self, row: &[String]) -> Record {
        let kinds = ["customer", "header", "line", "charge", "payment", "trailer"];
        let is = |kind: &&str| {
            let columns = self.columns(kind);
            columns
                .first()
                .is_some_and(|column| column["value"].as_str() == Some(&row[0]) && columns.len() == row.len())
        };
        let kind =
            kinds.iter().find(|kind| is(kind)).unwrap_or_else(|| panic!("a record of no kind: {row:?}"));
        self.record(kind, row)
    }

    fn fixed(&self, row: &str) -> Record {
        let chars: Vec<char> = row.chars().collect();
        let length = self.layout["file"]["record_length"].as_integer().expect("a length");
        assert_eq!(chars.len(), usize::try_from(length).expect("small"), "{row:?}");
        let kinds = ["header", "line", "payment", "trailer"];
        let first = |kind: &&&str| self.columns(kind)[0]["value"].as_str() == Some(&row[..1]);
        let kind = kinds.iter().find(first).unwrap_or_else(|| panic!("a record of no kind: {row:?}"));
        let mut at = 0;
        let mut cells = Vec::new();
        for column in self.columns(kind) {
            let number = |key: &str| {
                column.get(key).and_then(Value::as_integer).map(|n| usize::try_from(n).expect("small"))
            };
            at = number("start").map_or(at, |start| start - 1);
            let end = at + number("width").expect("a width");
            cells.push(chars[at..end].iter().collect::<String>().trim_end().to_owned());
            at = end;
        }
        self.record(kind, &cells)
    }

    fn record(&self, kind: &str, cells: &[String]) -> Record {
        let columns = self.columns(kind);
        assert_eq!(columns.len(), cells.len(), "{kind}: {cells:?}");
        let mut record = Record { kind: kind.to_owned(), ..Record::default() };
        for (column, cell) in columns.iter().zip(cells) {
            let text = |key: &str| column.get(key).and_then(Value::as_str);
            let Some(source) = text("from").or(text("name")) else { continue };
            let figure = FIGURES.contains(&source) && !cell.is_empty();
            let value = if figure { self.figure(source, column, cell) } else { cell.clone() };
            record.values.insert(source.to_owned(), value);
        }
        record
    }

    fn figure(&self, source: &str, column: &Table, cell: &str) -> String {
        let sign = column.get("decimal").and_then(Value::as_str).unwrap_or_else(|| self.file("decimal"));
        let counted = source.starts_with("file.") && source != "file.total" || source == "line.number";
        match sign {
            "none" if !counted => {
                let places = column.get("decimals").and_then(Value::as_integer).unwrap_or(2);
                let whole: i64 =
                    cell.trim_start_matches('+').parse().unwrap_or_else(|_| panic!("{source}: {cell:?}"));
                Decimal::new(whole, u32::try_from(places).expect("small")).to_string()
            }
            sign => cell.replace(sign, "."),
        }
    }
}
