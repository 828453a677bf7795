//! WooCommerce's own JSON, as far as it is used, and as leniently as plugins make necessary: any
//! scalar where a text or a number belongs, a list that PHP wrote as an object (it does when an index
//! is missing), and nothing where it left a field out. Numbers stay text until [`super::map`] reads
//! them as decimals: no amount ever passes through a float.

use serde::Deserialize;
use serde_json::value::RawValue;

pub(super) use crate::entities::plain;
pub(super) use crate::json::{List, Text, from_text as read};

/// What of an order must be readable, else it cannot even be set aside under its name.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Head {
    pub id: Text,
    pub date_modified_gmt: Text,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Order {
    pub id: Text,
    pub number: Text,
    pub status: Text,
    pub currency: Text,
    pub date_created_gmt: Text,
    pub total: Text,
    pub total_tax: Text,
    pub customer_id: Text,
    pub customer_note: Text,
    pub billing: Address,
    pub shipping: Address,
    pub payment_method: Text,
    pub payment_method_title: Text,
    pub transaction_id: Text,
    pub meta_data: List<Meta>,
    pub line_items: List<LineItem>,
    pub tax_lines: List<TaxLine>,
    pub shipping_lines: List<ChargeLine>,
    pub fee_lines: List<ChargeLine>,
    pub coupon_lines: List<CouponLine>,
    pub refunds: List<RefundRef>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Address {
    pub first_name: Text,
    pub last_name: Text,
    pub company: Text,
    pub address_1: Text,
    pub address_2: Text,
    pub postcode: Text,
    pub city: Text,
    pub country: Text,
    pub phone: Text,
    /// Billing only.
    pub email: Text,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Meta {
    pub key: Text,
    /// Anything: plugins keep lists and objects of megabytes there, which take thirty times as much memory
    /// once they are read. So only a value that is asked for is.
    pub value: Option<Box<RawValue>>,
}

impl List<Meta> {
    /// The value under a key, as JSON. WordPress allows a key twice; the last one is the newest.
    pub fn get(&self, key: &str) -> Option<&str> {
        let meta = self.0.iter().rev().find(|meta| meta.key.as_str() == key)?;
        meta.value.as_deref().map(RawValue::get)
    }

    /// The value under a key as text; empty where there is none or it is no scalar.
    pub fn text(&self, key: &str) -> String {
        match self.get(key) {
            Some(json) if json.starts_with('"') => serde_json::from_str::<String>(json)
                .map_or_else(|_| String::new(), |text| text.trim().to_owned()),
            Some(json) if json.starts_with(|c: char| c == '-' || c.is_ascii_digit()) => json.to_owned(),
            _ => String::new(),
        }
    }
}

/// A customer, as far as it is asked for.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Customer {
    pub id: Text,
    pub meta_data: List<Meta>,
}

/// A line of the order. `price` is left out on purpose: it is a float
/// (`12.016666666666666`), after discounts, and PHP's own division.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct LineItem {
    pub id: Text,
    pub name: Text,
    pub sku: Text,
    pub quantity: Text,
    /// Before discounts, without tax, all pieces.
    pub subtotal: Text,
    /// After discounts, without tax, all pieces.
    pub total: Text,
    pub total_tax: Text,
    pub taxes: List<Tax>,
    pub meta_data: List<Meta>,
}

/// A tax on a line.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Tax {
    /// `rate_id` of a [`TaxLine`].
    pub id: Text,
    /// Empty where the rate does not apply.
    pub total: Text,
}

/// A tax of the order.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct TaxLine {
    pub rate_id: Text,
    pub rate_percent: Text,
}

/// A line of `shipping_lines` or `fee_lines`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct ChargeLine {
    pub id: Text,
    /// What a fee is called.
    pub name: Text,
    /// What a way of delivery is called.
    pub method_title: Text,
    pub total: Text,
    pub total_tax: Text,
    pub taxes: List<Tax>,
    pub meta_data: List<Meta>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct CouponLine {
    pub code: Text,
    /// Without tax.
    pub discount: Text,
}

/// A refund as an order lists it; all about it is in its own answer.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct RefundRef {
    pub id: Text,
}

/// A refund. `amount` is positive, amounts and quantities of its lines are negative.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Refund {
    pub id: Text,
    pub date_created_gmt: Text,
    pub amount: Text,
    pub reason: Text,
    pub line_items: List<LineItem>,
    pub shipping_lines: List<ChargeLine>,
    pub fee_lines: List<ChargeLine>,
}

/// A payment besides the main one, in our own meta data.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct ExtraPayment {
    pub method: Text,
    pub title: Text,
    pub amount: Text,
    pub reference: Text,
}

/// An order in a webhook: that of a deleted one has only its id.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct WebhookOrder {
    pub id: Text,
    pub date_modified_gmt: Text,
}
