//! What a layout decides about things that an ERP may have no place for.

use super::Amendments;

/// Where discounts go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Promotions {
    /// Lines before discounts, and one negative line a VAT rate.
    LinePerVatRate,
    /// Lines after discounts.
    Spread,
    /// Lines before discounts, and the sum of discounts in `order.promotion_net`.
    HeaderField,
}

/// Where delivery and fees go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Charges {
    /// One line a kind and VAT rate.
    LinePerVatRate,
    /// `order.delivery_net` and `order.fee_net`; their VAT is in `order.vat`.
    HeaderField,
}

/// What is told of several payments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Payments {
    /// A record each.
    RecordEach,
    /// The first one's method and the sum of all.
    Sum,
    /// The first one's method and amount; the others are not told.
    First,
}

/// All of it.
#[derive(Clone, Debug)]
pub(super) struct Policy {
    pub(super) promotions: Promotions,
    pub(super) charges: Charges,
    pub(super) payments: Payments,
    pub(super) amendments: Amendments,
    pub(super) promotion_article: String,
    /// Empty with charges in header fields.
    pub(super) delivery_article: String,
    /// Empty with charges in header fields.
    pub(super) fee_article: String,
    /// Whether a column takes `line.discount`. Without one, `spread` writes prices after discounts,
    /// because an ERP checks that quantity x price is the line's amount.
    pub(super) discount_column: bool,
}

impl Policy {
    /// The articles with the names of their fields.
    pub(super) fn articles(&self) -> [(&'static str, &str); 3] {
        [
            ("promotion_article", &self.promotion_article),
            ("delivery_article", &self.delivery_article),
            ("fee_article", &self.fee_article),
        ]
    }
}
