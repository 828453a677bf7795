//! WooCommerce's own JSON, as far as it is used, and as leniently as plugins make necessary: any
//! scalar where a text or a number belongs, a list that PHP wrote as an object (it does when an index
//! is missing), and nothing where it left a field out. Numbers stay text until [`super::map`] reads
//! them as decimals: no amount ever passes through a float.

use std::fmt;
use std::marker::PhantomData;

use passerelle_domain::Rejection;
use serde::de::{DeserializeOwned, Error, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// Reads a piece of JSON; an error says which field is wrong and what stands there.
pub(super) fn read<T: DeserializeOwned>(json: &str) -> Result<T, Rejection> {
    let mut deserializer = serde_json::Deserializer::from_str(json);
    serde_path_to_error::deserialize(&mut deserializer).map_err(|error| {
        let mut value = serde_json::from_str::<Value>(json).unwrap_or_default();
        for segment in error.path() {
            use serde_path_to_error::Segment;
            let inner = match segment {
                Segment::Seq { index } => value.get_mut(*index),
                Segment::Map { key } => value.get_mut(key.as_str()),
                _ => None,
            };
            value = inner.map(Value::take).unwrap_or_default();
        }
        Rejection::new("unreadable", error.path().to_string(), shown(&value), error.inner().to_string())
    })
}

/// A JSON value as a person reads it, at most 200 characters of it.
pub(super) fn shown(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned).chars().take(200).collect()
}

/// A text, or any other scalar as text; `null` and `false` are empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Text(pub String);

impl Text {
    pub fn as_str(&self) -> &str {
        self.0.trim()
    }

    pub fn is_empty(&self) -> bool {
        self.as_str().is_empty()
    }
}

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Scalar;
        impl Visitor<'_> for Scalar {
            type Value = Text;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text or a number")
            }
            fn visit_str<E: Error>(self, text: &str) -> Result<Text, E> {
                Ok(Text(text.into()))
            }
            fn visit_u64<E: Error>(self, number: u64) -> Result<Text, E> {
                Ok(Text(number.to_string()))
            }
            fn visit_i64<E: Error>(self, number: i64) -> Result<Text, E> {
                Ok(Text(number.to_string()))
            }
            fn visit_f64<E: Error>(self, number: f64) -> Result<Text, E> {
                // The shortest text that is this float: what PHP wrote.
                Ok(Text(Value::from(number).to_string()))
            }
            fn visit_bool<E: Error>(self, yes: bool) -> Result<Text, E> {
                Ok(Text(if yes { "1" } else { "" }.into()))
            }
            fn visit_unit<E: Error>(self) -> Result<Text, E> {
                Ok(Text::default())
            }
        }
        deserializer.deserialize_any(Scalar)
    }
}

/// A list, or what PHP makes of one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct List<T>(pub Vec<T>);

impl<T> Default for List<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for List<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Items<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for Items<T> {
            type Value = List<T>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list")
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<List<T>, A::Error> {
                let mut items = Vec::new();
                while let Some(item) = seq.next_element()? {
                    items.push(item);
                }
                Ok(List(items))
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<List<T>, A::Error> {
                let mut items = Vec::new();
                while let Some((_, item)) = map.next_entry::<String, T>()? {
                    items.push(item);
                }
                Ok(List(items))
            }
            fn visit_unit<E: Error>(self) -> Result<List<T>, E> {
                Ok(List::default())
            }
        }
        deserializer.deserialize_any(Items(PhantomData))
    }
}

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
    /// Anything: plugins keep lists and objects there.
    pub value: Value,
}

impl List<Meta> {
    /// The value under a key. WordPress allows a key twice; the last one is the newest.
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.0.iter().rev().find(|meta| meta.key.as_str() == key).map(|meta| &meta.value)
    }

    /// The value under a key as text; empty where there is none or it is no scalar.
    pub fn text(&self, key: &str) -> String {
        match self.get(key) {
            Some(Value::String(text)) => text.trim().to_owned(),
            Some(Value::Number(number)) => number.to_string(),
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

/// Text as WordPress keeps it, with the entities that its filters put in, as people read it.
pub(super) fn plain(text: &str) -> String {
    let mut plain = text.to_owned();
    if plain.contains('&') {
        // `&amp;` last, so that nothing is decoded twice.
        let entities =
            [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#039;", "'"), ("&#39;", "'"), ("&amp;", "&")];
        for (entity, character) in entities {
            plain = plain.replace(entity, character);
        }
    }
    plain
}
