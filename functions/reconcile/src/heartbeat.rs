//! Whether every job runs when it should, and comes to something: its lease tells when it last began,
//! and a shop's cursor which run last recorded a page.

use jiff::{SignedDuration, Timestamp};
use passerelle_domain::{BusinessDay, Result, ShopId};

use crate::gaps::{Detail, Gap, GapKind};
use crate::{Deps, before};

/// When a job must have run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rhythm {
    /// At least once within this time.
    Within(SignedDuration),
    /// Each night, by the hour at which the ERP is left alone ([`NIGHT_IS_OVER`]).
    EveryNight,
}

/// A job that must run by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heartbeat {
    /// The job, as its lease is named.
    pub job: String,
    /// When it must have run.
    pub rhythm: Rhythm,
    /// The shop whose orders it reads.
    pub shop: Option<ShopId>,
}

/// The last export is at 02:50 in Paris (infra/schedules.tf): what belongs to a night must be done
/// this long after midnight, on days of 23 and 25 hours too.
pub(crate) const NIGHT_IS_OVER: SignedDuration = SignedDuration::from_hours(4);

/// Four times the rate of `fetch-orders` (infra/schedules.tf): a run may last as long as the rate.
const FETCH_WITHIN: SignedDuration = SignedDuration::from_mins(20);

/// A run of `fetch-orders` that comes to something moves the cursor, if only to where it stands. So many
/// runs that do not are a shop that cannot be read: 20 minutes of the schedule's.
const RUNS_IN_VAIN: u64 = 4;

impl Heartbeat {
    /// The heartbeats of the schedules in infra/schedules.tf: the fetch of each shop, and the export.
    pub fn of_schedules<'a>(shops: impl IntoIterator<Item = &'a ShopId>) -> Vec<Self> {
        let fetch = |shop: &ShopId| Self {
            job: format!("fetch-orders/{shop}"),
            rhythm: Rhythm::Within(FETCH_WITHIN),
            shop: Some(shop.clone()),
        };
        let export = Self { job: "export-orders".into(), rhythm: Rhythm::EveryNight, shop: None };
        shops.into_iter().map(fetch).chain([export]).collect()
    }

    /// The instant at or after which the job must have run.
    fn due_since(&self, now: Timestamp) -> Timestamp {
        match self.rhythm {
            Rhythm::Within(patience) => before(now, patience),
            Rhythm::EveryNight => {
                let today = BusinessDay::of(now);
                let night_is_over = now.duration_since(today.start()) >= NIGHT_IS_OVER;
                if night_is_over { today.start() } else { today.previous().start() }
            }
        }
    }
}

pub(crate) async fn check(deps: &Deps, now: Timestamp, gaps: &mut Vec<Gap>) -> Result<()> {
    for heartbeat in &deps.heartbeats {
        let lease = deps.ledger.lease(&heartbeat.job).await?;
        if let (Some(lease), Some(shop)) = (&lease, &heartbeat.shop) {
            let in_vain = lease.fencing.saturating_sub(deps.ledger.cursor_moved_by(shop).await?);
            if in_vain >= RUNS_IN_VAIN {
                gaps.push(Gap::new(GapKind::ShopUnread, shop, None).with(Detail::RunsInVain(in_vain)));
            }
        }
        // A lease of an older program says when its run ended at the latest.
        let last = lease.map(|lease| lease.taken_at.unwrap_or(lease.expires_at));
        let silent = match (last, heartbeat.rhythm) {
            (Some(last), _) => last < heartbeat.due_since(now),
            (None, Rhythm::Within(_)) => true,
            // Before its first night, a job has not run; orders that wait too long say the rest.
            (None, Rhythm::EveryNight) => false,
        };
        if silent {
            let detail = if last.is_some() { Detail::None } else { Detail::NeverRan };
            gaps.push(Gap::new(GapKind::ScheduleSilent, &heartbeat.job, last).with(detail));
        }
    }
    Ok(())
}
