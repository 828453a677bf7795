use passerelle_domain::FailureKind;
use serde::Deserialize;
use serde_json::Value;

use crate::http::{Answer, ShopFault};
use crate::json::{Text, shown};

/// What Magento answers when it does not do what was asked: a message with places in it (`%1`,
/// `%fieldName`) and what belongs there, as a list or by name.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Fault {
    pub message: Text,
    pub parameters: Value,
}

impl Fault {
    /// The message with its parameters in their places.
    pub fn words(&self) -> String {
        let mut words = self.message.as_str().to_owned();
        let mut put = |name: &str, value: &Value| {
            words = words.replace(&format!("%{name}"), &shown(value));
        };
        match &self.parameters {
            // The last first: `%1` is also the start of `%10`.
            Value::Array(values) => {
                values
                    .iter()
                    .enumerate()
                    .take(20)
                    .rev()
                    .for_each(|(i, value)| put(&(i + 1).to_string(), value));
            }
            Value::Object(values) => {
                let mut names: Vec<_> = values.iter().take(20).collect();
                names.sort_by_key(|(name, _)| std::cmp::Reverse(name.len()));
                names.into_iter().for_each(|(name, value)| put(name, value));
            }
            _ => {}
        }
        words
    }
}

/// A fault in Magento's words: a message with its parameters.
pub(super) fn fault(answer: &Answer) -> Option<ShopFault> {
    if answer.status() < 400 {
        return None;
    }
    let fault: Fault = serde_json::from_slice(answer.body()).unwrap_or_default();
    let words = fault.words();
    // No Magento at this address, or one without this part of its API; and a limit that its
    // administrator has set lower than our page size.
    let ours =
        words.contains("does not match any route") || words.contains("Maximum SearchCriteria pageSize");
    Some(ShopFault {
        code: String::new(),
        words,
        kind: ours.then_some(FailureKind::Misconfigured),
        wait: None,
    })
}
