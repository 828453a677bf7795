//! `passerelle.toml` read table by table, so that a fault in one hides none in another.

use std::fmt;

use serde::de::DeserializeOwned;
use toml::Spanned;
use toml::de::{DeTable, DeValue, ValueDeserializer};

/// The configuration's file.
pub const FILE: &str = "passerelle.toml";

/// What is wrong with a file of a configuration, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigFault {
    /// The file, by its name below the configuration's directory.
    pub file: String,
    /// The line, counted from 1, where it is known.
    pub line: Option<usize>,
    /// The path of the field: `shops[0].url`. Empty where the file as a whole is wrong.
    pub path: String,
    /// What is wrong, and never a value that is secret.
    pub rule: String,
}

impl ConfigFault {
    /// `passerelle.toml, line 9: shops[0].url`.
    pub(crate) fn place(&self) -> String {
        let line = self.line.map_or_else(String::new, |line| format!(", line {line}"));
        let path = if self.path.is_empty() { String::new() } else { format!(": {}", self.path) };
        format!("{}{line}{path}", self.file)
    }
}

impl fmt::Display for ConfigFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place(), self.rule)
    }
}

/// The tables of the file, and what is wrong with them.
pub(crate) struct Tables<'t> {
    text: &'t str,
    root: DeTable<'t>,
    asked: Vec<&'static str>,
    pub(crate) faults: Vec<ConfigFault>,
}

impl<'t> Tables<'t> {
    pub(crate) fn parse(text: &'t str) -> Result<Self, ConfigFault> {
        let root = DeTable::parse(text).map_err(|error| {
            let line = error.span().map(|span| line_of(text, span.start));
            ConfigFault { file: FILE.into(), line, path: String::new(), rule: error.message().to_owned() }
        })?;
        Ok(Self { text, root: root.into_inner(), asked: Vec::new(), faults: Vec::new() })
    }

    /// A table that must be there.
    pub(crate) fn one<T: DeserializeOwned>(&mut self, key: &'static str) -> Option<T> {
        self.asked.push(key);
        let Some(value) = self.root.get(key).cloned() else {
            self.note(key.to_owned(), "is missing".to_owned());
            return None;
        };
        self.value(key, value)
    }

    /// A table that may be left out. Nothing where it cannot be read.
    pub(crate) fn or_default<T: DeserializeOwned + Default>(&mut self, key: &'static str) -> Option<T> {
        self.asked.push(key);
        match self.root.get(key).cloned() {
            Some(value) => self.value(key, value),
            None => Some(T::default()),
        }
    }

    /// A list of tables; those that can be read.
    pub(crate) fn list<T: DeserializeOwned>(&mut self, key: &'static str) -> Vec<T> {
        self.asked.push(key);
        let Some(value) = self.root.get(key).cloned() else { return Vec::new() };
        match value.into_inner() {
            DeValue::Array(items) => items
                .into_iter()
                .enumerate()
                .filter_map(|(i, item)| self.value(&format!("{key}[{i}]"), item))
                .collect(),
            _ => {
                self.note(key.to_owned(), format!("a list of tables ([[{key}]]) is wanted here"));
                Vec::new()
            }
        }
    }

    /// Refuses every table that nobody asked for.
    pub(crate) fn refuse_others(&mut self) {
        let names = self.root.keys().map(|key| key.get_ref().to_string());
        let others: Vec<String> = names.filter(|name| !self.asked.contains(&name.as_str())).collect();
        for name in others {
            let known = self.asked.join(", ");
            self.note(name, format!("is none of {known}"));
        }
    }

    /// Notes a fault of the field at a path.
    pub(crate) fn note(&mut self, path: String, rule: String) {
        let line = place_of(&self.root, &path).map(|at| line_of(self.text, at));
        self.faults.push(ConfigFault { file: FILE.into(), line, path, rule });
    }

