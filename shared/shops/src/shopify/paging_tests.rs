use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_795_485_404 + second).expect("a time")
}

fn seen(id: u64, second: i64) -> Seen {
    Seen { id, at: at(second) }
}

#[test]
fn a_page_goes_on_at_its_last_second() {
    let from = Cursor::at(at(0));
    let next = Step::of(&from).next(&from, &[seen(1, 0), seen(2, 3)], true, None).expect("a page");
    assert_eq!(next.cursor.watermark, at(3));
    assert_eq!(Step::of(&next.cursor), Step::From(at(3)));
    assert_eq!(Step::From(at(3)).search(), "updated_at:>='2026-11-24T01:56:47Z'");
}

#[test]
fn a_page_full_of_one_second_is_read_by_id_and_then_left() {
    let from = Cursor { watermark: at(3), resume: Some(Step::From(at(3)).words()) };
    let next = Step::of(&from).next(&from, &[seen(7, 3), seen(9, 3)], true, None).expect("a page");
    assert_eq!(Step::of(&next.cursor), Step::Within(at(3), 0));
    let next =
        Step::of(&next.cursor).next(&next.cursor, &[seen(7, 3), seen(9, 3)], true, None).expect("a page");
    assert_eq!(Step::of(&next.cursor), Step::Within(at(3), 9));
    assert_eq!(
        Step::of(&next.cursor).search(),
        "updated_at:>='2026-11-24T01:56:47Z' updated_at:<='2026-11-24T01:56:47Z' id:>9"
    );
    let next = Step::of(&next.cursor).next(&next.cursor, &[seen(11, 3)], false, None).expect("a page");
    assert_eq!((Step::of(&next.cursor), next.caught_up), (Step::From(at(4)), false));
}

#[test]
fn an_order_stamped_in_the_future_does_not_take_the_watermark_along() {
    let from = Cursor::at(at(0));
    let next = Step::of(&from).next(&from, &[seen(1, 9_999)], false, Some(at(5))).expect("a page");
    assert_eq!(next.cursor, Cursor::at(at(5)));
    let next = Step::of(&from).next(&from, &[seen(1, 9_999)], false, Some(at(-5))).expect("a page");
    assert_eq!(next.cursor, Cursor::at(at(0)), "and never back");
}

#[test]
fn an_order_that_changed_after_it_was_indexed_hides_none_behind_it() {
    let from = Cursor::at(at(0));
    let step = |page: &[Seen], now: i64| {
        Step::of(&Step::of(&from).next(&from, page, true, Some(at(now))).expect("a page").cursor)
    };
    assert_eq!(step(&[seen(1, 0), seen(2, 9_000), seen(3, 4)], 9_001), Step::From(at(4)), "in the middle");
    assert_eq!(step(&[seen(1, 0), seen(2, 3), seen(3, 9_000)], 9_001), Step::From(at(3)), "at the end");
    assert_eq!(step(&[seen(1, 0), seen(3, 9_000)], 9_001), Step::Within(at(0), 0), "nothing else to go by");
    assert_eq!(step(&[seen(1, 0), seen(2, 3)], 5), Step::From(at(3)), "all of it is of the last minutes");
}

#[test]
fn an_answer_that_was_not_asked_for_is_an_error() {
    let from = Cursor::at(at(5));
    assert_eq!(Step::of(&from).next(&from, &[seen(1, 4)], false, None), Err(IGNORED));
    assert_eq!(Step::of(&from).next(&from, &[], true, None), Err(EMPTY));
    assert_eq!(Step::Within(at(5), 3).next(&from, &[seen(3, 5)], true, None), Err(IGNORED));
    assert_eq!(Step::Within(at(5), 3).next(&from, &[], true, None), Err(EMPTY));
}

#[test]
fn words_that_are_not_ours_count_as_none() {
    for words in ["", "after 2026-11-24T01:56:44Z", "from soon", "within 2026-11-24T01:56:44Z after x"] {
        let cursor = Cursor { watermark: at(0), resume: Some(words.into()) };
        assert_eq!(Step::of(&cursor), Step::From(at(0)), "{words}");
    }
}

proptest! {
    /// A shop that changes orders between any two pages: each order is seen in its last state.
    #[test]
    fn orders_that_change_while_they_are_read_are_all_seen(
        seconds in prop::collection::vec(0i64..6, 1..30),
        changes in prop::collection::vec((0usize..30, 0i64..12), 0..10),
        page_size in 1usize..8,
    ) {
        let mut orders: Vec<Seen> =
            seconds.iter().zip(1..).map(|(&second, id)| seen(id, second)).collect();
        let mut cursor = Cursor::at(at(0));
        let mut last_seen = BTreeSet::new();
        let mut done = false;
        for turn in 0..500 {
            for &(order, when) in &changes {
                if when == turn && order < orders.len() {
                    orders[order].at = at(10 + turn);
                }
            }
            let step = Step::of(&cursor);
            let mut found: Vec<Seen> = orders.iter().copied().filter(|order| match step {
                Step::From(second) => order.at >= second,
                Step::Within(second, id) => order.at == second && order.id > id,
            }).collect();
            match step {
                Step::From(_) => found.sort_by_key(|order| (order.at, order.id)),
                Step::Within(..) => found.sort_by_key(|order| order.id),
            }
            let more = found.len() > page_size;
            found.truncate(page_size);
            last_seen.extend(found.iter().map(|order| (order.id, order.at)));
            let next = step.next(&cursor, &found, more, None).expect("a page");
            prop_assert!(next.cursor.watermark >= cursor.watermark);
            cursor = next.cursor;
            if next.caught_up && turn >= 12 {
                done = true;
                break;
            }
        }
        prop_assert!(done, "it ends");
        for order in &orders {
            prop_assert!(last_seen.contains(&(order.id, order.at)), "{order:?}");
        }
    }
}
