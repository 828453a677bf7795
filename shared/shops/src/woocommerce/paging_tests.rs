use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_000 + second).expect("a time")
}

fn answer(modified: &[Timestamp], page_size: usize, pages: u64) -> Answer<'_> {
    Answer { modified, page_size, pages: Some(pages), now: None }
}

/// A shop's orders by id with the second of their last change.
type Orders = BTreeMap<u32, i64>;

/// Answers as WooCommerce does: strict bounds, sorted by (modified, id), by page number.
fn ask(orders: &Orders, step: Step, page_size: usize) -> (Vec<(i64, u32)>, u64) {
    let (after, before) = match step {
        Step::After(second) => (second, Timestamp::MAX),
        Step::Within(second, _) | Step::Last { second, .. } => (before(second), after(second)),
    };
    let mut found: Vec<(i64, u32)> = orders
        .iter()
        .filter(|&(_, &modified)| after < at(modified) && at(modified) < before)
        .map(|(&id, &modified)| (modified, id))
        .collect();
    found.sort_unstable();
    let pages = found.len().div_ceil(page_size) as u64;
    let skip = usize::try_from(step.page() - 1).expect("small") * page_size;
    (found.into_iter().skip(skip).take(page_size).collect(), pages)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]

    #[test]
    fn nothing_is_missed_while_orders_change_between_pages(
        start in prop::collection::vec(0i64..4, 0..60),
        page_size in 1usize..8,
        // Before each page: which orders change (or appear, from 60 on), and whether one is deleted.
        changes in prop::collection::vec((prop::collection::vec(0u32..70, 0..6), prop::option::of(0u32..60)), 0..40),
        // Of which pages with orders on them the count is wrong.
        wrong in prop::collection::vec(any::<bool>(), 0..40),
    ) {
        let mut orders: Orders = (0..).zip(start).collect();
        let mut seen = Orders::new();
        let mut cursor = Cursor::at(at(0));
        let (mut changes, mut wrong) = (changes.into_iter(), wrong.into_iter());
        // A page is asked for in a second in which nothing has changed yet.
        for now in 10.. {
            prop_assert!(now < 1_000, "it does not end: {cursor:?}");
            let (changed, deleted) = changes.next().unwrap_or_default();
            orders.extend(changed.into_iter().map(|id| (id, now - 1)));
            if let Some(id) = deleted {
                orders.remove(&id);
            }
            let step = Step::of(&cursor);
            let (page, pages) = ask(&orders, step, page_size);
            let pages = if !page.is_empty() && wrong.next() == Some(true) { 10_000 } else { pages };
            seen.extend(page.iter().map(|&(modified, id)| (id, modified)));
            let modified: Vec<Timestamp> = page.iter().map(|&(modified, _)| at(modified)).collect();
            let next = step.next(&cursor, answer(&modified, page_size, pages)).expect("makes sense");
            prop_assert!(next.cursor.watermark >= cursor.watermark);
            cursor = next.cursor;
            for (id, &modified) in &orders {
                let read = seen.get(id) == Some(&modified);
                prop_assert!(read || at(modified) >= cursor.watermark, "{id} at {modified} missed before {cursor:?}");
                prop_assert!(read || !next.caught_up, "{id} at {modified} missed, caught up");
            }
            if next.caught_up {
                break;
            }
        }
    }

    #[test]
    fn words_for_the_next_run_are_understood_by_it(second in -1_000i64..4_000_000_000, page in prop::option::of(1u64..)) {
        let second = Timestamp::from_second(second).expect("a time");
        let last = Step::Last { second, least: 1, empty: page.unwrap_or(3).max(3) };
        for step in [Step::After(second), Step::Within(second, page), last] {
            let cursor = Cursor { watermark: Timestamp::UNIX_EPOCH, resume: Some(step.words()) };
            prop_assert_eq!(Step::of(&cursor), step);
        }
    }

    #[test]
    fn words_that_are_not_ours_mean_the_watermark(words in ".*|(after|within)( [a-z0-9:TZ-]*){0,4}") {
        let cursor = Cursor { watermark: at(5), resume: Some(words.clone()) };
        if Step::parse(&words).is_none() {
            prop_assert_eq!(Step::of(&cursor), Step::After(at(4)));
        }
    }
}

