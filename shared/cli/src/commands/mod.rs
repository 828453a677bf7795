//! One command a file.

mod check;
mod files;
mod invoices_check;
mod invoices_preview;
mod invoices_render;
mod map;
mod quarantine;
mod redrive;
mod replay_batch;
mod replay_drop;
mod replay_invoice;
mod replay_order;
mod republish;
mod rerender;
mod status;
mod table;
mod todo;
mod trace;

use passerelle_domain::Result;
use passerelle_ledger::{InvoiceRecord, InvoiceState, KeptRepairs, Repaired};
use passerelle_services::{Environment, InvoiceAnnouncement, Work};

use crate::{Answer, Command, Invoices, Replay, Todo};

use check::check_directory;
use invoices_check::check_file;
use invoices_preview::preview_pages;
use invoices_render::render_file;
use map::map_order;

/// Runs a command, or, with `dry_run`, prints what it would do.
///
/// # Errors
/// When the outside cannot be reached, or the environment is not as it should be.
pub async fn run(env: &Environment, command: &Command, dry_run: bool) -> Result<Answer> {
    match command {
        Command::Invoices(work) => invoices(work, dry_run),
        Command::Map(map) => map_order(map),
        Command::Check { config } => check_directory(config).await,
        Command::Todo { command: None } => todo::list(env).await,
        Command::Todo { command: Some(Todo::Done { id, why }) } => todo::done(env, id, why, dry_run).await,
        Command::Status => status::run(env).await,
        Command::Redrive(redrive) => redrive::run(env, redrive.queue, redrive.limit, dry_run).await,
        Command::Replay(Replay::Order { order }) => {
            replay_order::run(env, std::slice::from_ref(order), dry_run).await
        }
        Command::Replay(Replay::Invoice { number }) => replay_invoice::run(env, number, dry_run).await,
        Command::Replay(Replay::Drop { drop }) => replay_drop::run(env, drop, dry_run).await,
        Command::Replay(Replay::Batch { batch }) => replay_batch::run(env, batch, dry_run).await,
        Command::Quarantine(command) => quarantine::run(env, command, dry_run).await,
        Command::Rerender { number } => rerender::run(env, number, dry_run).await,
        Command::Republish(which) => republish::run(env, which, dry_run).await,
        Command::Trace { subject } => trace::run(env, subject).await,
    }
}

/// Works with files on this machine, without any environment. Nothing for a command that needs one.
///
/// # Errors
/// When a file cannot be read or written, or a layout or configuration is wrong.
pub async fn on_this_machine(command: &Command, dry_run: bool) -> Option<Result<Answer>> {
    match command {
        Command::Invoices(work) => Some(invoices(work, dry_run)),
        Command::Map(map) => Some(map_order(map)),
        Command::Check { config } => Some(check_directory(config).await),
        _ => None,
    }
}

fn invoices(work: &Invoices, dry_run: bool) -> Result<Answer> {
    match work {
        Invoices::Check(check) => check_file(check, dry_run),
        Invoices::Render(render) => render_file(render, dry_run),
        Invoices::Preview(preview) => preview_pages(preview, dry_run),
    }
}

/// Sends the announcement of an invoice to the queue of the step that follows its state, and lets
/// `reconcile` count its own announcements anew.
async fn announce(env: &Environment, record: &InvoiceRecord, state: InvoiceState, to: Work) -> Result<()> {
    let (number, revision) = (record.invoice.number.clone(), record.revision.clone());
    let body = InvoiceAnnouncement { number, revision }.to_body();
    env.announce(to, &[body]).await?;
    env.ledger.invoice_announced_again(&record.invoice.number, state, 0).await?;
    Ok(())
}

/// What was repaired of an order in the file that it went to the ERP in last, a line each.
fn repaired(repairs: &KeptRepairs) -> Vec<String> {
    let mut lines: Vec<String> = repairs
        .values
        .iter()
        .map(|Repaired { field, from, to, rule }| format!("{field}: {from:?} → {to:?}: {rule}"))
        .collect();
    if repairs.left_out > 0 {
        lines.push(format!("and {} more values", repairs.left_out));
    }
    lines.iter_mut().for_each(|line| line.push_str(&format!(" (batch {})", repairs.batch)));
    lines
}

/// "is" or "would be".
fn is(dry_run: bool) -> &'static str {
    if dry_run { "would be" } else { "is" }
}
