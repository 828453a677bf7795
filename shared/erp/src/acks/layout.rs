use std::collections::BTreeMap;

use crate::encoding::Encoding;
use crate::layout::{LayoutError, Section, first, load_whole, noted};

/// What the ERP's reports look like. See the module's page for its TOML.
#[derive(Clone, Debug)]
pub struct AckLayout {
    pub(super) encoding: Encoding,
    pub(super) separator: u8,
    pub(super) order: String,
    /// Whether `order` is the shop's id, and not the number that people know.
    pub(super) by_id: bool,
    pub(super) shop: Option<String>,
    pub(super) batch: String,
    pub(super) outcome: String,
    pub(super) erp_number: Option<String>,
    pub(super) words: Option<String>,
    /// The ERP's words; whether each means that the order was accepted.
    pub(super) outcomes: BTreeMap<String, bool>,
}

impl AckLayout {
    /// Reads and checks a layout.
    ///
    /// # Errors
    /// The path of the field and what is wrong with it.
    pub fn from_toml(text: &str) -> Result<Self, LayoutError> {
        Self::read_toml(text).map_err(first)
    }

    /// Everything that [`from_toml`](Self::from_toml) would refuse: of each table the first fault.
    pub fn faults(text: &str) -> Vec<LayoutError> {
        Self::read_toml(text).err().unwrap_or_default()
    }

    fn read_toml(text: &str) -> Result<Self, Vec<LayoutError>> {
        load_whole(text, |root, faults| {
            let file = root.required_section("file").and_then(read_file);
            let columns = root.required_section("columns").and_then(read_columns);
            let codes = root.required_section("codes").and_then(read_outcomes);
            let (file, columns) = (noted(file, faults), noted(columns, faults));
            let outcomes = noted(codes, faults)?;
            let ((encoding, separator), columns) = (file?, columns?);
            let Columns { order, by_id, shop, batch, outcome, erp_number, words } = columns;
            Some(Self {
                encoding,
                separator,
                order,
                by_id,
                shop,
                batch,
                outcome,
                erp_number,
                words,
                outcomes,
            })
        })
    }
}

fn read_file(mut file: Section<'_>) -> Result<(Encoding, u8), LayoutError> {
    let encoding = file.required_choice(
        "encoding",
        &[Encoding::Utf8, Encoding::Windows1252, Encoding::Iso8859_15].map(|e| (e.name(), e)),
    )?;
    let separator =
        file.required_choice("separator", &[(";", b';'), (",", b','), ("\t", b'\t'), ("|", b'|')])?;
    file.finish()?;
    Ok((encoding, separator))
}

struct Columns {
    order: String,
    by_id: bool,
    shop: Option<String>,
    batch: String,
    outcome: String,
    erp_number: Option<String>,
    words: Option<String>,
}

fn read_columns(mut columns: Section<'_>) -> Result<Columns, LayoutError> {
    let (order, by_id) = order_column(&mut columns)?;
    let shop = columns.text("shop")?.map(str::to_owned);
    let batch = columns.required("batch")?.to_owned();
    let outcome = columns.required("outcome")?.to_owned();
    let erp_number = columns.text("erp_number")?.map(str::to_owned);
    let words = columns.text("words")?.map(str::to_owned);
    columns.finish()?;
    Ok(Columns { order, by_id, shop, batch, outcome, erp_number, words })
}

/// The ERP's words; whether each means that the order was accepted.
fn read_outcomes(mut codes: Section<'_>) -> Result<BTreeMap<String, bool>, LayoutError> {
    let mut outcomes = BTreeMap::new();
    for (code, word) in codes.text_map("outcome")?.unwrap_or_default() {
        let accepted = match word.as_str() {
            "accepted" => true,
            "refused" => false,
            _ => {
                let message = format!("{word:?} is none of accepted, refused");
                return Err(codes.error("outcome", message).inside(&code));
            }
        };
        outcomes.insert(code, accepted);
    }
    if !outcomes.values().any(|accepted| *accepted) {
        return Err(codes.error("outcome", "has no word for accepted"));
    }
    codes.finish()?;
    Ok(outcomes)
}

fn order_column(columns: &mut Section<'_>) -> Result<(String, bool), LayoutError> {
    match (columns.text("number")?, columns.text("id")?) {
        (Some(number), None) => Ok((number.to_owned(), false)),
        (None, Some(id)) => Ok((id.to_owned(), true)),
        (Some(_), Some(_)) => Err(columns.error("id", "stands beside number: one of them names the order")),
        (None, None) => Err(columns.error("number", "is missing: number or id names the order")),
    }
}
