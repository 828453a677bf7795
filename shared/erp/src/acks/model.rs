use std::collections::BTreeMap;

use passerelle_domain::{BatchId, OrderId, Rejection, ShopId};

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

/// How a row names its order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OrderName {
    /// By the shop's id.
    Id(OrderId),
    /// By the number that people know, as the import file has it.
    Number(String),
}

/// A row of the file: what became of one order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ack {
    /// Its line, from 1.
    pub line: u64,
    /// The shop, where the file names it.
    pub shop: Option<ShopId>,
    /// The order.
    pub order: OrderName,
    /// The batch that the order came in.
    pub batch: BatchId,
    /// Whether the ERP took it.
    pub accepted: bool,
    /// The ERP's own number; may be empty.
    pub erp_number: String,
    /// Why it was refused; may be empty.
    pub words: String,
}

/// A row that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadAck {
    /// Its line, from 1.
    pub line: u64,
    /// The column and its value, and the rule.
    pub rejection: Rejection,
}
