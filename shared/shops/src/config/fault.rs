use std::fmt;
use std::net::IpAddr;
use std::ops::RangeInclusive;

use reqwest::Url;

/// One thing that is wrong with a shop's configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The path of the field in the shop's own table: `states.confirmed[1]`. Empty where the table as a
    /// whole is wrong.
    pub field: String,
    /// The value that stands there, a text in quotes; empty where there is none or it may be a secret.
    pub value: String,
    /// What is wrong with it: `is not between 1 and 100`.
    pub what: String,
}

impl Fault {
    pub(crate) fn new(field: impl Into<String>, value: impl fmt::Debug, what: impl Into<String>) -> Self {
        let value = Some(format!("{value:?}")).filter(|value| value != "\"\"").unwrap_or_default();
        Self { field: field.into(), value, what: what.into() }
    }

    /// What is wrong, the value before it.
    pub fn message(&self) -> String {
        let space = if self.value.is_empty() { "" } else { " " };
        format!("{}{space}{}", self.value, self.what)
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let colon = if self.field.is_empty() { "" } else { ": " };
        write!(f, "{}{colon}{}", self.field, self.message())
    }
}

/// All faults in one text.
pub(crate) fn joined(faults: &[Fault]) -> String {
    faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

/// The faults found so far.
#[derive(Default)]
pub(crate) struct Faults(pub Vec<Fault>);

impl Faults {
    /// Adds a fault.
    pub fn add(&mut self, field: impl Into<String>, value: impl fmt::Debug, what: impl Into<String>) {
        self.0.push(Fault::new(field, value, what));
    }

    /// Checks a number.
    pub fn range(&mut self, field: &str, value: impl Into<u64>, range: RangeInclusive<u64>) {
        let value = value.into();
        if !range.contains(&value) {
            self.add(field, value, format!("is not between {} and {}", range.start(), range.end()));
        }
    }

    /// Checks an address that may be left out.
    pub fn optional_url(&mut self, field: &str, text: &str) {
        if !text.is_empty() {
            self.0.extend(parse_url(field, text).err());
        }
    }

    /// Checks that no state is in two of the lists, each with its field.
    pub fn one_meaning<T: PartialEq + fmt::Debug>(&mut self, lists: &[(&str, &[T])]) {
        for (at, (field, states)) in lists.iter().enumerate() {
            for (i, state) in states.iter().enumerate() {
                if let Some((other, _)) = lists[..at].iter().find(|(_, states)| states.contains(state)) {
                    self.add(format!("{field}[{i}]"), state, format!("is in {other} too"));
                }
            }
        }
    }
}

/// A shop's address: https, or http on this very machine, and without anything secret in it.
///
/// # Errors
/// What is wrong with it.
pub(crate) fn parse_url(field: &str, text: &str) -> Result<Url, Fault> {
    let wrong = |what: &str| Err(Fault::new(field, text, what));
    let Ok(url) = Url::parse(text) else { return wrong("is no absolute address as https://shop.example") };
    if !url.username().is_empty() || url.password().is_some() {
        // The value is not repeated: it holds a password.
        return Err(Fault::new(field, "", "has a user name or a password, which belong into the secret"));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return wrong("has a query or a fragment");
    }
    match url.scheme() {
        "https" => Ok(url),
        "http" if is_loopback(&url) => Ok(url),
        "http" => wrong("is plain http, and not on this machine"),
        _ => wrong("does not begin with https://"),
    }
}

/// Whether an address is on this very machine.
pub(crate) fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default().trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}
