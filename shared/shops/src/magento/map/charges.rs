//! Delivery, fixed product taxes (deposits for crates, eco-contributions) and fees of modules.

use passerelle_domain::{Charge, ChargeKind, Money, Rejection, VatRate};
use serde_json::Value;

use super::Cancelled;
use super::lines::Good;
use super::numbers::{money, share, wrong};
use super::rates::{Rates, rate};
use crate::magento::config::Config;
use crate::magento::wire::{self, FixedTax, List, Text};

/// The id of delivery among the charges.
pub(super) const DELIVERY: &str = "shipping";

/// The id of a line's fixed product taxes among the charges.
pub(super) fn fixed_tax_id(item_id: &str) -> String {
    format!("{item_id}-weee")
}

/// Where a fee is, in an order and in a credit memo alike.
pub(super) struct FeeAt<'a> {
    pub(super) id: String,
    label: &'a str,
    amount: &'a str,
    tax: &'a str,
    /// As `item_applied_taxes` calls it.
    kind: &'a str,
    vat_rate: Option<VatRate>,
}

/// Adobe Commerce's gift wrapping: of the order, of its lines, and a printed card.
const WRAPPING: [(&str, &str, &str, &str, &str); 3] = [
    (
        "gw",
        "Emballage cadeau",
        "extension_attributes.gw_price",
        "extension_attributes.gw_tax_amount",
        "quote_gw",
    ),
    (
        "gw_items",
        "Emballages cadeau",
        "extension_attributes.gw_items_price",
        "extension_attributes.gw_items_tax_amount",
        "item_gw",
    ),
    (
        "gw_card",
        "Carte imprimée",
        "extension_attributes.gw_card_price",
        "extension_attributes.gw_card_tax_amount",
        "printed_card_gw",
    ),
];

/// All fees that an order may have.
pub(super) fn fees(config: &Config) -> Vec<FeeAt<'_>> {
    let wrapping = WRAPPING.iter().map(|&(id, label, amount, tax, kind)| FeeAt {
        id: id.into(),
        label,
        amount,
        tax,
        kind,
        vat_rate: None,
    });
    let configured = config.fees.iter().map(|fee| FeeAt {
        id: fee.amount.clone(),
        label: &fee.label,
        amount: &fee.amount,
        tax: &fee.tax,
        kind: "",
        vat_rate: fee.vat_rate,
    });
    wrapping.chain(configured).collect()
}

impl FeeAt<'_> {
    /// Amount and VAT in an order or a credit memo.
    pub(super) fn amounts(&self, at: &str, document: &Value) -> Result<(Money, Money), Rejection> {
        let read = |path: &str| {
            if path.is_empty() {
                return Ok(Money::ZERO);
            }
            money(&format!("{at}{path}"), &wire::named_text(document, path))
        };
        Ok((read(self.amount)?, read(self.tax)?))
    }
}

/// All charges of an order.
pub(super) fn charges(
    config: &Config,
    document: &Value,
    wire: &wire::Order,
    goods: &[Good<'_>],
    rates: &Rates<'_>,
    cancelled: Cancelled,
) -> Result<Vec<Charge>, Rejection> {
    let mut charges: Vec<Charge> = delivery(wire, rates, cancelled)?.into_iter().collect();
    for good in goods {
        charges.extend(fixed_taxes(*good, rates, cancelled)?);
    }
    for fee in fees(config) {
        let (net, vat) = fee.amounts("", document)?;
        if net.is_zero() && vat.is_zero() {
            continue;
        }
        let vat_rate = rates.of_charge(fee.amount, fee.kind, net, vat, fee.vat_rate)?;
        charges.push(Charge {
            id: fee.id,
            kind: ChargeKind::Fee,
            label: fee.label.into(),
            net,
            vat_rate,
            vat,
        });
    }
    Ok(charges)
}

fn delivery(
    wire: &wire::Order,
    rates: &Rates<'_>,
    cancelled: Cancelled,
) -> Result<Option<Charge>, Rejection> {
    let amount = money("shipping_amount", &wire.shipping_amount)?;
    let net = amount - money("shipping_discount_amount", &wire.shipping_discount_amount)?
        + money(
            "shipping_discount_tax_compensation_amount",
            &wire.shipping_discount_tax_compensation_amount,
        )?;
    let vat = money("shipping_tax_amount", &wire.shipping_tax_amount)?;
    // Delivery is invoiced as a whole with the first invoice, or cancelled with what never was.
    let left = match cancelled {
        Cancelled::Nothing => amount,
        Cancelled::AllButInvoiced => money("shipping_invoiced", &wire.shipping_invoiced)?,
        Cancelled::Part => amount - money("shipping_canceled", &wire.shipping_canceled)?,
    };
    let part = |of: Money| share(of, left.to_decimal(), amount.to_decimal());
    if amount.is_zero() && vat.is_zero() || (left.is_zero() && !amount.is_zero()) {
        return Ok(None);
    }
    Ok(Some(Charge {
        id: DELIVERY.into(),
        kind: ChargeKind::Delivery,
        label: wire.shipping_description.as_str().into(),
        net: part(net),
        vat_rate: rates.of_charge("shipping_tax_amount", DELIVERY, net, vat, None)?,
        vat: part(vat),
    }))
}

fn fixed_taxes(good: Good<'_>, rates: &Rates<'_>, cancelled: Cancelled) -> Result<Option<Charge>, Rejection> {
    let item = good.item;
    let (label, net, vat) =
        fixed_tax(&good.field(""), &item.weee_tax_applied, &item.weee_tax_applied_row_amount)?;
    if net.is_zero() && vat.is_zero() {
        return Ok(None);
    }
    let own = rate(&good.field("tax_percent"), &item.tax_percent)?;
    let vat_rate = rates.of_charge(&good.field("weee_tax_applied"), "weee", net, vat, Some(own))?;
    let (ordered, left) = good.quantities(cancelled)?;
    if left.is_zero() {
        return Ok(None);
    }
    Ok(Some(Charge {
        id: fixed_tax_id(item.item_id.as_str()),
        kind: ChargeKind::Fee,
        label,
        net: share(net, left, ordered),
        vat_rate,
        vat: share(vat, left, ordered),
    }))
}

/// Names, amount and VAT of the fixed product taxes on a line. `base` is the line's path with a dot.
pub(super) fn fixed_tax(base: &str, list: &Text, amount: &Text) -> Result<(String, Money, Money), Rejection> {
    let field = format!("{base}weee_tax_applied");
    let amount = money(&format!("{base}weee_tax_applied_row_amount"), amount)?;
    if list.is_empty() {
        return Ok((String::new(), amount, Money::ZERO));
    }
    let unreadable = |_| wrong("unreadable", &field, list, "is no JSON list of fixed product taxes");
    let taxes: List<FixedTax> =
        wire::parse(&list.0).and_then(|value| wire::read(&value)).map_err(unreadable)?;
    let mut titles = Vec::new();
    let (mut net, mut gross) = (Money::ZERO, Money::ZERO);
    for tax in &taxes.0 {
        titles.push(tax.title.as_str());
        let row = money(&field, &tax.row_amount)?;
        net += row;
        gross +=
            if tax.row_amount_incl_tax.is_empty() { row } else { money(&field, &tax.row_amount_incl_tax)? };
    }
    // Some versions leave the amounts out of the list.
    if net.is_zero() {
        return Ok((titles.join(", "), amount, Money::ZERO));
    }
    Ok((titles.join(", "), net, gross - net))
}