#[test]
fn the_watermark_itself_is_read_again() {
    let cursor = Cursor::at(at(5).checked_add(SignedDuration::from_millis(700)).expect("a time"));
    let after = Step::of(&cursor).query();
    assert_eq!(after[0], ("modified_after", "1970-01-01T00:16:44".to_owned()));
}

#[test]
fn a_page_within_one_second_is_read_by_number_from_the_last_page() {
    let mut cursor = Cursor::at(at(0));
    let mut asked = Vec::new();
    while asked.len() < 5 {
        let step = Step::of(&cursor);
        asked.push(step);
        cursor = step.next(&cursor, answer(&[at(7); 3], 3, 3)).expect("makes sense").cursor;
    }
    asked.push(Step::of(&cursor));
    let within = |page| Step::Within(at(7), page);
    let after = Step::After(before(at(0)));
    assert_eq!(
        asked,
        [after, within(None), within(Some(3)), within(Some(2)), within(Some(1)), Step::After(at(7))]
    );
}

#[test]
fn a_wrong_count_of_pages_costs_few_calls_and_no_order() {
    // Five orders of one second, two a page, after one answer that counted 10 000 pages.
    let orders: Orders = (1..=5).map(|id| (id, 7)).collect();
    let resume = Some(Step::Within(at(7), Some(10_000)).words());
    let mut cursor = Cursor { watermark: at(7), resume };
    let (mut seen, mut calls) = (Vec::new(), 0);
    while Step::of(&cursor) != Step::After(at(7)) {
        calls += 1;
        assert!(calls < 30, "it steps through every page: {cursor:?}");
        let step = Step::of(&cursor);
        let (page, _) = ask(&orders, step, 2);
        seen.extend(page.iter().map(|&(_, id)| id));
        let modified: Vec<Timestamp> = page.iter().map(|&(modified, _)| at(modified)).collect();
        cursor = step.next(&cursor, answer(&modified, 2, 10_000)).expect("makes sense").cursor;
    }
    seen.sort_unstable();
    seen.dedup();
    assert_eq!(seen, [1, 2, 3, 4, 5]);
}

#[test]
fn a_short_page_is_the_last_only_if_the_count_agrees() {
    let from = Cursor::at(at(0));
    let step = Step::of(&from);
    let two = [at(1), at(2)];
    assert!(step.next(&from, answer(&two, 3, 1)).expect("makes sense").caught_up);
    assert!(!step.next(&from, answer(&two, 3, 4)).expect("makes sense").caught_up);
    assert_eq!(step.next(&from, answer(&[], 3, 4)), Err(UNREADABLE));
}

#[test]
fn nothing_new_leaves_the_watermark() {
    let from = Cursor::at(at(9));
    let next = Step::of(&from).next(&from, answer(&[], 3, 0)).expect("makes sense");
    assert_eq!(next, Next { cursor: from, caught_up: true });
}

#[test]
fn a_shop_that_ignores_the_time_asked_for_is_found_out() {
    let from = Cursor::at(at(9));
    assert_eq!(Step::of(&from).next(&from, answer(&[at(1); 3], 3, 9)), Err(IGNORED));
}

#[test]
fn an_order_stamped_in_the_future_does_not_take_the_watermark_along() {
    let from = Cursor::at(at(0));
    let modified = [at(1), at(900)];
    let answer = Answer { now: Some(at(3)), ..answer(&modified, 3, 1) };
    assert_eq!(Step::of(&from).next(&from, answer).expect("makes sense").cursor, Cursor::at(at(3)));
}
