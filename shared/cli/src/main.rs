//! The operator's command.

use std::io::Write;
use std::process::ExitCode;

use clap::Parser;
use passerelle_cli::{Args, on_this_machine, run};
use passerelle_domain::{Failure, FailureKind};
use passerelle_services::Environment;

#[tokio::main]
async fn main() -> ExitCode {
    let args = Args::parse();
    let outcome = async {
        // Files on this machine need no environment.
        if let Some(answer) = on_this_machine(&args.command, args.dry_run).await {
            return answer;
        }
        let env = Environment::connect(&args.env, args.endpoint.as_deref()).await?;
        run(&env, &args.command, args.dry_run).await
    };
    match outcome.await {
        Ok(answer) => {
            // Nobody reads on: that is no failure of the command.
            let _ = std::io::stdout().write_all(answer.to_text(args.json).as_bytes());
            ExitCode::from(answer.code())
        }
        Err(failure) => {
            let _ = writeln!(std::io::stderr(), "passerelle: {}", failure.in_full());
            ExitCode::from(code_of(&failure))
        }
    }
}

/// 2 when it cannot work until something is fixed, 1 when it may work later.
fn code_of(failure: &Failure) -> u8 {
    match failure.kind() {
        FailureKind::Misconfigured => 2,
        FailureKind::Rejected | FailureKind::Retry => 1,
    }
}
