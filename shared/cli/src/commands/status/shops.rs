//! How far each shop is read.

use jiff::Timestamp;
use passerelle_domain::{Result, ShopId};
use passerelle_ledger::{OrderStatus, Window};
use passerelle_services::Environment;
use passerelle_shops::UNREACHABLE;
use serde_json::{Map, Value, json};

use super::super::table::table;
use super::MAX_COUNTED;
use crate::names;

/// How far a shop is read.
struct Progress {
    watermark: Option<Timestamp>,
    /// Whether the last run stopped before it had caught up.
    catching_up: bool,
    /// How much of the time since the first import's start is read, in per cent.
    percent: i64,
    /// When the last run began that recorded something; nothing when it did not, or is still running.
    last_read: Option<Timestamp>,
    /// Runs since that recorded nothing, without one that is still running.
    in_vain: u64,
    unreachable: usize,
    /// Whether there is no secret to read it with.
    waits_for_secret: bool,
}

impl Progress {
    async fn of(env: &Environment, shop: &ShopId, since: Timestamp, now: Timestamp) -> Result<Self> {
        let ledger = &env.ledger;
        let cursor = ledger.cursor(shop).await?;
        let lease = ledger.lease(&format!("fetch-orders/{shop}")).await?;
        let moved_by = ledger.cursor_moved_by(shop).await?;
        let behind = lease.as_ref().map_or(0, |lease| lease.fencing.saturating_sub(moved_by));
        let runs = lease.as_ref().is_some_and(|lease| lease.owner.is_some() && lease.expires_at > now);
        let aside = ledger.orders_in(OrderStatus::Quarantined, Window::all(MAX_COUNTED)).await?;
        let unreachable = aside.iter().filter(|order| {
            order.key.shop == *shop && order.rejection.as_ref().is_some_and(|why| why.code == UNREACHABLE)
        });
        let watermark = cursor.as_ref().map(|cursor| cursor.watermark);
        let in_vain = behind.saturating_sub(runs.into());
        // Where runs record something there is one. Without the right to look, none is reported missing.
        let waits_for_secret =
            (watermark.is_none() || in_vain > 0) && !env.secrets.has_shop_secret(shop).await.unwrap_or(true);
        let (all, read) = (seconds(since, now).max(1), seconds(since, watermark.unwrap_or(since)));
        Ok(Self {
            watermark,
            catching_up: cursor.is_some_and(|cursor| cursor.resume.is_some()),
            percent: (read * 100 / all).clamp(0, 100),
            last_read: lease.and_then(|lease| lease.taken_at).filter(|_| behind == 0 && moved_by > 0),
            in_vain,
            unreachable: unreachable.count(),
            waits_for_secret,
        })
    }

    fn words(&self) -> String {
        let mut words = Vec::new();
        if self.waits_for_secret {
            words.push("waits for its secret".to_owned());
        }
        if self.watermark.is_none() {
            words.push("never read".to_owned());
        } else if self.catching_up {
            words.push(format!("importing, {} % of the time until now", self.percent));
        } else if self.in_vain == 0 {
            words.push("caught up".to_owned());
        }
        match self.in_vain {
            0 => {}
            1 => words.push("the last run recorded nothing".into()),
            runs => words.push(format!("the last {runs} runs recorded nothing")),
        }
        if self.unreachable > 0 {
            words.push(format!(
                "{} set aside as unreachable, asked for again by the next run",
                self.unreachable
            ));
        }
        words.join("; ")
    }
}

fn seconds(from: Timestamp, to: Timestamp) -> i64 {
    to.duration_since(from).as_secs()
}

pub(super) async fn shops(
    env: &Environment,
    shops: &[(ShopId, Timestamp)],
    now: Timestamp,
    says: &mut Vec<String>,
    data: &mut Map<String, Value>,
) -> Result<()> {
    let mut rows =
        vec![["shops", "read up to", "last change ago", "last read ago", "now"].map(str::to_owned).to_vec()];
    let mut found = Map::new();
    for (shop, since) in shops {
        let progress = Progress::of(env, shop, *since, now).await?;
        let of =
            |at: Option<Timestamp>, shown: &dyn Fn(Timestamp) -> String| at.map(shown).unwrap_or_default();
        rows.push(vec![
            format!("  {shop}"),
            of(progress.watermark, &names::instant),
            of(progress.watermark, &|at| names::ago(now, at)),
            of(progress.last_read, &|at| names::ago(now, at)),
            progress.words(),
        ]);
        let lag = progress.watermark.map(|watermark| seconds(watermark, now));
        let Progress { watermark, catching_up, percent, last_read, in_vain, unreachable, waits_for_secret } =
            progress;
        found.insert(
            shop.to_string(),
            json!({
                "since": since, "watermark": watermark, "lag_s": lag, "catching_up": catching_up,
                "read_percent": percent, "last_read": last_read, "runs_in_vain": in_vain,
                "unreachable": unreachable, "waits_for_secret": waits_for_secret,
            }),
        );
    }
    says.push(String::new());
    says.extend(table(&rows));
    data.insert("cursors".into(), Value::Object(found));
    Ok(())
}
