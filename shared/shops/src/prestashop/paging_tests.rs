use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;

fn second(n: i64) -> DateTime {
    let base: DateTime = "2026-11-24T02:57:44".parse().expect("a time");
    base.checked_add(SignedDuration::from_secs(n)).expect("in range")
}

fn instant(local: DateTime) -> Timestamp {
    ShopTime::new("UTC").expect("a zone").document(local)
}

/// What the shop chooses for a step.
fn choose(shop: &BTreeMap<u64, i64>, step: &Step, page_size: usize) -> Vec<(i64, u64)> {
    let rows = shop.iter().map(|(id, changed)| (*changed, *id));
    let mut rows: Vec<(i64, u64)> = match step {
        Step::From(from) => rows.filter(|(changed, _)| second(*changed) >= *from).collect(),
        Step::Second(at, above) => {
            rows.filter(|(changed, id)| second(*changed) == *at && id > above).collect()
        }
        Step::Slips(_) => Vec::new(),
    };
    rows.sort_unstable();
    rows.truncate(page_size);
    rows
}

proptest! {
    /// Orders change before each page, and while it is being written: then they show a later time than
    /// the place that they were chosen for.
    #[test]
    fn no_order_is_missed_while_orders_change(
        start in prop::collection::vec(0i64..6, 1..40),
        page_size in 1usize..12,
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<bool>()), 0..60),
    ) {
        let mut shop: BTreeMap<u64, i64> = (1..).zip(start).collect();
        let mut seen: BTreeMap<u64, i64> = BTreeMap::new();
        let mut clock = 10;
        let mut changes = changes.into_iter();
        let mut step = Step::From(second(0));
        for turn in 0.. {
            prop_assert!(turn < 2_000, "it does not end");
            let mut touch = |shop: &mut BTreeMap<u64, i64>, wanted: bool| {
                if let Some((which, later)) = changes.next() && later == wanted {
                    clock += 1;
                    let id = *shop.keys().nth(which.index(shop.len())).expect("an order");
                    shop.insert(id, clock);
                }
            };
            touch(&mut shop, false);
            let chosen = choose(&shop, &step, page_size);
            // With pages of one or two there is nothing to know a moved row by.
            if page_size >= 8 {
                touch(&mut shop, true);
            }
            let places: Vec<Place> = chosen.iter().map(|(_, id)| (second(shop[id]), *id)).collect();
            for (_, id) in &chosen {
                seen.insert(*id, shop[id]);
            }
            let next = step.after_orders(&places, page_size, instant).expect("an answer that makes sense");
            match next.step {
                Some(next) => step = next,
                None => break,
            }
        }
        // What changed after the last page was chosen is for the next run.
        for (id, changed) in &shop {
            if seen.get(id) != Some(changed) {
                prop_assert!(*changed > 10, "order {} of {} was never read", id, changed);
                let read = choose(&shop, &step, usize::MAX);
                prop_assert!(read.contains(&(*changed, *id)), "order {} would not be read again", id);
            }
        }
    }
}

#[test]
fn a_step_is_kept_in_words_and_read_back() {
    let zone = ShopTime::new("Europe/Paris").expect("a zone");
    let reached: Timestamp = "2026-11-24T01:57:44Z".parse().expect("a time");
    let slips = |to, then| Step::Slips(Slips { from: second(0), to, above: 7, reached, then });
    for step in [
        Step::From(second(0)),
        Step::Second(second(1), 12),
        slips(None, None),
        slips(Some(second(9)), Some(Box::new(Step::From(second(9))))),
        slips(Some(second(0)), Some(Box::new(Step::Second(second(0), 3)))),
    ] {
        let cursor = Cursor { watermark: Timestamp::UNIX_EPOCH, resume: Some(step.words()) };
        assert_eq!(Step::of(&cursor, &zone), step, "{}", step.words());
    }
}

#[test]
fn other_words_count_as_none() {
    let zone = ShopTime::new("Europe/Paris").expect("a zone");
    let watermark: Timestamp = "2026-11-24T01:57:44.7Z".parse().expect("a time");
    for words in [
        "",
        "after 2026",
        "from",
        "from now",
        "second 2026-11-24T02:57:44",
        "slips a b c d",
        "slips 2026-11-24T02:57:44 open 3 2026-11-24T02:57:44Z then slips",
    ] {
        let cursor = Cursor { watermark, resume: Some(words.into()) };
        assert_eq!(Step::of(&cursor, &zone), Step::From(second(0)), "{words:?}");
    }
}

#[test]
fn the_query_is_as_the_webservice_reads_it() {
    let query = |step: Step| {
        step.orders_query().into_iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>()
    };
    assert_eq!(
        query(Step::From(second(0))),
        ["filter[date_upd]=[2026-11-24 02:57:44,9999-12-31 23:59:59]", "sort=[date_upd_ASC,id_ASC]"]
    );
    assert_eq!(
        query(Step::Second(second(0), 12)),
        ["filter[date_upd]=[2026-11-24 02:57:44,2026-11-24 02:57:44]", "filter[id]=>[12]", "sort=[id_ASC]"]
    );
}

#[test]
fn orders_from_before_are_a_sign_that_the_filter_is_lost() {
    let places = [(second(-1), 1)];
    let error = Step::From(second(0)).after_orders(&places, 50, instant).expect_err("ignored");
    assert!(error.contains("filter[date_upd]"), "{error}");
}
