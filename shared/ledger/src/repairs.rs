//! What was repaired of an order so that the ERP takes it, kept with the order.

use passerelle_domain::{BatchId, OrderKey};
use serde::{Deserialize, Serialize};

/// A value that a layout let be repaired in a file: a label cut, a character replaced, a town completed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Repaired {
    /// The field, in the words of the domain: `lines[2].label`.
    pub field: String,
    /// The shop's value.
    pub from: String,
    /// The value sent to the ERP.
    pub to: String,
    /// The rule that let it be repaired.
    pub rule: String,
}

/// What was repaired of an order in the file of a batch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptRepairs {
    /// The batch.
    pub batch: BatchId,
    /// The first of them, at most [`KeptRepairs::MOST`], long texts shortened.
    pub values: Vec<Repaired>,
    /// How many more there were.
    #[serde(default, skip_serializing_if = "crate::records::is_zero")]
    pub left_out: u32,
}

impl KeptRepairs {
    /// How many are kept of an order, so that its record stays small: it is read with every list.
    pub const MOST: usize = 20;

    /// How much is kept of a text.
    const MOST_BYTES: usize = 200;

    /// What is kept of an order's repairs in a file; nothing where there are none.
    pub(crate) fn of(order: &OrderKey, batch: BatchId, repairs: &[(OrderKey, Repaired)]) -> Option<Self> {
        let ours: Vec<&Repaired> =
            repairs.iter().filter(|(key, _)| key == order).map(|(_, repair)| repair).collect();
        let values: Vec<Repaired> = ours.iter().take(Self::MOST).map(|repair| shortened(repair)).collect();
        let left_out = u32::try_from(ours.len() - values.len()).unwrap_or(u32::MAX);
        (!values.is_empty()).then_some(Self { batch, values, left_out })
    }
}

fn shortened(repair: &Repaired) -> Repaired {
    let short = |text: &str| text[..text.floor_char_boundary(KeptRepairs::MOST_BYTES)].to_owned();
    let Repaired { field, from, to, rule } = repair;
    Repaired { field: short(field), from: short(from), to: short(to), rule: short(rule) }
}
