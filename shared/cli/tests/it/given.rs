//! An environment in memory with the local configuration, and the commands on it.

use std::path::{Path, PathBuf};

use passerelle_cli::{Answer, Args, Command, Invoices, on_this_machine, run};
use passerelle_domain::Result;
pub use passerelle_kit::*;

pub struct House {
    world: World,
}

in_its_world!(House);

impl House {
    pub fn at(time: &str) -> Self {
        let world = World::at(time);
        let local = repository("infra/environments/local");
        for name in [
            "passerelle.toml",
            "layouts/orders.toml",
            "layouts/invoices.toml",
            "layouts/acks.toml",
            "logo.png",
        ] {
            let mut content = std::fs::read(local.join(name)).expect("a file");
            if name == "passerelle.toml" {
                let text = String::from_utf8(content).expect("a text");
                content = text.replace("2026-01-01T00:00:00Z", "2026-11-19T19:00:00Z").into_bytes();
            }
            world.put(&format!("config/{name}"), content);
        }
        world.secrets.set(&shop(), "{}");
        Self { world }
    }

    /// Runs a command as it is typed.
    pub async fn command(&self, line: &str) -> Result<Answer> {
        let args = parse(line);
        run(&self.environment(), &args.command, args.dry_run).await
    }

    /// What it says, when it can be done.
    pub async fn says(&self, line: &str) -> String {
        let answer = self.command(line).await.expect("answered");
        assert!(!answer.undone, "not done: {:?}", answer.says);
        answer.says.join("\n")
    }

    /// What it says, when it cannot be done.
    pub async fn refuses(&self, line: &str) -> String {
        let answer = self.command(line).await.expect("answered");
        assert_eq!(answer.code(), 1, "done: {:?}", answer.says);
        answer.says.join("\n")
    }

    pub fn nothing_sent(&self) -> bool {
        self.queues.take_all().is_empty()
    }
}

/// A file of this repository.
pub fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path)
}

pub fn parse(line: &str) -> Args {
    let words = ["passerelle"].into_iter().chain(line.split(' '));
    <Args as clap::Parser>::try_parse_from(words).expect("a command line")
}

/// Works with invoice files, which needs no environment.
pub fn invoices(work: &Invoices, dry_run: bool) -> Result<Answer> {
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    runtime.block_on(on_this_machine(&Command::Invoices(work.clone()), dry_run)).expect("it needs none")
}

/// Runs a command that needs no environment, as it is typed.
pub async fn run_here(line: &str) -> Result<Answer> {
    let args = parse(line);
    on_this_machine(&args.command, args.dry_run).await.expect("it needs no environment")
}
