//! Our queries, as they are in `queries/`. A test validates all of them against Shopify's own schema.

/// What queries share.
const FRAGMENTS: &str = include_str!("queries/fragments.graphql");

macro_rules! queries {
    ($($name:ident = $file:literal,)*) => {
        $(pub(super) const $name: &str = include_str!(concat!("queries/", $file, ".graphql"));)*

        /// All of them, by their file's name.
        #[cfg(test)]
        pub(super) const ALL: &[(&str, &str)] = &[$(($file, $name),)*];
    };
}

queries! {
    LIST_ORDERS = "list-orders",
    FETCH_ORDERS = "fetch-orders",
    MORE_LINES = "more-lines",
    MORE_TRANSACTIONS = "more-transactions",
    MORE_REFUNDS = "more-refunds",
    MORE_REFUNDED_LINES = "more-refunded-lines",
    FETCH_REFUND = "fetch-refund",
    FETCH_EDITS = "fetch-edits",
    FIND_LOCATION = "find-location",
    FIND_CUSTOMER = "find-customer",
    READ_REPORT = "read-report",
    WRITE_REPORT = "write-report",
    GRANTED = "granted",
}

/// A query with the fragments that it uses, and those that these use: one that is not used is an error.
pub(super) fn document(query: &str) -> String {
    let mut document = query.to_owned();
    let mut left: Vec<&str> = FRAGMENTS.split("\n\n").collect();
    loop {
        let used = |fragment: &&str| {
            let name = fragment.split_whitespace().nth(1).unwrap_or_default();
            document.lines().any(|line| line.trim().strip_prefix("...") == Some(name))
        };
        let (more, rest): (Vec<&str>, Vec<&str>) = left.into_iter().partition(used);
        if more.is_empty() {
            return document;
        }
        for fragment in more {
            document.push('\n');
            document.push_str(fragment.trim_end());
            document.push('\n');
        }
        left = rest;
    }
}

#[cfg(test)]
#[path = "queries_tests.rs"]
mod tests;
