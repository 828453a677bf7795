//! `map`: what a layout makes of one order, field by field, without any environment.

use std::io::Read;
use std::path::Path;

use passerelle_domain::{Failure, Order, OrderState, Result};
use passerelle_erp::orders::{Explained, OrderToWrite, Preview, Repair};
use serde_json::{Value, json};

use super::files::{order_layout, shown};
use crate::{Answer, MapOrder};

/// An order of some thousands of lines is a megabyte or two.
const MOST_BYTES: u64 = 16 << 20;

/// Shows each field of what an order becomes, its amounts, and the records.
///
/// # Errors
/// When a file cannot be read, or the layout is wrong.
pub(super) fn map_order(map: &MapOrder) -> Result<Answer> {
    let layout = order_layout(&map.layout)?;
    let order = read_order(&map.order)?;
    let previous = map.replaces.as_deref().map(read_order).transpose()?;
    if let Some(previous) = previous.as_ref().filter(|previous| previous.key != order.key) {
        let cause = format!("it is the order {}, and not {}", previous.key, order.key);
        let file = map.replaces.as_deref().map(shown).unwrap_or_default();
        return Err(Failure::rejected("compare", file, cause));
    }
    let preview = layout.preview(OrderToWrite { order: &order, previous: previous.as_ref() });
    let mut says = vec![title(&order, &preview)];
    match order.state {
        OrderState::Pending => says.push("it is no sale yet: it waits until it is one".into()),
        OrderState::Cancelled if previous.is_none() => {
            says.push("it was cancelled before the ERP had it: it is never sent".into());
        }
        OrderState::Cancelled | OrderState::Confirmed => {}
    }
    say_faults(&preview, &mut says);
    say_values(&preview.values, &mut says);
    say_repairs(&preview.repairs, &mut says);
    say_amounts(&preview, &mut says);
    for (name, text) in &preview.files {
        says.extend([String::new(), format!("RECORDS of {name}")]);
        says.extend(text.lines().map(|line| format!("  {line}")));
    }
    Ok(Answer { undone: !preview.faults.is_empty(), ..Answer::found(says, data(&order, &preview)) })
}

fn read_order(path: &Path) -> Result<Order> {
    let failed = |error: std::io::Error| Failure::rejected("read", shown(path), error);
    let mut bytes = Vec::new();
    if path == Path::new("-") {
        std::io::stdin().take(MOST_BYTES).read_to_end(&mut bytes).map_err(failed)?;
    } else {
        let file = std::fs::File::open(path).map_err(failed)?;
        file.take(MOST_BYTES).read_to_end(&mut bytes).map_err(failed)?;
    }
    let wrong = |error| Failure::rejected("read order", shown(path), error);
    let mut json: Value = serde_json::from_slice(&bytes).map_err(wrong)?;
    // The output of `quarantine show --json` has the order inside.
    let inner = json.get_mut("content").map(Value::take).filter(Value::is_object);
    serde_json::from_value(inner.unwrap_or(json)).map_err(wrong)
}

fn title(order: &Order, preview: &Preview) -> String {
    let what = match preview.faults.len() {
        0 => format!("the ERP is sent it as {:?}", preview.action),
        1 => "it would be set aside: a rule is broken".to_owned(),
        several => format!("it would be set aside: {several} rules are broken"),
    };
    format!("order {}, number {}: {what}", order.key, order.number)
}

fn say_faults(preview: &Preview, says: &mut Vec<String>) {
    if preview.faults.is_empty() {
        return;
    }
    says.extend([String::new(), "BROKEN RULES".to_owned()]);
    says.extend(preview.faults.iter().map(|fault| format!("  {fault}")));
}

fn say_values(values: &[Explained], says: &mut Vec<String>) {
    let width = |of: fn(&Explained) -> &str| values.iter().map(|v| of(v).chars().count()).max().unwrap_or(0);
    let (names, sources) = (width(|value| &value.column), width(|value| &value.source).min(40));
    let (mut file, mut record) = ("", "");
    for value in values {
        if (file, record) != (&value.file, &value.record) {
            if file != value.file {
                says.extend([String::new(), format!("FIELDS of {}", value.file)]);
            }
            (file, record) = (&value.file, &value.record);
            says.push(format!("  {record}"));
        }
        let (before, after) = (&value.before, &value.value);
        let shown = match (value.faults.is_empty(), before == after) {
            (false, _) => format!("{before:?} → set aside"),
            (true, true) => format!("{after:?}"),
            (true, false) => format!("{before:?} → {after:?}"),
        };
        let at =
            value.at.map_or_else(String::new, |(first, last)| format!("{:>9}  ", format!("{first}-{last}")));
        says.push(format!("    {at}{:<names$}  {:<sources$}  {shown}", value.column, value.source));
        says.extend(value.repairs.iter().map(|repair| format!("      repaired: {}", repair.rule)));
        says.extend(value.faults.iter().map(|fault| format!("      broken: {}: {}", fault.code, fault.rule)));
    }
}

fn say_repairs(repairs: &[Repair], says: &mut Vec<String>) {
    if repairs.is_empty() {
        return;
    }
    says.extend([String::new(), "REPAIRS".to_owned()]);
    for Repair { field, from, to, rule, .. } in repairs {
        says.push(format!("  {field}: {from:?} → {to:?}: {rule}"));
    }
}

fn say_amounts(preview: &Preview, says: &mut Vec<String>) {
    if preview.amounts.is_empty() {
        return;
    }
    says.extend([String::new(), "AMOUNTS, by the policies".to_owned()]);
    for amount in &preview.amounts {
        says.push(format!("  {:<12}{:>12}  {}", amount.what, amount.amount.to_string(), amount.how));
    }
}

fn data(order: &Order, preview: &Preview) -> Value {
    let repair = |Repair { field, from, to, rule, .. }: &Repair| json!({"field": field, "from": from, "to": to, "rule": rule});
    let repairs = |repairs: &[Repair]| repairs.iter().map(repair).collect::<Vec<_>>();
    let values = preview.values.iter().map(|value| {
        json!({
            "file": value.file, "record": value.record, "column": value.column, "at": value.at, "source": value.source,
            "before": value.before, "value": value.value, "repairs": repairs(&value.repairs),
            "faults": value.faults,
        })
    });
    let amounts = preview.amounts.iter();
    let amounts = amounts.map(|it| json!({"what": it.what, "amount": it.amount, "how": it.how}));
    let files = preview.files.iter();
    let files = files.map(|(name, text)| json!({"name": name, "records": text.lines().collect::<Vec<_>>()}));
    json!({
        "order": order.key.to_string(), "action": preview.action, "set_aside": !preview.faults.is_empty(),
        "faults": preview.faults, "fields": values.collect::<Vec<_>>(), "repairs": repairs(&preview.repairs),
        "amounts": amounts.collect::<Vec<_>>(), "files": files.collect::<Vec<_>>(),
    })
}
