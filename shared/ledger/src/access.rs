//! How the rules use the table: read, list, change.

use std::fmt;

use passerelle_domain::{Failure, Result};

use crate::table::{ATTEMPTS, Key, Read, Record, decode, put};
use crate::{Ledger, Window};

/// What to do with a record.
pub enum Step<R, A> {
    /// Nothing; this is the result.
    Leave(A),
    /// Put this in its place; this is the result if nobody else was faster.
    Write(R, A),
}

impl Ledger {
    /// A record, read consistently.
    pub(crate) async fn read<R: Record>(&self, doing: &'static str, key: &Key) -> Result<Option<Read<R>>> {
        self.table.get(doing, key).await?.map(|item| decode(doing, item)).transpose()
    }

    /// Records in a state.
    pub(crate) async fn list<R: Record>(
        &self,
        doing: &'static str,
        state: String,
        window: Window,
    ) -> Result<Vec<R>> {
        if window.from >= window.until || window.limit == 0 {
            return Ok(Vec::new());
        }
        let items = self.table.by_state(doing, &state, window).await?;
        items.into_iter().map(|item| Ok(decode(doing, item)?.record)).collect()
    }

    /// Changes a record: reads it, asks `step`, writes; again from the start when the race is lost.
    pub(crate) async fn change<R: Record, A: Send>(
        &self,
        doing: &'static str,
        key: &Key,
        step: impl Fn(Option<R>) -> Step<R, A> + Send + Sync,
    ) -> Result<A> {
        let first = self.read(doing, key).await?;
        self.change_from(doing, key, first, step).await
    }

    /// Like [`change`], for a record that is most likely not there yet: saves the first reading.
    pub(crate) async fn create<R: Record, A: Send>(
        &self,
        doing: &'static str,
        key: &Key,
        step: impl Fn(Option<R>) -> Step<R, A> + Send + Sync,
    ) -> Result<A> {
        self.change_from(doing, key, None, step).await
    }

    async fn change_from<R: Record, A: Send>(
        &self,
        doing: &'static str,
        key: &Key,
        mut current: Option<Read<R>>,
        step: impl Fn(Option<R>) -> Step<R, A> + Send + Sync,
    ) -> Result<A> {
        for attempt in 0..ATTEMPTS {
            let (record, expected) = current.map(|read| (read.record, read.version)).unzip();
            match step(record) {
                Step::Leave(result) => return Ok(result),
                Step::Write(record, result) => {
                    if self.table.put(doing, put(doing, &record, expected)?).await? {
                        return Ok(result);
                    }
                }
            }
            self.table.pause(attempt).await;
            current = self.read(doing, key).await?;
        }
        Err(contended(doing, key))
    }
}

/// The failure of who lost every race.
pub fn contended(doing: &'static str, subject: &impl fmt::Display) -> Failure {
    Failure::retry(doing, subject.to_string(), format!("others changed it {ATTEMPTS} times meanwhile"))
}
