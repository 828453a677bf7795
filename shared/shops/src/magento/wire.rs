//! Magento's own JSON, as far as it is used, and as leniently as modules make necessary: any scalar
//! where a text or a number belongs, `null` where a list is empty, a list that PHP wrote as an object.
//! Numbers stay text until [`super::map`] reads them as decimals: no amount ever passes through
//! arithmetic on floats.

use std::fmt;
use std::marker::PhantomData;

use passerelle_domain::Rejection;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Error, IgnoredAny, MapAccess, SeqAccess, Unexpected, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use serde_json::value::RawValue;

pub(super) use crate::json::{List, Text, from_value as read};

/// Reads JSON text. Nesting is limited to 128 levels by `serde_json`, size by the HTTP layer.
///
/// # Errors
/// When it is no JSON, by line and column.
pub(super) fn parse(json: &str) -> Result<Value, Rejection> {
    serde_json::from_str(json).map_err(|error| {
        let start: String = json.chars().take(80).collect();
        Rejection::new("unreadable", "answer", start, error.to_string())
    })
}

/// What a dotted path leads to. In a list of custom attributes a step is an `attribute_code`.
pub(super) fn named<'a>(value: &'a Value, path: &str) -> Option<&'a Value> {
    path.split('.').try_fold(value, |at, step| match at {
        Value::Object(fields) => fields.get(step),
        Value::Array(items) => items
            .iter()
            .find(|item| item.get("attribute_code").and_then(Value::as_str) == Some(step))
            .and_then(|item| item.get("value")),
        _ => None,
    })
}

/// [`named`], as text; empty where there is nothing or no scalar.
pub(super) fn named_text(value: &Value, path: &str) -> Text {
    named(value, path).and_then(scalar).unwrap_or_default()
}

/// A customer's attribute, wherever its kind puts it; empty where it has none.
pub(super) fn attribute(customer: &Value, code: &str) -> Text {
    ["custom_attributes.", "extension_attributes.", ""]
        .iter()
        .map(|place| named_text(customer, &format!("{place}{code}")))
        .find(|text| !text.is_empty())
        .unwrap_or_default()
}

fn scalar(value: &Value) -> Option<Text> {
    match value {
        Value::String(text) => Some(Text(text.clone())),
        // The shortest text that is this number: what PHP wrote.
        Value::Number(number) => Some(Text(number.to_string())),
        Value::Bool(true) => Some(Text("1".into())),
        Value::Bool(false) | Value::Null => Some(Text::default()),
        Value::Array(_) | Value::Object(_) => None,
    }
}

/// Puts every `base_…` amount in the place of the one in the order's currency: for an order in a
/// foreign currency. The names are not quite regular (`base_…_amnt`, `gw_base_price`).
pub(super) fn in_base_currency(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(in_base_currency),
        Value::Object(fields) => {
            let base: Vec<(String, Value)> = fields
                .iter()
                .filter(|(name, _)| name.contains("base_"))
                .map(|(name, amount)| {
                    let name = name.replacen("base_", "", 1);
                    let name =
                        name.strip_suffix("_amnt").map_or(name.clone(), |stem| format!("{stem}_amount"));
                    (name, amount.clone())
                })
                .collect();
            for (name, amount) in base {
                if let Some(field) = fields.get_mut(&name) {
                    *field = amount;
                }
            }
            for (name, field) in fields.iter_mut() {
                match field {
                    // A list as JSON in a text.
                    Value::String(text) if name == "weee_tax_applied" => {
                        if let Ok(mut list) = serde_json::from_str(text) {
                            in_base_currency(&mut list);
                            *text = list.to_string();
                        }
                    }
                    field => in_base_currency(field),
                }
            }
        }
        _ => {}
    }
}

/// A thing, or nothing where PHP wrote `null`, `false` or the empty list that it makes of an empty
/// object.
fn lenient<'de, D: Deserializer<'de>, T: Deserialize<'de> + Default>(deserializer: D) -> Result<T, D::Error> {
    struct Thing<T>(PhantomData<T>);
    impl<'de, T: Deserialize<'de> + Default> Visitor<'de> for Thing<T> {
        type Value = T;
        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an object")
        }
        fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<T, A::Error> {
            T::deserialize(MapAccessDeserializer::new(map))
        }
        fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<T, A::Error> {
            match seq.next_element::<IgnoredAny>()? {
                None => Ok(T::default()),
                Some(_) => Err(A::Error::invalid_type(Unexpected::Seq, &self)),
            }
        }
        fn visit_unit<E: Error>(self) -> Result<T, E> {
            Ok(T::default())
        }
        fn visit_bool<E: Error>(self, yes: bool) -> Result<T, E> {
            if yes { Err(E::invalid_type(Unexpected::Bool(yes), &self)) } else { Ok(T::default()) }
        }
    }
    deserializer.deserialize_any(Thing(PhantomData))
}

/// A page of `orders`, `creditmemos` or `customers/search`, its rows as they came.
#[derive(Debug, Deserialize)]
pub(super) struct Page<'a> {
    /// Not optional: a fault that is shown as an object would be a list of nothing.
    #[serde(borrow)]
    pub items: List<&'a RawValue>,
    #[serde(default)]
    pub total_count: Option<u64>,
}

