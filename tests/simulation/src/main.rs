//! `simulation 1..100000`: lives through seeds and prints the story of the first that breaks something.

use std::io::Write;
use std::process::ExitCode;

use simulation::{explain, first_broken, parse_seeds};

fn main() -> ExitCode {
    let mut out = std::io::stdout().lock();
    let given = std::env::args().nth(1).unwrap_or_else(|| "1..2000".into());
    let (text, code) = match parse_seeds(&given) {
        Err(wrong) => (wrong, ExitCode::from(2)),
        Ok(seeds) => match first_broken(seeds.clone(), None) {
            Some(found) => (explain(found.seed, None), ExitCode::FAILURE),
            None => (
                format!("everything holds with seeds {} to {}", seeds.start(), seeds.end()),
                ExitCode::SUCCESS,
            ),
        },
    };
    // Nobody reads it any longer: no failure.
    let _ = writeln!(out, "{text}");
    code
}
