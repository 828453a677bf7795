use csv::{ByteRecord, ReaderBuilder, Terminator, WriterBuilder};
use passerelle_domain::{BatchId, OrderId, Rejection, ShopId};

use super::model::{Ack, AckLayout, BadAck, OrderName};
use crate::encoding::BOM;
use crate::rejects::{ADDED, no_formula};
use crate::rules::{Rule, in_french};
use crate::text::one_line;

/// The most rows of a file: far more than a day has orders.
const MAX_ROWS: usize = 200_000;
/// The most characters of the ERP's number and words that are kept.
const MAX_NUMBER: usize = 64;
const MAX_WORDS: usize = 500;

impl AckLayout {
    /// Reads a file of acknowledgements.
    ///
    /// # Errors
    /// When it is no such file: its encoding, its columns, a row with another number of columns.
    pub fn read(&self, bytes: &[u8]) -> Result<Vec<Result<Ack, BadAck>>, Rejection> {
        let bytes = bytes.strip_prefix(BOM).unwrap_or(bytes);
        if bytes.iter().all(u8::is_ascii_whitespace) {
            return Err(Rejection::new(Rule::EmptyFile, "file", "", "the file is empty"));
        }
        if let Some(at) = self.encoding.undecodable(bytes) {
            let line = 1 + bytes[..at].iter().filter(|byte| **byte == b'\n').count();
            let (field, value) = (format!("line {line}"), format!("byte {:#04x}", bytes[at]));
            let rule = format!("this byte is no text in {}", self.encoding.name());
            return Err(Rejection::new(Rule::WrongEncoding, field, value, rule));
        }
        let mut reader = ReaderBuilder::new()
            .delimiter(self.separator)
            .flexible(false)
            .has_headers(true)
            .from_reader(bytes);
        let names = reader.byte_headers().map_err(|error| malformed(&error))?.clone();
        let names: Vec<String> = names.iter().map(|cell| self.text(cell)).collect();
        let places = self.places(&names)?;
        let mut lines = Lines::of(bytes);
        let mut acks = Vec::new();
        for record in reader.byte_records() {
            let record = record.map_err(|error| malformed(&error))?;
            if acks.len() == MAX_ROWS {
                let rule = format!("the file has more than {MAX_ROWS} rows");
                return Err(Rejection::new(Rule::TooManyRows, "file", format!("{MAX_ROWS}+"), rule));
            }
            let line = lines.at(&record);
            acks.push(self.ack(&record, &places, line).map_err(|rejection| BadAck { line, rejection }));
        }
        Ok(acks)
    }

    fn text(&self, cell: &[u8]) -> String {
        self.encoding.decode(cell).trim().to_owned()
    }

    /// The file's own name of a column that is known by what stands in it.
    fn column<'a>(&'a self, field: &'a str) -> &'a str {
        match field {
            "order" => &self.columns.order,
            "shop" => self.columns.shop.as_deref().unwrap_or("boutique"),
            "batch" => &self.columns.batch,
            column => column,
        }
    }

    /// Where each column stands.
    fn places(&self, names: &[String]) -> Result<Places, Rejection> {
        let place = |column: &String| {
            names.iter().position(|name| name == column).ok_or_else(|| {
                let rule = format!("the column {column:?} is missing in the file");
                Rejection::new(Rule::MissingColumn, column, names.join(" "), rule)
            })
        };
        Ok(Places {
            order: place(&self.columns.order)?,
            shop: self.columns.shop.as_ref().map(place).transpose()?,
            batch: place(&self.columns.batch)?,
            outcome: place(&self.columns.outcome)?,
            erp_number: self.columns.erp_number.as_ref().map(place).transpose()?,
            words: self.columns.words.as_ref().map(place).transpose()?,
        })
    }

