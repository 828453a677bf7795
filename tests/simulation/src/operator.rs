//! The operator: the real command, on the simulated services.

use std::sync::Arc;

use async_trait::async_trait;
use export_orders::Exported;
use futures::FutureExt;
use futures::future::LocalBoxFuture;
use jiff::Timestamp;
use passerelle_cli::{Bench, Command, Quarantine, WhichOrders};
use passerelle_domain::{Failure, Result, ShopId};
use passerelle_ledger::Ledger;
use passerelle_platform::{Clock, Letters, Objects, Queue};

use crate::objects::SimObjects;
use crate::queues::SimQueue;
use crate::services::{Services, TIME_OUT};
use crate::world::World;

/// What of the environment bringing orders back needs.
struct SimBench {
    ledger: Ledger,
    objects: SimObjects,
    webhook: SimQueue,
    world: World,
}

#[async_trait(?Send)]
impl Bench for SimBench {
    fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    fn objects(&self) -> &dyn Objects {
        &self.objects
    }

    fn clock(&self) -> &dyn Clock {
        &self.world
    }

    async fn queue(&self, name: &str) -> Result<Arc<dyn Queue>> {
        match name {
            "shop-webhook" => Ok(Arc::new(self.webhook.clone())),
            other => Err(unused(other)),
        }
    }

    async fn letters(&self, name: &str) -> Result<Arc<dyn Letters>> {
        Err(unused(name))
    }

    async fn shops(&self) -> Result<Vec<(ShopId, Timestamp)>> {
        Err(unused("the shops"))
    }

    async fn has_secret(&self, shop: &ShopId) -> Result<bool> {
        Err(unused(shop.as_str()))
    }

    async fn export(&self) -> Result<Exported> {
        Err(unused("the export"))
    }
}

fn unused(what: &str) -> Failure {
    Failure::rejected(
        "bring orders back",
        what,
        "the command asks for it, and the simulation does not have it",
    )
}

impl Services {
    /// `passerelle quarantine replay --all`: its deadline, its work.
    pub fn replay(&self) -> (Timestamp, LocalBoxFuture<'static, bool>) {
        let bench = SimBench {
            ledger: self.ledger.clone(),
            objects: self.objects.clone(),
            webhook: self.webhook.clone(),
            world: self.world.clone(),
        };
        let work = async move {
            let all = WhichOrders { orders: vec![], cause: None, all: true };
            let command = Command::Quarantine(Quarantine::Replay(all));
            match passerelle_cli::run(&bench, &command, false).await {
                Ok(answer) => {
                    answer.says.iter().for_each(|line| bench.world.note("the operator", || line.clone()));
                    true
                }
                Err(_) => false,
            }
        };
        (self.world.now() + TIME_OUT, work.boxed_local())
    }
}
