//! The VAT rates of what has no rate of its own in Magento: delivery and fees.

use std::collections::{BTreeMap, BTreeSet};

use passerelle_domain::{Money, Rejection, VatRate};
use rust_decimal::Decimal;

use super::numbers::{decimal, wrong};
use crate::magento::wire::{self, Text};

/// The rates that an order names.
#[derive(Debug)]
pub(super) struct Rates<'a> {
    /// By what was taxed: `shipping`, `quote_gw`…
    by_kind: BTreeMap<&'a str, BTreeSet<VatRate>>,
    /// All of the order, those of its lines first.
    all: Vec<VatRate>,
}

/// A rate from its percentage.
pub(super) fn rate(field: &str, percent: &Text) -> Result<VatRate, Rejection> {
    VatRate::from_percent(decimal(field, percent)?)
        .map_err(|rule| wrong("invalid_vat_rate", field, percent, rule))
}

impl<'a> Rates<'a> {
    pub(super) fn of(wire: &'a wire::Order) -> Result<Self, Rejection> {
        let mut by_kind: BTreeMap<&str, BTreeSet<VatRate>> = BTreeMap::new();
        let mut all = Vec::new();
        for (i, item) in wire.items.0.iter().enumerate() {
            all.push(rate(&format!("items[{i}].tax_percent"), &item.tax_percent)?);
        }
        let extension = &wire.extension_attributes;
        for (i, taxed) in extension.item_applied_taxes.0.iter().enumerate() {
            for (j, tax) in taxed.applied_taxes.0.iter().enumerate() {
                let at = format!("extension_attributes.item_applied_taxes[{i}].applied_taxes[{j}].percent");
                let rate = rate(&at, &tax.percent)?;
                by_kind.entry(taxed.kind.as_str()).or_default().insert(rate);
                all.push(rate);
            }
        }
        for (i, tax) in extension.applied_taxes.0.iter().enumerate() {
            all.push(rate(&format!("extension_attributes.applied_taxes[{i}].percent"), &tax.percent)?);
        }
        Ok(Self { by_kind, all })
    }

    /// The rate of an amount: the one that the order names for its kind, else the one of the order's
    /// rates, or `configured`, that makes this VAT.
    pub(super) fn of_charge(
        &self,
        field: &str,
        kind: &str,
        net: Money,
        vat: Money,
        configured: Option<VatRate>,
    ) -> Result<VatRate, Rejection> {
        let named: Vec<VatRate> = self.by_kind.get(kind).into_iter().flatten().copied().collect();
        match named.as_slice() {
            [] => {}
            [rate] => return Ok(*rate),
            several => {
                let rates: Vec<String> = several.iter().map(VatRate::to_string).collect();
                return Err(Rejection::new(
                    "several_vat_rates",
                    field,
                    rates.join(", "),
                    "the charge has several VAT rates",
                ));
            }
        }
        if vat.is_zero() {
            return Ok(VatRate::ZERO);
        }
        let explains = |rate: &&VatRate| rate.on(net).is_ok_and(|made| made == vat);
        // A rate computed on the price with tax may miss the cent.
        let nearly = |rate: &&VatRate| {
            rate.on(net).is_ok_and(|made| (made - vat).to_decimal().abs() <= Decimal::new(1, 2))
        };
        let candidates = || self.all.iter().chain(configured.as_ref()).filter(|rate| **rate != VatRate::ZERO);
        candidates().find(explains).or_else(|| candidates().find(nearly)).copied().ok_or_else(|| {
            let rule = "none of the order's VAT rates makes this VAT of it";
            Rejection::new("unknown_vat_rate", field, format!("{net} + VAT {vat}"), rule)
        })
    }
}
