//! What becomes of things that an ERP may have no place for: `[policy]`.

use passerelle_domain::ArticleCode;

use crate::orders::model::{Amendments, Charges, Payments, Policy, Promotions};
use crate::toml_reader::Section;

pub(super) fn read(policy: &mut Section<'_>) -> Policy {
    let promotions = policy.required_choice("promotions");
    let charges = policy.required_choice("charges");
    let payments = policy.required_choice("payments");
    let amendments = policy.choice("amendments");
    let mut article = |key, missing: Option<&str>| {
        let code = policy.parsed(key, ArticleCode::new);
        if let (None, Some(missing)) = (&code, missing) {
            policy.fault(key, missing);
        }
        code.map(String::from).unwrap_or_default()
    };
    let as_lines = charges == Some(Charges::LinePerVatRate);
    let of_charge = as_lines.then_some("is missing: with charges as lines they have this article");
    Policy {
        promotions: promotions.unwrap_or(Promotions::Spread),
        charges: charges.unwrap_or(Charges::HeaderField),
        payments: payments.unwrap_or(Payments::Sum),
        amendments: amendments.unwrap_or(Amendments::SetAside),
        // Always needed, also for money given back without lines.
        promotion_article: article(
            "promotion_article",
            Some("is missing: discounts and refunds have this article"),
        ),
        delivery_article: article("delivery_article", of_charge),
        fee_article: article("fee_article", of_charge),
        // Known once the columns are read.
        discount_column: false,
    }
}
