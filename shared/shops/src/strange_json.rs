//! JSON that no shop should send, for property tests.

use proptest::prelude::*;
use serde_json::{Value, json};

/// Values of any type, and those that are known to be difficult.
pub(crate) fn strange_value() -> impl Strategy<Value = Value> {
    let difficult = vec![
        json!(null),
        json!([]),
        json!({}),
        json!([[]]),
        json!({ "a": {} }),
        json!(true),
        json!(1e300),
        json!(-0.0),
        json!(u32::MAX),
        json!(u64::MAX),
        json!(i64::MIN),
        json!("79228162514264337593543950335"),
        json!("9999999999.99"),
        json!("-9999999999.99"),
        json!("0.0000000000000000000000000001"),
        json!("é\u{0}\n"),
        json!("-"),
        json!("."),
        json!("9999-12-31 23:59:59"),
        json!("9999-12-31T23:59:59"),
        json!("9999-12-31T23:59:59Z"),
        json!("USD"),
        json!("RETURN"),
        json!("gid://shopify/LineItem/11"),
    ];
    prop_oneof![
        6 => prop::sample::select(difficult),
        1 => any::<String>().prop_map(Value::from),
        1 => any::<f64>().prop_map(Value::from),
        1 => any::<i64>().prop_map(Value::from),
    ]
}

/// Puts `with` in the place of the `n`th value of a JSON document, counted depth first.
pub(crate) fn spoil(value: &mut Value, n: usize, with: &Value) {
    fn put(value: &mut Value, n: &mut usize, with: &Value) -> bool {
        if *n == 0 {
            *value = with.clone();
            return true;
        }
        *n -= 1;
        match value {
            Value::Array(items) => items.iter_mut().any(|item| put(item, n, with)),
            Value::Object(fields) => fields.values_mut().any(|field| put(field, n, with)),
            _ => false,
        }
    }
    put(value, &mut { n }, with);
}

/// A text cut somewhere, with something at its end or in its middle, and that alone.
pub(crate) fn strange_texts(text: &'static str) -> impl Strategy<Value = [String; 3]> {
    (0..=text.len(), any::<String>()).prop_map(move |(cut, insert)| {
        let (head, tail) = text.split_at(text.floor_char_boundary(cut));
        [format!("{head}{insert}"), format!("{head}{insert}{tail}"), insert]
    })
}