    fn value<T: DeserializeOwned>(&mut self, path: &str, value: Spanned<DeValue<'t>>) -> Option<T> {
        match serde_path_to_error::deserialize(ValueDeserializer::from(value)) {
            Ok(value) => Some(value),
            Err(error) => {
                let inner = error.path().to_string();
                let path = if inner == "." { path.to_owned() } else { format!("{path}.{inner}") };
                let span = error.inner().span();
                let rule = error.into_inner().message().to_owned();
                self.note(path, rule);
                if let (Some(fault), Some(span)) = (self.faults.last_mut(), span) {
                    fault.line = Some(line_of(self.text, span.start));
                }
                None
            }
        }
    }
}

/// Where the deepest part of a path stands that there is.
fn place_of(root: &DeTable<'_>, path: &str) -> Option<usize> {
    let mut table = root;
    let mut found = None;
    for part in path.split('.') {
        let (name, index) = part
            .split_once('[')
            .map_or((part, None), |(name, index)| (name, index.trim_end_matches(']').parse::<usize>().ok()));
        let Some((key, value)) = table.get_key_value(name) else { break };
        found = Some(key.span().start);
        let value = match (value.get_ref().as_array(), index) {
            (Some(items), Some(index)) => items.get(index),
            _ => Some(value),
        };
        let Some(value) = value else { break };
        if index.is_some() {
            found = Some(value.span().start);
        }
        let Some(inner) = value.get_ref().as_table() else { break };
        table = inner;
    }
    found
}

/// The line of a place in a text, counted from 1.
pub fn line_of(text: &str, at: usize) -> usize {
    1 + text.bytes().take(at).filter(|&byte| byte == b'\n').count()
}

#[cfg(test)]
mod tests {
    use crate::Config;

    const LOCAL: &str = include_str!("../../../infra/environments/local/passerelle.toml");

    fn faults(text: &str) -> Vec<String> {
        Config::read(text).err().unwrap_or_default().iter().map(ToString::to_string).collect()
    }

    /// How a fault begins whose line begins so.
    fn at(text: &str, line: &str, path: &str) -> String {
        let before = text.lines().position(|own| own.starts_with(line)).expect("it is there");
        format!("passerelle.toml, line {}: {path}", before + 1)
    }

    #[test]
    fn a_fault_in_one_table_hides_none_in_another() {
        assert_eq!(faults(LOCAL), Vec::<String>::new());
        let broken = LOCAL
            .replace("overlap_seconds", "overlap_second")
            .replace("max_orders_per_file = 200", "max_orders_per_file = \"200\"")
            .replace("legal_form", "legal_from")
            .replace("[mentions]", "[extra]\n[mentions]");
        let found = faults(&broken);
        for (place, rule) in [
            (at(&broken, "[[shops]]", "shops[0]"), "overlap_second"),
            (at(&broken, "max_orders_per_file =", "orders.max_orders_per_file"), "string"),
            (": seller".to_owned(), "legal_from"),
            (": extra".to_owned(), "is none of shops, orders"),
        ] {
            let here = |fault: &&String| fault.contains(&place) && fault.contains(rule);
            assert!(found.iter().any(|fault| here(&fault)), "{place}: {rule}: {found:#?}");
        }
        assert_eq!(found.len(), 4, "{found:#?}");
    }

    #[test]
    fn each_rule_that_is_broken_is_told_with_its_line() {
        let broken = LOCAL
            .replace("max_orders_per_file = 200", "max_orders_per_file = 0")
            .replace("url = \"http://127.0.0.1:8787\"", "url = \"http://shop.example\"")
            .replace("accent = \"#1f5c3f\"", "accent = \"green\"");
        let found = faults(&broken);
        assert_eq!(found.len(), 3, "{found:#?}");
        assert!(found[0].starts_with(&at(&broken, "url =", "shops[0].url")), "{found:#?}");
        let place = at(&broken, "max_orders_per_file =", "orders.max_orders_per_file");
        assert!(found[1].starts_with(&format!("{place}: 0 is not")), "{found:#?}");
        assert!(found[2].contains("branding.accent"), "{found:#?}");
    }
}
