use std::collections::BTreeMap;

use crate::encoding::Encoding;
use crate::layout::{LayoutError, Section, load};

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
        load(text, |root| {
            let mut file = root.required_section("file")?;
            let encoding = file.required_choice(
                "encoding",
                &[Encoding::Utf8, Encoding::Windows1252, Encoding::Iso8859_15].map(|e| (e.name(), e)),
            )?;
            let separator =
                file.required_choice("separator", &[(";", b';'), (",", b','), ("\t", b'\t'), ("|", b'|')])?;
            file.finish()?;

            let mut columns = root.required_section("columns")?;
            let (order, by_id) = order_column(&mut columns)?;
            let shop = columns.text("shop")?.map(str::to_owned);
            let batch = columns.required("batch")?.to_owned();
            let outcome = columns.required("outcome")?.to_owned();
            let erp_number = columns.text("erp_number")?.map(str::to_owned);
            let words = columns.text("words")?.map(str::to_owned);
            columns.finish()?;

            let mut codes = root.required_section("codes")?;
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
            Ok(Self { encoding, separator, order, by_id, shop, batch, outcome, erp_number, words, outcomes })
        })
    }
}

fn order_column(columns: &mut Section<'_>) -> Result<(String, bool), LayoutError> {
    match (columns.text("number")?, columns.text("id")?) {
        (Some(number), None) => Ok((number.to_owned(), false)),
        (None, Some(id)) => Ok((id.to_owned(), true)),
        (Some(_), Some(_)) => Err(columns.error("id", "stands beside number: one of them names the order")),
        (None, None) => Err(columns.error("number", "is missing: number or id names the order")),
    }
}
