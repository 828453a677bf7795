use std::error::Error as StdError;
use std::fmt;

use serde::{Deserialize, Serialize};
use strum::IntoStaticStr;

/// The result of everything that can fail with a [`Failure`].
pub type Result<T, E = Failure> = std::result::Result<T, E>;

/// What can be done about a [`Failure`]. Decided once, where the outside answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum FailureKind {
    /// This item is wrong; trying again changes nothing. A person corrects it and replays it.
    Rejected,
    /// The outside is slow, full or away; the same call may work later.
    Retry,
    /// Configuration or a secret is wrong or missing; nothing works until it is fixed.
    Misconfigured,
}

impl FailureKind {
    /// A stable name for logs and metrics.
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

/// The one error of every library crate: its kind, what was being done, to what, and why.
///
/// It is logged by its `Display`, so that and its cause quote nothing that the outside said: a customer's
/// name may be in it. Such words are kept apart, for [`Failure::in_full`].
pub struct Failure {
    kind: FailureKind,
    doing: &'static str,
    subject: String,
    cause: Box<dyn StdError + Send + Sync>,
    quoted: String,
}

impl Failure {
    /// A failure of `kind` while `doing` something ("put object") to `subject` (its key).
    pub fn new(
        kind: FailureKind,
        doing: &'static str,
        subject: impl Into<String>,
        cause: impl Into<Box<dyn StdError + Send + Sync>>,
    ) -> Self {
        Self { kind, doing, subject: subject.into(), cause: cause.into(), quoted: String::new() }
    }

    /// The same with what the outside said about it, which is not logged.
    #[must_use]
    pub fn quoting(self, words: impl Into<String>) -> Self {
        Self { quoted: words.into(), ..self }
    }

    /// The failure with the words of the outside, for a person and never for a log.
    pub fn in_full(&self) -> String {
        if self.quoted.is_empty() { self.to_string() } else { format!("{self}: {}", self.quoted) }
    }

    /// Shorthand for [`FailureKind::Rejected`].
    pub fn rejected(
        doing: &'static str,
        subject: impl Into<String>,
        cause: impl Into<Box<dyn StdError + Send + Sync>>,
    ) -> Self {
        Self::new(FailureKind::Rejected, doing, subject, cause)
    }

    /// Shorthand for [`FailureKind::Retry`].
    pub fn retry(
        doing: &'static str,
        subject: impl Into<String>,
        cause: impl Into<Box<dyn StdError + Send + Sync>>,
    ) -> Self {
        Self::new(FailureKind::Retry, doing, subject, cause)
    }

    /// Shorthand for [`FailureKind::Misconfigured`].
    pub fn misconfigured(
        doing: &'static str,
        subject: impl Into<String>,
        cause: impl Into<Box<dyn StdError + Send + Sync>>,
    ) -> Self {
        Self::new(FailureKind::Misconfigured, doing, subject, cause)
    }

    /// What can be done about it.
    pub fn kind(&self) -> FailureKind {
        self.kind
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.doing, self.subject)?;
        let mut cause = self.source();
        while let Some(deeper) = cause {
            write!(f, ": {deeper}")?;
            // A failure within this one has written its own causes.
            cause = deeper.source().filter(|_| !deeper.is::<Self>());
        }
        Ok(())
    }
}

/// The same as its text: a cause's own debug form may hold a whole file.
impl fmt::Debug for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self} ({})", self.kind.as_str())
    }
}

impl StdError for Failure {
    /// Its cause, which its `Display` has written already.
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        Some(&*self.cause)
    }
}

/// What is wrong with one order or invoice: enough for a person to find and correct it.
///
/// Its `Display` and `Debug` are for logs: code and field only. The value is a customer's, and the rule
/// may repeat it; [`Rejection::in_full`] has both.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rejection {
    /// A stable machine name, e.g. `totals_mismatch`; operators group by it.
    pub code: String,
    /// The field, in the words of the domain or of the file's header (`lines[2].article`).
    pub field: String,
    /// The value found there, as it came, cut at [`Rejection::MAX_VALUE`].
    pub value: String,
    /// What is wrong with it, as a sentence.
    pub rule: String,
}

impl Rejection {
    /// The most characters of a value: enough to find it; a rejection is kept with every list of orders.
    pub const MAX_VALUE: usize = 200;
    /// The most characters of a field's name and of a rule, which may repeat what a shop sent.
    const MAX_WORDS: usize = 1_000;

    /// A rejection; see the fields for what each part says. Long texts are cut, with `…` at their end.
    pub fn new(
        code: impl Into<String>,
        field: impl Into<String>,
        value: impl Into<String>,
        rule: impl Into<String>,
    ) -> Self {
        Self {
            code: cut(code.into(), Self::MAX_WORDS),
            field: cut(field.into(), Self::MAX_WORDS),
            value: cut(value.into(), Self::MAX_VALUE),
            rule: cut(rule.into(), Self::MAX_WORDS),
        }
    }

    /// All of it, for a person and never for a log.
    pub fn in_full(&self) -> String {
        format!("{}: {} = {:?}: {}", self.code, self.field, self.value, self.rule)
    }
}

/// A text of at most `most` characters; one that was cut ends with `…`.
pub(crate) fn cut(mut text: String, most: usize) -> String {
    if text.char_indices().nth(most).is_some() {
        let (end, _) = text.char_indices().nth(most - 1).unwrap_or_default();
        text.truncate(end);
        text.push('…');
    }
    text
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} in {}", self.code, self.field)
    }
}

impl fmt::Debug for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl StdError for Rejection {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rejection_keeps_little_of_what_is_long() {
        let long = "é".repeat(100_000);
        let Rejection { code, field, value, rule } = Rejection::new("too_long", &long, &long, &long);
        assert_eq!(code, "too_long");
        assert_eq!((value.chars().count(), value.ends_with("é…")), (200, true));
        assert_eq!((field.chars().count(), rule.chars().count()), (1_000, 1_000));
        let whole = "é".repeat(200);
        assert_eq!(Rejection::new("x", "", &whole, "").value, whole);
    }

    #[test]
    fn a_failure_within_another_is_written_once() {
        let inner = Failure::retry("put object", "a.csv", "the bucket is slow");
        let outer = Failure::retry("record order", "rungis/1042", inner);
        assert_eq!(outer.to_string(), "record order rungis/1042: put object a.csv: the bucket is slow");
        let inner = outer.source().expect("a cause");
        assert_eq!(inner.to_string(), "put object a.csv: the bucket is slow");
        assert_eq!(inner.source().expect("its cause").to_string(), "the bucket is slow");
    }

    #[test]
    fn what_is_logged_quotes_nothing_that_the_outside_said() {
        let rejection = Rejection::new("too_long", "buyer.name", "Chez Zoé", "\"Chez Zoé\" has 8 characters");
        let failure = Failure::rejected("read order", "rungis/1042", rejection.clone())
            .quoting("no customer zoe@restaurants.example");
        assert_eq!(failure.to_string(), "read order rungis/1042: too_long in buyer.name");
        for logged in [format!("{failure:?}"), format!("{rejection:?}"), format!("{:?}", Some(&rejection))] {
            assert!(!logged.contains("Zoé") && !logged.contains('@'), "{logged}");
        }
        assert!(failure.in_full().ends_with("buyer.name: no customer zoe@restaurants.example"));
        assert!(rejection.in_full().contains("buyer.name = \"Chez Zoé\""), "{}", rejection.in_full());
    }
}
