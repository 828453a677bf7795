//! Lines. Magento lists a composite product and its parts side by side; one of them carries the price.

use std::collections::{BTreeMap, BTreeSet};

use passerelle_domain::{ArticleCode, Money, OrderLine, Quantity, Rejection, UnitPrice, VatRate};
use rust_decimal::Decimal;

use super::Cancelled;
use super::numbers::{money, positive, required, required_money, share, wrong};
use super::rates::rate;
use crate::magento::config::Config;
use crate::magento::wire::{self, Item, Text};

/// A line that carries a price.
#[derive(Clone, Copy, Debug)]
pub(super) struct Good<'a> {
    /// Its place among the shop's lines.
    pub(super) place: usize,
    pub(super) item: &'a Item,
    /// The article that it is: a chosen variant's, not the choice's.
    sku: &'a Text,
}

impl Good<'_> {
    pub(super) fn field(&self, name: &str) -> String {
        format!("items[{}].{name}", self.place)
    }

    /// How much was ordered, and how much of that is left.
    pub(super) fn quantities(&self, cancelled: Cancelled) -> Result<(Decimal, Decimal), Rejection> {
        required(&self.field("qty_ordered"), &self.item.qty_ordered)?;
        let ordered = positive(&self.field("qty_ordered"), &self.item.qty_ordered)?;
        if cancelled == Cancelled::Nothing {
            return Ok((ordered, ordered));
        }
        let left = ordered - positive(&self.field("qty_canceled"), &self.item.qty_canceled)?;
        if left < Decimal::ZERO {
            let rule = "more is cancelled than was ordered";
            return Err(wrong("invalid_number", &self.field("qty_canceled"), &self.item.qty_canceled, rule));
        }
        Ok((ordered, left))
    }
}

/// The lines that carry prices.
///
/// - A configurable product carries the price, its one part the article (which Magento shows as the
///   whole's SKU, too).
/// - A bundle of fixed price carries it; its parts have none.
/// - In a bundle of dynamic price the parts do; the bundle repeats their sum without the discounts.
pub(super) fn goods(wire: &wire::Order) -> Vec<Good<'_>> {
    let items = &wire.items.0;
    let ids: BTreeMap<&str, &Item> = items.iter().map(|item| (item.item_id.as_str(), item)).collect();
    let mut parts: BTreeMap<&str, Vec<&Item>> = BTreeMap::new();
    for item in items {
        if ids.contains_key(item.parent_item_id.as_str()) && item.parent_item_id != item.item_id {
            parts.entry(item.parent_item_id.as_str()).or_default().push(item);
        }
    }
    let priced_by_parts: BTreeSet<&str> = parts
        .iter()
        .filter(|(whole, parts)| {
            ids.get(*whole).is_some_and(|whole| whole.product_type.as_str() == "bundle")
                && parts.iter().any(|part| !is_zero(&part.row_total))
        })
        .map(|(&whole, _)| whole)
        .collect();
    let carries = |item: &Item| {
        let whole = item.parent_item_id.as_str();
        let is_part = parts.contains_key(whole) && item.parent_item_id != item.item_id;
        if is_part {
            priced_by_parts.contains(whole)
        } else {
            !priced_by_parts.contains(item.item_id.as_str())
        }
    };
    items
        .iter()
        .enumerate()
        .filter(|(_, item)| carries(item))
        .map(|(place, item)| {
            let parts = parts.get(item.item_id.as_str()).map(Vec::as_slice);
            let sku = match (item.product_type.as_str(), parts) {
                ("configurable", Some([part])) if !part.sku.is_empty() => &part.sku,
                _ => &item.sku,
            };
            Good { place, item, sku }
        })
        .collect()
}

fn is_zero(text: &Text) -> bool {
    text.as_str().chars().all(|c| matches!(c, '0' | '.' | '-'))
}

