use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use strum::{IntoStaticStr, VariantArray};

use crate::Money;

/// Whether an adjustment takes off or adds.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    VariantArray,
    IntoStaticStr,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum AdjustmentKind {
    /// It takes off: a discount.
    #[default]
    Allowance,
    /// It adds: a fee.
    Charge,
}

/// An allowance or charge, without VAT (EN 16931 BG-20, BG-21 on the whole; BG-27, BG-28 on a line).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Adjustment {
    /// Allowance or charge.
    pub kind: AdjustmentKind,
    /// How much (BT-92, BT-99, BT-136, BT-141). An allowance is positive when it takes off.
    pub amount: Money,
    /// Of what, where it is a percentage (BT-93, BT-100, BT-137, BT-142).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base: Option<Money>,
    /// How many percent (BT-94, BT-101, BT-138, BT-143).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub percentage: Option<Decimal>,
    /// Why (BT-97, BT-104, BT-139, BT-144); may be empty: then "Remise" or "Frais".
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
    /// The code of the reason (UNTDID 5189 for an allowance, 7161 for a charge; BT-98, BT-105, BT-140,
    /// BT-145); may be empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason_code: String,
}

impl Adjustment {
    /// A plain discount.
    pub fn allowance(amount: Money) -> Self {
        Self { amount, ..Self::default() }
    }

    /// What it does to the amount that it stands on: negative for an allowance.
    pub fn effect(&self) -> Money {
        match self.kind {
            AdjustmentKind::Allowance => -self.amount,
            AdjustmentKind::Charge => self.amount,
        }
    }
}
