use std::fmt;
use std::io;

use passerelle_domain::Rejection;

use crate::rules::Rule;

/// Why there is nothing to read.
#[derive(Debug)]
pub enum CheckError {
    /// The file is refused whole, with the line, the value and the rule.
    Refused(Rejection),
    /// It cannot be read where it is.
    Unreadable(io::Error),
}

impl fmt::Display for CheckError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(rejection) => rejection.fmt(f),
            Self::Unreadable(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for CheckError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Refused(rejection) => rejection.source(),
            Self::Unreadable(error) => error.source(),
        }
    }
}

impl From<Rejection> for CheckError {
    fn from(rejection: Rejection) -> Self {
        Self::Refused(rejection)
    }
}

impl From<io::Error> for CheckError {
    fn from(error: io::Error) -> Self {
        Self::Unreadable(error)
    }
}

pub(super) fn refused<T>(
    rule_of: Rule,
    field: impl Into<String>,
    value: impl Into<String>,
    rule: impl Into<String>,
) -> Result<T, CheckError> {
    Err(CheckError::Refused(Rejection::new(rule_of, field, value, rule)))
}
