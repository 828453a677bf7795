//! Lists by state: each shard of the index is in order, and they are merged page by page.

use std::collections::VecDeque;

use futures::future::try_join_all;
use passerelle_domain::Result;
use serde_dynamo::Item;

use super::{Attributes, DynamoTable, failures, string};
use crate::Window;
use crate::table::{Key, SHARDS, sortable, text};

/// The index's name.
const INDEX: &str = "by-state";

/// Read beyond a shard's fair part of a page, for shards are not filled quite evenly.
const SLACK: usize = 2;

struct Shard {
    name: String,
    items: VecDeque<Item>,
    next: Option<Attributes>,
    done: bool,
}

pub async fn list(
    table: &DynamoTable,
    doing: &'static str,
    state: &str,
    window: Window,
) -> Result<Vec<Item>> {
    let mut shards: Vec<Shard> = (0..SHARDS)
        .map(|shard| Shard {
            name: format!("{state}#{shard}"),
            items: VecDeque::new(),
            next: None,
            done: false,
        })
        .collect();
    let mut merged = Vec::new();
    while merged.len() < window.limit {
        let page = (window.limit - merged.len()).div_ceil(shards.len()) + SLACK;
        let page = i32::try_from(page).unwrap_or(i32::MAX);
        // While a shard may hold more than is read of it, its next item may come before the others'.
        let empty = shards.iter_mut().filter(|shard| shard.items.is_empty() && !shard.done);
        try_join_all(empty.map(|shard| fill(table, doing, shard, window, page))).await?;
        if shards.iter().any(|shard| shard.items.is_empty() && !shard.done) {
            continue;
        }
        let heads = shards.iter_mut().filter(|shard| !shard.items.is_empty());
        let first = heads.min_by(|a, b| since(&a.items[0]).cmp(since(&b.items[0])));
        match first.and_then(|shard| shard.items.pop_front()) {
            Some(item) => merged.push(item),
            None => break,
        }
    }
    Ok(merged)
}

fn since(item: &Item) -> &str {
    text(item, "state_since")
}

/// Reads the next page of a shard. `from` and `until` without an id sort before all items of their
/// instant, which makes BETWEEN half open.
async fn fill(
    table: &DynamoTable,
    doing: &'static str,
    shard: &mut Shard,
    window: Window,
    page: i32,
) -> Result<()> {
    let request = table.client.query().table_name(&table.name).index_name(INDEX);
    let request = request
        .key_condition_expression("state_key = :state AND state_since BETWEEN :from AND :until")
        .expression_attribute_values(":state", string(&shard.name))
        .expression_attribute_values(":from", string(sortable(window.from)))
        .expression_attribute_values(":until", string(sortable(window.until)))
        .set_exclusive_start_key(shard.next.take())
        .limit(page);
    let subject = || Key::new(INDEX, &shard.name);
    let response = request.send().await.map_err(|error| failures::of(doing, &subject(), error))?;
    shard.items.extend(response.items.into_iter().flatten().map(Item::from));
    shard.next = response.last_evaluated_key.filter(|key| !key.is_empty());
    shard.done = shard.next.is_none();
    Ok(())
}
