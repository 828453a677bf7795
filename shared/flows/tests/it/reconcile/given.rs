//! A world that is reconciled.

use std::sync::Arc;

use async_trait::async_trait;
use jiff::SignedDuration;
use passerelle_config::ExpectedInvoices;
use passerelle_domain::{Cursor, Failure, Result};
use passerelle_flows::fetch::Source;
use passerelle_flows::reconcile::{GapKind, Heartbeat, Reconcile, Report, Schedules, handle};
pub use passerelle_kit::*;
use passerelle_services::{Environment, Listed, MemoryObjects, Object, Objects, Put};

/// Objects of which some lists cannot be read.
struct Listing {
    objects: MemoryObjects,
    unreadable: Vec<&'static str>,
}

#[async_trait]
impl Objects for Listing {
    async fn put_new(
        &self,
        key: &str,
        body: Vec<u8>,
        content_type: &str,
        metadata: &[(&str, &str)],
    ) -> Result<Put> {
        self.objects.put_new(key, body, content_type, metadata).await
    }

    async fn put(&self, key: &str, body: Vec<u8>, content_type: &str) -> Result<()> {
        self.objects.put(key, body, content_type).await
    }

    async fn get(&self, key: &str, version: Option<&str>, max_bytes: u64) -> Result<Option<Object>> {
        self.objects.get(key, version, max_bytes).await
    }

    async fn list(&self, prefix: &str, limit: usize) -> Result<Vec<Listed>> {
        if self.unreadable.iter().any(|unreadable| prefix.starts_with(unreadable)) {
            return Err(Failure::retry("list objects", prefix, "no XML"));
        }
        self.objects.list(prefix, limit).await
    }
}

pub struct House {
    world: World,
    pub heartbeats: Vec<Heartbeat>,
    pub sources: Vec<Source>,
    pub answer_within: Option<SignedDuration>,
    pub expected: Option<ExpectedInvoices>,
    /// The prefixes of lists that cannot be read.
    pub unreadable: Vec<&'static str>,
}

in_its_world!(House);

/// When jobs run.
pub const SCHEDULES: Schedules = Schedules {
    enabled: true,
    fetch_every: SignedDuration::from_mins(5),
    night_is_over: SignedDuration::from_hours(4),
};

impl House {
    /// An empty house at a time of the tests' day; nothing need run by itself.
    pub fn at(time: &str) -> Self {
        Self {
            world: World::at(time),
            heartbeats: vec![],
            sources: vec![],
            answer_within: None,
            expected: None,
            unreadable: vec![],
        }
    }

    pub async fn reconcile(&self) -> Report {
        let objects = Listing { objects: self.objects.clone(), unreadable: self.unreadable.clone() };
        let deps = Reconcile {
            answer_within: self.answer_within,
            expected: self.expected.clone(),
            heartbeats: self.heartbeats.clone(),
            night_is_over: SCHEDULES.night_is_over,
            sources: self.sources.clone(),
            compared_days: 3,
            env: Environment { objects: Arc::new(objects), ..self.environment() },
        };
        handle(deps, self.run()).await.expect("reconciled")
    }

    /// The gaps that a run finds: kind and subject of each.
    pub async fn gaps(&self) -> Vec<(GapKind, String)> {
        self.reconcile().await.gaps.into_iter().map(|gap| (gap.kind, gap.subject)).collect()
    }

    /// Within so many minutes of now, nothing is a gap; just after them, one thing is.
    pub async fn becomes_a_gap(&self, minutes: i64, kind: GapKind, subject: &str) {
        self.wait(minutes - 1);
        assert_eq!(self.gaps().await, []);
        self.wait(2);
        assert_eq!(self.gaps().await, [(kind, subject.to_owned())]);
    }

    /// A run of fetch-orders, which moves the cursor if it could read the shop.
    pub async fn fetch(&self, moved_to: Option<&str>) {
        let lease = self.lease("fetch-orders/rungis").await;
        if let Some(time) = moved_to {
            let cursor = Cursor::at(at(time));
            assert!(self.ledger.move_cursor(&shop(), &cursor, &lease).await.expect("asked"));
        }
        self.ledger.release_lease(&lease).await.expect("released");
    }
}
