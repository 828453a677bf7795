//! The difference between two revisions of an order, spelled out for the person who enters it.

use std::collections::BTreeMap;

use passerelle_domain::Order;
use serde_json::Value;

/// How many differences are spelled out.
const MAX_DIFFERENCES: usize = 24;
/// How many characters of a value are shown.
const MAX_VALUE: usize = 80;

/// `lines[OEUF-30].quantity was "3", is "2"; delivery.line1 was "1 rue du Marché", is "2 rue du Marché"`.
/// Items of lists are named by their article, code or id, so that one that is gone does not change
/// all that follow.
pub(crate) fn spelled(before: &Order, after: &Order) -> String {
    let mut found = Found { names: names(before, after), differences: Vec::new() };
    // Orders always are JSON: all keys of their maps are texts.
    let [before, after] = [before, after].map(|order| serde_json::to_value(order).unwrap_or_default());
    compare("", &before, &after, &mut found);
    let mut found = found.differences;
    let more = found.len().saturating_sub(MAX_DIFFERENCES);
    found.truncate(MAX_DIFFERENCES);
    if more > 0 {
        found.push(format!("and {more} more"));
    }
    found.join("; ")
}

/// The differences found so far, and what people call the lines and charges that refunds refer to.
struct Found {
    names: BTreeMap<String, String>,
    differences: Vec<String>,
}

impl Found {
    fn push(&mut self, difference: String) {
        self.differences.push(difference);
    }
}

fn names(before: &Order, after: &Order) -> BTreeMap<String, String> {
    let mut names = BTreeMap::new();
    for order in [before, after] {
        for line in &order.lines {
            let name = line.article.as_ref().map_or(line.label.as_str(), |article| article.as_str());
            names.insert(line.id.clone(), name.to_owned());
        }
        names.extend(order.charges.iter().map(|charge| (charge.id.clone(), charge.label.clone())));
    }
    names
}

fn compare(path: &str, before: &Value, after: &Value, found: &mut Found) {
    match (before, after) {
        (Value::Object(before), Value::Object(after)) => {
            for name in before.keys().chain(after.keys().filter(|name| !before.contains_key(*name))) {
                let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                let at = |map: &serde_json::Map<String, Value>| map.get(name).cloned().unwrap_or_default();
                compare(&path, &at(before), &at(after), found);
            }
        }
        (Value::Array(before), Value::Array(after)) => items(path, before, after, found),
        _ if before == after => {}
        _ => found.push(format!("{path} was {}, is {}", shown(before), shown(after))),
    }
}

fn items(path: &str, before: &[Value], after: &[Value], found: &mut Found) {
    let mut left: Vec<&Value> = after.iter().collect();
    for (place, old) in before.iter().enumerate() {
        let name = format!("{path}[{}]", name_of(old, place));
        match left.iter().position(|new| id_of(new, place) == id_of(old, place)) {
            Some(at) => compare(&name, old, left.remove(at), found),
            None => {
                let summary = summary(old, &found.names);
                found.push(format!("{name} is gone: {summary}"));
            }
        }
    }
    for new in left {
        let summary = summary(new, &found.names);
        found.push(format!("{path}[{}] is new: {summary}", name_of(new, before.len())));
    }
}

/// What an item is found again by.
fn id_of(item: &Value, place: usize) -> String {
    let text = |key: &str| item.get(key).and_then(Value::as_str);
    if let Some(id) = text("id").filter(|id| !id.is_empty()) {
        return id.to_owned();
    }
    match (text("code"), text("method")) {
        (Some(code), _) => code.to_owned(),
        (_, Some(method)) => format!("{method} {}", text("reference").unwrap_or_default()),
        _ => place.to_string(),
    }
}

/// What a person calls an item.
fn name_of(item: &Value, place: usize) -> String {
    let named = ["article", "code", "method", "kind", "id"].into_iter();
    let name = named.filter_map(|key| item.get(key).and_then(Value::as_str)).find(|name| !name.is_empty());
    name.map_or_else(|| place.to_string(), str::to_owned)
}

/// The fields of an item that say most; of a refund, also what it takes back of which line.
fn summary(item: &Value, names: &BTreeMap<String, String>) -> String {
    let fields = ["label", "quantity", "unit", "net", "vat", "amount", "total", "reason"].into_iter();
    let said = fields.filter_map(|key| Some((key, item.get(key)?)));
    let said = said.filter(|(_, value)| value.as_str() != Some("") && !value.is_null());
    let mut said: Vec<String> = said.map(|(key, value)| format!("{key} {}", shown(value))).collect();
    for part in item.get("lines").and_then(Value::as_array).into_iter().flatten() {
        let id = part.get("id").and_then(Value::as_str).unwrap_or_default();
        let name = names.get(id).map_or(id, String::as_str);
        said.push(format!("of {name}: {}", summary(part, names)));
    }
    said.join(", ")
}

fn shown(value: &Value) -> String {
    match value {
        Value::Null => "nothing".to_owned(),
        Value::String(text) if text.is_empty() => "nothing".to_owned(),
        Value::String(text) if text.chars().count() > MAX_VALUE => {
            format!("\"{}…\"", text.chars().take(MAX_VALUE).collect::<String>())
        }
        Value::String(text) => format!("\"{text}\""),
        other => {
            let text = other.to_string();
            if text.chars().count() > MAX_VALUE {
                return format!("{}…", text.chars().take(MAX_VALUE).collect::<String>());
            }
            text
        }
    }
}
