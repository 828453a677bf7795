//! What people have settled: kept once, and never taken back.

use passerelle_domain::Result;

use crate::Settled;
use crate::stored::{SETTLED, SETTLED_ID};
use crate::table::{Record, Step, Table, create, decode};

pub async fn settle(table: &impl Table, settled: &Settled) -> Result<bool> {
    create(table, "record what is settled", &settled.key(), |before: Option<Settled>| match before {
        Some(_) => Step::Leave(false),
        None => Step::Write(settled.clone(), true),
    })
    .await
}

pub async fn all(table: &impl Table) -> Result<Vec<Settled>> {
    let doing = "list what is settled";
    let items = table.query(doing, SETTLED, SETTLED_ID).await?;
    items.into_iter().map(|item| Ok(decode::<Settled>(doing, item)?.record)).collect()
}
