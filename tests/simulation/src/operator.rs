//! The operator: the real command, on the simulated services.

use futures::FutureExt;
use futures::future::LocalBoxFuture;
use jiff::Timestamp;
use passerelle_cli::{Command, Quarantine, WhichOrders};
use passerelle_services::Clock;

use crate::services::{Services, TIME_OUT};

impl Services {
    /// `passerelle quarantine replay --all`: its deadline, its work.
    pub fn replay(&self) -> (Timestamp, LocalBoxFuture<'static, bool>) {
        let (env, world) = (self.environment(), self.world.clone());
        let work = async move {
            let all = WhichOrders { orders: vec![], cause: None, all: true };
            let command = Command::Quarantine(Quarantine::Replay(all));
            match passerelle_cli::run(&env, &command, false).await {
                Ok(answer) => {
                    answer.says.iter().for_each(|line| world.note("the operator", || line.clone()));
                    true
                }
                Err(_) => false,
            }
        };
        (self.world.now() + TIME_OUT, work.boxed_local())
    }
}
