//! The command line.

use passerelle_services::Work;
use std::path::PathBuf;

use clap::{Args as ClapArgs, Parser, Subcommand};
use passerelle_domain::{BatchId, CustomerCode, InvoiceNumber, OrderKey};

use crate::names;

/// Looks into Passerelle and brings back what was set aside, stuck or lost.
///
/// Every command can be repeated without harm. It ends with 0 when all is done, with 1 when something
/// could not be done, with 2 when the command line or the configuration is wrong.
#[derive(Clone, Debug, Parser)]
#[command(name = "passerelle", version)]
pub struct Args {
    /// The environment: names are passerelle-<env>-…
    #[arg(long, global = true, env = "PASSERELLE_ENV", default_value = "local")]
    pub env: String,
    /// The address of the local cloud (`make status` prints it); without it, AWS.
    #[arg(long, global = true, env = "AWS_ENDPOINT_URL", value_name = "URL")]
    pub endpoint: Option<String>,
    /// Print JSON, times in UTC.
    #[arg(long, global = true)]
    pub json: bool,
    /// Print what would be done, and do nothing.
    #[arg(long, global = true)]
    pub dry_run: bool,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Clone, Debug, Subcommand)]
pub enum Command {
    /// What is in which state, what waits in the queues, how far each shop is read.
    Status,
    /// All that waits for a person, with the command for each; it ends with 1 when anything does.
    Todo {
        /// Takes something off the list.
        #[command(subcommand)]
        command: Option<Todo>,
    },
    /// Send what failed for good back to its queue.
    ///
    /// Fix the cause first (see the function's log). A message is sent before it is deleted, so
    /// none is lost; one that comes twice changes nothing. `schedules`, the runs that the scheduler could
    /// not start, are removed: later runs do their work.
    Redrive(Redrive),
    /// Take one thing up again where it stopped.
    #[command(subcommand)]
    Replay(Replay),
    /// Orders that were set aside, by the layout's rules or by the ERP.
    #[command(subcommand)]
    Quarantine(Quarantine),
    /// Work with invoice files on this machine.
    #[command(subcommand)]
    Invoices(Invoices),
    /// What a layout makes of one order, field by field, without AWS: for whoever writes a layout.
    ///
    /// It ends with 1 when the order would be set aside, and names every rule that is broken.
    Map(MapOrder),
    /// Check a configuration directory, without AWS: all faults at once.
    Check {
        /// The directory with passerelle.toml, as infra/environments/<env>.
        #[arg(value_name = "CONFIG_DIR")]
        config: PathBuf,
    },
    /// Have an invoice's PDF made, if it has none.
    Rerender {
        /// The invoice's number.
        #[arg(value_parser = names::invoice)]
        number: InvoiceNumber,
    },
    /// Have invoices published, also when their customer had no account at the time.
    Republish(WhichInvoices),
    /// The whole history of an order or an invoice, with times, or the accounts of a customer's invoices.
    Trace {
        /// An order (rungis/1042), an invoice's number or a customer's code.
        #[arg(value_name = "ORDER, INVOICE or CUSTOMER")]
        subject: String,
    },
}

/// What can be done with the list of what waits.
#[derive(Clone, Debug, Subcommand)]
pub enum Todo {
    /// Settle something that no program can see: it leaves the list for good.
    Done {
        /// What `passerelle todo` calls it.
        id: String,
        /// How it was settled, for whoever asks later.
        #[arg(long)]
        why: String,
    },
}

/// Which invoices to publish.
#[derive(Clone, Debug, ClapArgs)]
#[group(required = true, multiple = false)]
pub struct WhichInvoices {
    /// The invoice's number.
    #[arg(value_parser = names::invoice)]
    pub number: Option<InvoiceNumber>,
    /// All invoices of a customer that found no account.
    #[arg(long, value_parser = names::customer, value_name = "CODE")]
    pub customer: Option<CustomerCode>,
}

/// What can be done with invoice files, without any environment.
#[derive(Clone, Debug, Subcommand)]
pub enum Invoices {
    /// Read an ERP's CSV as it will be read when it is dropped, and print what is wrong with it.
    Check(CheckFile),
    /// Make a PDF of every invoice in an ERP's CSV.
    Render(RenderFile),
    /// Make PDFs of made-up invoices, to see what a configuration's look is like.
    Preview(PreviewPages),
}

