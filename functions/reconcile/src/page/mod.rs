//! The day's report for people.
use crate::Report;

/// The report as a page of HTML that needs nothing else.
pub fn page(report: &Report) -> String {
    format!("<!doctype html>{}", report.day)
}