/// What of an order or credit memo must be readable, else it cannot even be set aside under its name.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Head {
    pub entity_id: Text,
    pub updated_at: Text,
    /// Credit memos only.
    #[serde(default)]
    pub order_id: Text,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Order {
    pub increment_id: Text,
    pub state: Text,
    pub status: Text,
    pub created_at: Text,
    pub base_currency_code: Text,
    pub order_currency_code: Text,
    pub customer_id: Text,
    pub customer_email: Text,
    pub customer_firstname: Text,
    pub customer_lastname: Text,
    pub ext_order_id: Text,
    /// The order that took this one's place when it was edited.
    pub relation_child_id: Text,
    /// Codes, parted by commas.
    pub coupon_code: Text,
    /// Names of the price rules that made a discount.
    pub discount_description: Text,
    /// To pay, with tax, after discounts, gift cards, store credit and reward points.
    pub grand_total: Text,
    pub tax_amount: Text,
    pub total_invoiced: Text,
    pub tax_invoiced: Text,
    pub total_canceled: Text,
    pub tax_canceled: Text,
    pub total_refunded: Text,
    pub shipping_description: Text,
    /// Without tax, before discount.
    pub shipping_amount: Text,
    pub shipping_tax_amount: Text,
    pub shipping_discount_amount: Text,
    pub shipping_discount_tax_compensation_amount: Text,
    pub shipping_invoiced: Text,
    pub shipping_canceled: Text,
    #[serde(deserialize_with = "lenient")]
    pub billing_address: Address,
    #[serde(deserialize_with = "lenient")]
    pub payment: Payment,
    pub items: List<Item>,
    pub status_histories: List<Comment>,
    #[serde(deserialize_with = "lenient")]
    pub extension_attributes: OrderExtension,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Address {
    pub firstname: Text,
    pub lastname: Text,
    pub company: Text,
    pub street: List<Text>,
    pub postcode: Text,
    pub city: Text,
    pub country_id: Text,
    pub telephone: Text,
    pub vat_id: Text,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Payment {
    pub method: Text,
    /// The title first; anything may follow.
    pub additional_information: List<Value>,
    pub last_trans_id: Text,
    pub po_number: Text,
}

/// A line. Amounts are for the whole quantity; a discount may include tax, and then
/// `discount_tax_compensation_amount` is the tax in it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Item {
    pub item_id: Text,
    pub parent_item_id: Text,
    pub product_type: Text,
    pub sku: Text,
    pub name: Text,
    pub qty_ordered: Text,
    pub qty_canceled: Text,
    pub qty_invoiced: Text,
    pub row_total: Text,
    pub discount_amount: Text,
    pub discount_tax_compensation_amount: Text,
    pub tax_amount: Text,
    pub tax_percent: Text,
    pub row_invoiced: Text,
    pub discount_invoiced: Text,
    pub discount_tax_compensation_invoiced: Text,
    pub tax_invoiced: Text,
    /// Fixed product taxes, as JSON in a text.
    pub weee_tax_applied: Text,
    pub weee_tax_applied_row_amount: Text,
    pub extension_attributes: Value,
}

/// A fixed product tax (`weee_tax_applied`).
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct FixedTax {
    pub title: Text,
    pub row_amount: Text,
    pub row_amount_incl_tax: Text,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Comment {
    pub entity_id: Text,
    pub comment: Text,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct OrderExtension {
    pub shipping_assignments: List<ShippingAssignment>,
    pub applied_taxes: List<AppliedTax>,
    pub item_applied_taxes: List<ItemTaxes>,
    pub gift_cards: List<GiftCard>,
    pub gift_cards_amount: Text,
    pub gift_cards_invoiced: Text,
    pub customer_balance_amount: Text,
    pub customer_balance_invoiced: Text,
    pub reward_currency_amount: Text,
    pub reward_currency_amount_invoiced: Text,
    #[serde(deserialize_with = "lenient")]
    pub company_order_attributes: Company,
    pub payment_additional_info: List<KeyValue>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct ShippingAssignment {
    #[serde(deserialize_with = "lenient")]
    pub shipping: Shipping,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Shipping {
    #[serde(deserialize_with = "lenient")]
    pub address: Address,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct AppliedTax {
    pub percent: Text,
}

/// The taxes of a line (`product`), of delivery (`shipping`) or of a fee.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct ItemTaxes {
    #[serde(rename = "type")]
    pub kind: Text,
    pub applied_taxes: List<AppliedTax>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct GiftCard {
    pub code: Text,
    pub amount: Text,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Company {
    pub company_name: Text,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct KeyValue {
    pub key: Text,
    pub value: Value,
}

/// A credit memo. Amounts are positive, except `discount_amount`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct CreditMemo {
    pub entity_id: Text,
    /// 1 open, 2 refunded, 3 cancelled.
    pub state: Text,
    pub created_at: Text,
    pub grand_total: Text,
    /// Negative: of lines and delivery together.
    pub discount_amount: Text,
    /// Of lines and delivery together.
    pub discount_tax_compensation_amount: Text,
    pub shipping_amount: Text,
    pub shipping_tax_amount: Text,
    pub adjustment_positive: Text,
    pub adjustment_negative: Text,
    pub comments: List<Comment>,
    pub items: List<CreditMemoItem>,
    #[serde(deserialize_with = "lenient")]
    pub extension_attributes: CreditMemoExtension,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct CreditMemoItem {
    pub order_item_id: Text,
    pub qty: Text,
    pub row_total: Text,
    pub discount_amount: Text,
    pub discount_tax_compensation_amount: Text,
    pub tax_amount: Text,
    pub weee_tax_applied: Text,
    pub weee_tax_applied_row_amount: Text,
}

/// What a credit memo paid back by other means than money: its `grand_total` is without it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct CreditMemoExtension {
    pub gift_cards_amount: Text,
    pub customer_balance_amount: Text,
    pub reward_currency_amount: Text,
}
