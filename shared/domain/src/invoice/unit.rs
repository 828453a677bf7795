use serde::{Deserialize, Serialize};

use super::code_lists::is_unit;
use crate::Unit;

/// The unit of an invoice's line (EN 16931 BT-130): what is printed, and its code.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct InvoiceUnit(Kept);

/// One of the units that orders have stays one word, as in every ledger so far.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(untagged)]
enum Kept {
    Common(Unit),
    Named { code: String, label: String },
}

impl InvoiceUnit {
    /// The most characters of a label: its column on the page is narrow.
    pub const LONGEST_LABEL: usize = 20;

    /// A unit by its code of UN/ECE Recommendation 20, or 21 with an X in front, and its printed label.
    ///
    /// # Errors
    /// When there is no such code (BR-CL-23), or the label is empty or too long.
    pub fn new(code: &str, label: &str) -> Result<Self, String> {
        if !is_unit(code) {
            return Err(format!("{code:?} is no code of UN/ECE Recommendation 20 or 21 (KGM, XBX)"));
        }
        let length = label.chars().count();
        if label.trim().is_empty() || length > Self::LONGEST_LABEL {
            return Err(format!("the label {label:?} is empty or longer than {}", Self::LONGEST_LABEL));
        }
        Ok(Self(Kept::Named { code: code.to_owned(), label: label.to_owned() }))
    }

    /// The code of UN/ECE Recommendation 20 or 21, as EN 16931 wants it.
    pub fn unece_code(&self) -> &str {
        match &self.0 {
            Kept::Common(unit) => unit.unece_code(),
            Kept::Named { code, .. } => code,
        }
    }

    /// What the invoice shows.
    pub fn label(&self) -> &str {
        match &self.0 {
            Kept::Common(unit) => unit.label(),
            Kept::Named { label, .. } => label,
        }
    }
}

impl Default for InvoiceUnit {
    fn default() -> Self {
        Unit::default().into()
    }
}

impl From<Unit> for InvoiceUnit {
    fn from(unit: Unit) -> Self {
        Self(Kept::Common(unit))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_unit_of_todays_ledgers_is_read_and_written_as_before() {
        for (unit, kept) in [(Unit::Piece, "\"piece\""), (Unit::Case, "\"case\"")] {
            let read: InvoiceUnit = serde_json::from_str(kept).expect("as it was written");
            assert_eq!(read, unit.into());
            assert_eq!(serde_json::to_string(&read).expect("JSON"), kept);
        }
        let bunch = InvoiceUnit::new("XBH", "botte").expect("a unit");
        let kept = serde_json::to_string(&bunch).expect("JSON");
        assert_eq!(kept, r#"{"code":"XBH","label":"botte"}"#);
        assert_eq!(serde_json::from_str::<InvoiceUnit>(&kept).expect("read back"), bunch);
    }

    #[test]
    fn a_unit_without_code_or_label_is_refused() {
        for (code, label) in
            [("BH", "botte"), ("xbh", "botte"), ("", "x"), ("XBH", " "), ("XBH", &"x".repeat(21))]
        {
            InvoiceUnit::new(code, label).expect_err(code);
        }
    }
}
