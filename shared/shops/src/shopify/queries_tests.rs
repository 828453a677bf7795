use apollo_compiler::{ExecutableDocument, Schema};

use super::*;

/// Shopify's own schema, cut down to what we use by `reduce.py` beside it.
const SCHEMA: &str = include_str!("../../../../tests/fixtures/shopify/schema/admin-2026-07.graphql");

#[test]
fn every_query_is_valid_by_shopifys_schema() {
    let schema = Schema::parse_and_validate(SCHEMA, "admin.graphql").expect("a valid schema");
    for (file, query) in ALL {
        let valid = ExecutableDocument::parse_and_validate(&schema, document(query), *file);
        assert!(valid.is_ok(), "{file}: {}", valid.expect_err("not ok").errors);
    }
}

#[test]
fn a_field_that_does_not_exist_would_be_found() {
    let schema = Schema::parse_and_validate(SCHEMA, "admin.graphql").expect("a valid schema");
    for (wrong, right) in [("updatedAt", "modifiedAt"), ("$first: Int!", "$first: String!")] {
        let query = document(&LIST_ORDERS.replace(wrong, right));
        assert!(ExecutableDocument::parse_and_validate(&schema, query, "query").is_err(), "{right}");
    }
}

#[test]
fn nothing_that_shopify_is_about_to_remove_is_asked_for() {
    assert!(!SCHEMA.contains("@deprecated"));
}
