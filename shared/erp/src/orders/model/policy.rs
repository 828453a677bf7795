use strum::{IntoStaticStr, VariantArray};

/// What the ERP can take of an order that changed after it was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, VariantArray, IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum Amendments {
    /// Nothing: a changed order is quarantined, and a person enters the difference.
    SetAside,
    /// The order as it is now, in place of the one it has.
    Replacement,
    /// What is more and what is less than it has.
    SignedDifferences,
    /// That an order is cancelled, and no other change.
    Cancellation,
}

/// Where discounts go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, VariantArray, IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub(crate) enum Promotions {
    /// Lines before discounts, and one negative line a VAT rate.
    LinePerVatRate,
    /// Lines after discounts.
    Spread,
    /// Lines before discounts, and the sum of discounts in `order.promotion_net`.
    HeaderField,
}

/// Where delivery and fees go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, VariantArray, IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub(crate) enum Charges {
    /// One line a kind and VAT rate.
    LinePerVatRate,
    /// `order.delivery_net` and `order.fee_net`; their VAT is in `order.vat`.
    HeaderField,
    /// A record each.
    RecordEach,
}

/// What the ERP is sent of several payments.
#[derive(Clone, Copy, Debug, PartialEq, Eq, VariantArray, IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub(crate) enum Payments {
    /// A record each.
    RecordEach,
    /// The first one's method and the sum of all.
    Sum,
    /// The first one's method and amount; the others are not sent.
    First,
}

/// All of it.
#[derive(Clone, Debug)]
pub(crate) struct Policy {
    pub(crate) promotions: Promotions,
    pub(crate) charges: Charges,
    pub(crate) payments: Payments,
    pub(crate) amendments: Amendments,
    pub(crate) promotion_article: String,
    /// Empty with charges in header fields.
    pub(crate) delivery_article: String,
    /// Empty with charges in header fields.
    pub(crate) fee_article: String,
    /// Whether a column takes `line.discount`. Without one, `spread` writes prices after discounts,
    /// because an ERP checks that quantity x price is the line's amount.
    pub(crate) discount_column: bool,
}

impl Policy {
    /// The articles with the names of their fields.
    pub(crate) fn articles(&self) -> [(&'static str, &str); 3] {
        [
            ("promotion_article", &self.promotion_article),
            ("delivery_article", &self.delivery_article),
            ("fee_article", &self.fee_article),
        ]
    }
}
