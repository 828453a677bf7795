//! Whether every job runs when it should, and to some effect: its lease has when it last began, and a
//! shop's cursor which run last recorded a page.

use jiff::{SignedDuration, Timestamp};
use passerelle_domain::{BusinessDay, Failure, Result, ShopId};

use crate::reconcile::gaps::{Detail, Gap, GapKind};
use crate::reconcile::{Reconcile, before};

/// When jobs run by themselves. Terraform decides, and hands it to the function.
#[derive(Clone, Copy, Debug)]
pub struct Schedules {
    /// Whether they do.
    pub enabled: bool,
    /// How often shops are read.
    pub fetch_every: SignedDuration,
    /// How long after midnight in Paris what belongs to a night must be done: some time after the last export.
    pub night_is_over: SignedDuration,
}

impl Schedules {
    /// From the environment variables `PASSERELLE_SCHEDULES_ENABLED`, `PASSERELLE_FETCH_EVERY_MINUTES` and
    /// `PASSERELLE_NIGHT_IS_OVER_HOURS`.
    ///
    /// # Errors
    /// `Misconfigured` with the variable that is missing or no whole number.
    pub fn from_variables() -> Result<Self> {
        let text = |name: &'static str| {
            std::env::var(name)
                .map_err(|error| Failure::misconfigured("read environment variable", name, error))
        };
        let number = |name| {
            let parsed = text(name)?.parse::<u32>().map(i64::from);
            parsed.map_err(|error| Failure::misconfigured("read environment variable", name, error))
        };
        Ok(Self {
            enabled: text("PASSERELLE_SCHEDULES_ENABLED")? == "true",
            fetch_every: SignedDuration::from_mins(number("PASSERELLE_FETCH_EVERY_MINUTES")?),
            night_is_over: SignedDuration::from_hours(number("PASSERELLE_NIGHT_IS_OVER_HOURS")?),
        })
    }
}

/// When a job must have run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rhythm {
    /// At least once within this time.
    Within(SignedDuration),
    /// Each night, so long after midnight in Paris.
    EveryNight(SignedDuration),
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

/// A shop has not been read in time after so many times the rate: a run may last as long as the rate.
const RATES: i32 = 4;

/// A run of `fetch-orders` that reads a page moves the cursor, if only to where it stands. So many runs that
/// do not are a shop that cannot be read: 20 minutes of the schedule's.
const RUNS_IN_VAIN: u64 = 4;

impl Heartbeat {
    /// The heartbeats of the fetch of each shop, and of the export.
    pub fn all<'a>(schedules: &Schedules, shops: impl IntoIterator<Item = &'a ShopId>) -> Vec<Self> {
        let fetch = |shop: &ShopId| Self {
            job: format!("fetch-orders/{shop}"),
            rhythm: Rhythm::Within(schedules.fetch_every * RATES),
            shop: Some(shop.clone()),
        };
        let export = Self {
            job: "export-orders".into(),
            rhythm: Rhythm::EveryNight(schedules.night_is_over),
            shop: None,
        };
        shops.into_iter().map(fetch).chain([export]).collect()
    }

    /// The instant at or after which the job must have run.
    fn due_since(&self, now: Timestamp) -> Timestamp {
        match self.rhythm {
            Rhythm::Within(patience) => before(now, patience),
            Rhythm::EveryNight(by) => {
                let today = BusinessDay::of(now);
                let night_is_over = now.duration_since(today.start()) >= by;
                if night_is_over { today.start() } else { today.previous().start() }
            }
        }
    }
}

pub(crate) async fn check(deps: &Reconcile, now: Timestamp, gaps: &mut Vec<Gap>) -> Result<()> {
    for heartbeat in &deps.heartbeats {
        let lease = deps.env.ledger.lease(&heartbeat.job).await?;
        if let (Some(lease), Some(shop)) = (&lease, &heartbeat.shop) {
            let in_vain = lease.fencing.saturating_sub(deps.env.ledger.cursor_moved_by(shop).await?);
            if in_vain >= RUNS_IN_VAIN {
                gaps.push(Gap::new(GapKind::ShopUnread, shop, None).with(Detail::RunsInVain(in_vain)));
            }
        }
        // A lease of an older program has only when its run ended at the latest.
        let last = lease.map(|lease| lease.taken_at.unwrap_or(lease.expires_at));
        let silent = match (last, heartbeat.rhythm) {
            (Some(last), _) => last < heartbeat.due_since(now),
            (None, Rhythm::Within(_)) => true,
            // Before its first night, a job has not run; orders that wait too long are gaps anyway.
            (None, Rhythm::EveryNight(_)) => false,
        };
        if silent {
            let detail = if last.is_some() { Detail::None } else { Detail::NeverRan };
            gaps.push(Gap::new(GapKind::ScheduleSilent, &heartbeat.job, last).with(detail));
        }
    }
    Ok(())
}
