//! What a layout decides about things that an ERP may have no place for.

use passerelle_domain::ArticleCode;

use crate::LayoutError;
use crate::layout::Section;

/// What the ERP can take of an order that changed after it was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Amendments {
    /// Nothing: a person enters the difference.
    SetAside,
    /// The order as it is now, in place of the one it has.
    Replacement,
    /// What is more and what is less than it has.
    SignedDifferences,
    /// That an order is cancelled, and no other change.
    Cancellation,
}

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
    /// A record each.
    RecordEach,
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

pub(super) fn read(policy: &mut Section<'_>) -> Result<Policy, LayoutError> {
    let promotions = policy.required_choice(
        "promotions",
        &[
            ("line_per_vat_rate", Promotions::LinePerVatRate),
            ("spread", Promotions::Spread),
            ("header_field", Promotions::HeaderField),
        ],
    )?;
    let charges = policy.required_choice(
        "charges",
        &[
            ("line_per_vat_rate", Charges::LinePerVatRate),
            ("header_field", Charges::HeaderField),
            ("record_each", Charges::RecordEach),
        ],
    )?;
    let payments = policy.required_choice(
        "payments",
        &[("record_each", Payments::RecordEach), ("sum", Payments::Sum), ("first", Payments::First)],
    )?;
    let amendments = policy.choice(
        "amendments",
        &[
            ("set_aside", Amendments::SetAside),
            ("replacement", Amendments::Replacement),
            ("signed_differences", Amendments::SignedDifferences),
            ("cancellation", Amendments::Cancellation),
        ],
    )?;
    // Always needed: money given back without lines stands on it too.
    let promotion_article = article(policy, "promotion_article")?
        .ok_or_else(|| policy.error("promotion_article", "is missing: discounts and refunds stand on it"))?;
    let delivery_article = article(policy, "delivery_article")?;
    let fee_article = article(policy, "fee_article")?;
    if charges == Charges::LinePerVatRate {
        for (key, given) in [("delivery_article", &delivery_article), ("fee_article", &fee_article)] {
            if given.is_none() {
                return Err(policy.error(key, "is missing: with charges as lines they stand on it"));
            }
        }
    }
    Ok(Policy {
        promotions,
        charges,
        payments,
        amendments: amendments.unwrap_or(Amendments::SetAside),
        promotion_article,
        delivery_article: delivery_article.unwrap_or_default(),
        fee_article: fee_article.unwrap_or_default(),
        // Known once the columns are read.
        discount_column: false,
    })
}

fn article(policy: &mut Section<'_>, key: &'static str) -> Result<Option<String>, LayoutError> {
    let Some(code) = policy.text(key)? else { return Ok(None) };
    ArticleCode::new(code).map(|code| Some(code.into())).map_err(|error| policy.error(key, error.to_string()))
}