/// What `invoices check` needs to know.
#[derive(Clone, Debug, ClapArgs)]
pub struct CheckFile {
    /// The CSV.
    pub file: PathBuf,
    /// The layout, as in infra/environments/<env>/layouts/invoices.toml.
    #[arg(long)]
    pub layout: PathBuf,
    /// Where to write the rejected rows, as a rejects file.
    #[arg(long, value_name = "FILE")]
    pub rejects: Option<PathBuf>,
}

/// What `invoices render` needs to know.
#[derive(Clone, Debug, ClapArgs)]
pub struct RenderFile {
    /// The CSV.
    pub file: PathBuf,
    /// The layout, as in infra/environments/<env>/layouts/invoices.toml.
    #[arg(long)]
    pub layout: PathBuf,
    /// Where to put the PDF files, named by invoice number.
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
    /// The configuration with seller, mentions and look; the nearest passerelle.toml above the layout
    /// by default.
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
}

/// What `invoices preview` needs to know.
#[derive(Clone, Debug, ClapArgs)]
pub struct PreviewPages {
    /// The configuration with seller, mentions and look (infra/environments/<env>/passerelle.toml).
    pub config: PathBuf,
    /// Where to put the PDF files.
    #[arg(long, value_name = "DIR", default_value = "preview")]
    pub out: PathBuf,
}

/// What `map` needs to know.
#[derive(Clone, Debug, ClapArgs)]
pub struct MapOrder {
    /// The layout of import files; its lists stand beside it.
    #[arg(long)]
    pub layout: PathBuf,
    /// The order as JSON, as the ledger keeps it, or the output of `quarantine show --json`; `-` reads it
    /// from the standard input.
    #[arg(long, value_name = "FILE")]
    pub order: PathBuf,
    /// What the ERP was sent of it before, likewise: the order is then a change.
    #[arg(long, value_name = "FILE")]
    pub replaces: Option<PathBuf>,
}

/// What `redrive` needs to know.
#[derive(Clone, Copy, Debug, ClapArgs)]
pub struct Redrive {
    /// The queue.
    #[arg(value_parser = names::work())]
    pub queue: Work,
    /// The most messages to send back.
    #[arg(long, default_value_t = 10_000)]
    pub limit: u64,
}

/// What can be taken up again.
#[derive(Clone, Debug, Subcommand)]
pub enum Replay {
    /// Let an order out of quarantine, once its cause is fixed.
    Order {
        /// The order: its shop and its id there (rungis/1042).
        #[arg(value_parser = names::order)]
        order: OrderKey,
    },
    /// Bring an invoice onward from wherever it is.
    Invoice {
        /// Its number.
        #[arg(value_parser = names::invoice)]
        number: InvoiceNumber,
    },
    /// Announce a file of the ERP again, if it was not read to the end.
    Drop {
        /// The file's key, and the version if not the latest (invoices/inbox/f.csv@VERSION).
        #[arg(value_name = "KEY[@VERSION]")]
        drop: String,
    },
    /// Complete a batch that no run completed, by running the export's own code here.
    Batch {
        /// The batch (2026-11-24-001).
        batch: BatchId,
    },
}

/// What can be done with what was set aside.
#[derive(Clone, Debug, Subcommand)]
pub enum Quarantine {
    /// How many are set aside for which cause; with a cause, which.
    List {
        /// Only this cause: totals_mismatch, missing_field, refused_by_erp …
        #[arg(long)]
        cause: Option<String>,
    },
    /// All about one: the field, its value, the rule, where the shop's response is kept.
    Show {
        /// The order: its shop and its id there (rungis/1042).
        #[arg(value_parser = names::order)]
        order: OrderKey,
    },
    /// Bring orders back, once their cause is fixed: from the ledger, or read from the shop again where only
    /// that can help.
    Replay(WhichOrders),
}

/// Which orders to bring back.
#[derive(Clone, Debug, ClapArgs)]
#[group(required = true, multiple = false)]
pub struct WhichOrders {
    /// These (rungis/1042).
    #[arg(value_parser = names::order, value_name = "ORDER")]
    pub orders: Vec<OrderKey>,
    /// All that were set aside for this cause.
    #[arg(long)]
    pub cause: Option<String>,
    /// All.
    #[arg(long)]
    pub all: bool,
}