/// What was cancelled of an order that goes on.
pub(super) fn cancelled(wire: &wire::Order, goods: &[Good<'_>]) -> Result<Cancelled, Rejection> {
    if wire.state.as_str() == "canceled" {
        return Ok(Cancelled::Nothing);
    }
    let mut some = false;
    for good in goods {
        some |= !positive(&good.field("qty_canceled"), &good.item.qty_canceled)?.is_zero();
    }
    Ok(match (some, money("total_invoiced", &wire.total_invoiced)?) {
        (false, _) => Cancelled::Nothing,
        (true, Money::ZERO) => Cancelled::Part,
        (true, _) => Cancelled::AllButInvoiced,
    })
}

/// The order's lines, without those that were cancelled.
pub(super) fn lines(
    config: &Config,
    goods: &[Good<'_>],
    cancelled: Cancelled,
) -> Result<Vec<OrderLine>, Rejection> {
    let mut lines = Vec::with_capacity(goods.len());
    for good in goods {
        lines.extend(line(config, *good, cancelled)?);
    }
    Ok(lines)
}

/// What a line costs.
struct Amounts {
    row: Money,
    discount: Money,
    /// The tax inside the discount, where prices include tax.
    tax_in_discount: Money,
    vat: Money,
}

fn line(config: &Config, good: Good<'_>, cancelled: Cancelled) -> Result<Option<OrderLine>, Rejection> {
    let item = good.item;
    let (ordered, quantity) = good.quantities(cancelled)?;
    if quantity != ordered && quantity.is_zero() {
        return Ok(None);
    }
    let amounts = amounts(good, ordered, quantity)?;
    let net = amounts.row - amounts.discount + amounts.tax_in_discount;
    // A module may have raised the price after the fact: no negative discount, another price.
    let gross = amounts.row.max(net);
    let quantity = Quantity::new(quantity);
    let vat_rate = rate(&good.field("tax_percent"), &item.tax_percent)?;
    if vat_rate == VatRate::ZERO && !amounts.vat.is_zero() {
        let rule = "the line has VAT, but no rate";
        return Err(wrong("unknown_vat_rate", &good.field("tax_percent"), &item.tax_percent, rule));
    }
    let unit = wire::named_text(
        &item.extension_attributes,
        config.fields.unit.strip_prefix("extension_attributes.").unwrap_or(&config.fields.unit),
    );
    Ok(Some(OrderLine {
        id: required(&good.field("item_id"), &item.item_id)?.into(),
        article: article(good)?,
        label: item.name.as_str().into(),
        quantity,
        unit: unit
            .as_str()
            .parse()
            .map_err(|rule: String| wrong("invalid_unit", &good.field(&config.fields.unit), &unit, rule))?,
        unit_price: UnitPrice::of(gross, quantity),
        gross,
        discount: gross - net,
        net,
        vat_rate,
        vat: amounts.vat,
    }))
}

/// As ordered, as invoiced where just that is left, else in proportion.
fn amounts(good: Good<'_>, ordered: Decimal, left: Decimal) -> Result<Amounts, Rejection> {
    let item = good.item;
    let read = |name: &str, text: &Text| money(&good.field(name), text);
    let whole = left == ordered;
    if !whole && positive(&good.field("qty_invoiced"), &item.qty_invoiced)? == left {
        return Ok(Amounts {
            row: required_money(&good.field("row_invoiced"), &item.row_invoiced)?,
            discount: read("discount_invoiced", &item.discount_invoiced)?,
            tax_in_discount: read(
                "discount_tax_compensation_invoiced",
                &item.discount_tax_compensation_invoiced,
            )?,
            vat: read("tax_invoiced", &item.tax_invoiced)?,
        });
    }
    let part = |amount: Money| if whole { amount } else { share(amount, left, ordered) };
    Ok(Amounts {
        row: part(required_money(&good.field("row_total"), &item.row_total)?),
        discount: part(read("discount_amount", &item.discount_amount)?),
        tax_in_discount: part(read(
            "discount_tax_compensation_amount",
            &item.discount_tax_compensation_amount,
        )?),
        vat: part(read("tax_amount", &item.tax_amount)?),
    })
}

fn article(good: Good<'_>) -> Result<Option<ArticleCode>, Rejection> {
    match good.sku.as_str() {
        "" => Ok(None),
        sku => ArticleCode::new(sku)
            .map(Some)
            .map_err(|error| wrong("invalid_article", &good.field("sku"), good.sku, error.to_string())),
    }
}
