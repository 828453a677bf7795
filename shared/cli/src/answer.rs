//! What a command did, for people and for programs.

use serde_json::{Value, json};

/// What a command did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// Whether something that was asked for could not be done.
    pub undone: bool,
    /// What was done, or would be, a line each.
    pub says: Vec<String>,
    /// What was found, for commands that look.
    pub data: Value,
}

/// A line without what a terminal takes for commands: names of files come from outside.
fn printable(line: &str) -> String {
    line.replace(char::is_control, "\u{fffd}")
}

impl Answer {
    /// Done, or nothing left to do.
    pub(crate) fn done(says: impl Into<String>) -> Self {
        Self { says: vec![says.into()], ..Self::default() }
    }

    /// Not done, and why.
    pub(crate) fn undone(says: impl Into<String>) -> Self {
        Self { undone: true, ..Self::done(says) }
    }

    /// Something that was looked up.
    pub(crate) fn found(says: Vec<String>, data: Value) -> Self {
        Self { undone: false, says, data }
    }

    pub(crate) fn and(mut self, says: impl Into<String>) -> Self {
        self.says.push(says.into());
        self
    }

    /// The lines, or one JSON object: what was looked up, or `{"done", "says"}`.
    pub fn to_text(&self, as_json: bool) -> String {
        let text = match (as_json, &self.data) {
            (false, _) => self.says.iter().map(|line| printable(line)).collect::<Vec<_>>().join("\n"),
            (true, Value::Null) => json!({"done": !self.undone, "says": self.says}).to_string(),
            (true, data) => format!("{data:#}"),
        };
        text + "\n"
    }

    /// The program's exit code.
    pub fn code(&self) -> u8 {
        u8::from(self.undone)
    }
}
