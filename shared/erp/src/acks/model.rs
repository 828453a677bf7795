use std::collections::BTreeMap;

use crate::encoding::Encoding;

/// What the ERP's acknowledgements look like. See the module's page for its TOML.
#[derive(Clone, Debug)]
pub struct AckLayout {
    pub(super) encoding: Encoding,
    pub(super) separator: u8,
    pub(super) columns: Columns,
    /// The ERP's words; whether each means that the order was accepted.
    pub(super) outcomes: BTreeMap<String, bool>,
}

/// The names of columns.
#[derive(Clone, Debug)]
pub(super) struct Columns {
    pub(super) order: String,
    /// Whether `order` is the shop's id, and not the number that people know.
    pub(super) by_id: bool,
    pub(super) shop: Option<String>,
    pub(super) batch: String,
    pub(super) outcome: String,
    pub(super) erp_number: Option<String>,
    pub(super) words: Option<String>,
}