    fn ack(&self, record: &ByteRecord, places: &Places, line: u64) -> Result<Ack, Rejection> {
        let at = |place: usize| self.text(record.get(place).unwrap_or_default());
        let optional = |place: Option<usize>| place.map(at).unwrap_or_default();
        let bad =
            |code: Rule, column: &str, value: String, rule: String| Rejection::new(code, column, value, rule);
        let order = at(places.order);
        let order = if order.is_empty() {
            return Err(bad(
                Rule::MissingField,
                &self.columns.order,
                order,
                "the cell is empty and must not be".into(),
            ));
        } else if self.columns.by_id {
            let id = OrderId::new(&order);
            OrderName::Id(
                id.map_err(|error| bad(Rule::NotAnOrder, &self.columns.order, order, error.to_string()))?,
            )
        } else {
            OrderName::Number(order)
        };
        let shop = match &self.columns.shop {
            None => None,
            Some(column) => {
                let shop = optional(places.shop);
                let read = ShopId::new(&shop);
                Some(read.map_err(|error| bad(Rule::NotAShop, column, shop, error.to_string()))?)
            }
        };
        let batch = at(places.batch);
        let batch = batch.parse::<BatchId>().map_err(|_| {
            bad(
                Rule::NotABatch,
                &self.columns.batch,
                batch.clone(),
                "this is no batch as the import file writes it".into(),
            )
        })?;
        let outcome = at(places.outcome);
        let Some(accepted) = self.outcomes.get(&outcome).copied() else {
            let rule = "the layout's code list of outcomes does not have this word".into();
            return Err(bad(Rule::UnknownCode, &self.columns.outcome, outcome, rule));
        };
        Ok(Ack {
            line,
            shop,
            order,
            batch,
            accepted,
            erp_number: shortened(&optional(places.erp_number), MAX_NUMBER),
            words: shortened(&optional(places.words), MAX_WORDS),
        })
    }

    /// The rows of a file that could not be used, with line, column, value, the rule's code and a French
    /// sentence. A person corrects them and drops the file again. What is added is safe to open in a
    /// spreadsheet.
    pub fn rejects(&self, bytes: &[u8], bad: &[BadAck]) -> Vec<u8> {
        const IN_MEMORY: &str = "a row can be written in memory";
        let content = bytes.strip_prefix(BOM).unwrap_or(bytes);
        let mut reader = ReaderBuilder::new().delimiter(self.separator).flexible(true).from_reader(content);
        let out = bytes[..bytes.len() - content.len()].to_vec();
        let mut out = WriterBuilder::new()
            .delimiter(self.separator)
            .terminator(Terminator::CRLF)
            .flexible(true)
            .from_writer(out);
        let mut put = |record: &ByteRecord, added: [&str; 5]| {
            let added = added.map(|text| self.encoding.encode(&no_formula(&one_line(text))).into_owned());
            let cells = record.iter().chain(added.iter().map(Vec::as_slice));
            out.write_record(cells).expect(IN_MEMORY);
        };
        if let Ok(names) = reader.byte_headers() {
            put(&names.clone(), ADDED);
        }
        let mut lines = Lines::of(content);
        for record in reader.byte_records().filter_map(Result::ok) {
            let line = lines.at(&record);
            if let Some(BadAck { rejection, .. }) = bad.iter().find(|bad| bad.line == line) {
                let rejection =
                    Rejection { field: self.column(&rejection.field).to_owned(), ..rejection.clone() };
                let sentence = in_french(&rejection);
                let Rejection { code, field, value, .. } = &rejection;
                put(&record, [&line.to_string(), field, value, code, &sentence]);
            }
        }
        out.into_inner().expect(IN_MEMORY)
    }
}

/// Where the columns stand.
struct Places {
    order: usize,
    shop: Option<usize>,
    batch: usize,
    outcome: usize,
    erp_number: Option<usize>,
    words: Option<usize>,
}

/// On which line each record begins. The reader counts a line end of two characters as part of the next
/// record, so its own line is one too low.
struct Lines<'a> {
    bytes: &'a [u8],
    counted: usize,
    line: u64,
}

impl<'a> Lines<'a> {
    fn of(bytes: &'a [u8]) -> Self {
        Self { bytes, counted: 0, line: 1 }
    }

    fn at(&mut self, record: &ByteRecord) -> u64 {
        let start = record.position().and_then(|position| usize::try_from(position.byte()).ok());
        let mut start = start.unwrap_or(self.counted).clamp(self.counted, self.bytes.len());
        start += self.bytes[start..].iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
        self.line += self.bytes[self.counted..start].iter().filter(|byte| **byte == b'\n').count() as u64;
        self.counted = start;
        self.line
    }
}

fn malformed(error: &csv::Error) -> Rejection {
    let line =
        error.position().map_or_else(|| "file".to_owned(), |position| format!("line {}", position.line()));
    Rejection::new(Rule::Malformed, line, "", error.to_string())
}

/// One line, and at most so many characters.
fn shortened(text: &str, most: usize) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(most).collect()
}
