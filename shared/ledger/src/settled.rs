//! What people have settled: kept once, and never taken back.

use passerelle_domain::Result;

use crate::access::Step;
use crate::records::{SETTLED, SETTLED_ID};
use crate::table::{Record, decode};
use crate::{Ledger, Settled};

impl Ledger {
    /// Records that a person has settled something. `false` when it was before: the first words stand.
    pub async fn settle(&self, settled: &Settled) -> Result<bool> {
        self.create("record what is settled", &settled.key(), |before: Option<Settled>| match before {
            Some(_) => Step::Leave(false),
            None => Step::Write(settled.clone(), true),
        })
        .await
    }

    /// All that people have settled.
    pub async fn settled(&self) -> Result<Vec<Settled>> {
        let doing = "list what is settled";
        let items = self.table.query(doing, SETTLED, SETTLED_ID).await?;
        items.into_iter().map(|item| Ok(decode::<Settled>(doing, item)?.record)).collect()
    }
}
