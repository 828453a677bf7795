use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_000 + second).expect("a time")
}

/// Orders or credit memos by id with the second of their last change.
type Records = BTreeMap<u64, i64>;

/// Answers as Magento does to `changed_after`.
fn ask(records: &Records, after: Mark, page_size: usize) -> (Vec<Mark>, u64) {
    let mut found: Vec<Mark> =
        records.iter().map(|(&id, &second)| (at(second), id)).filter(|&mark| mark > after).collect();
    found.sort_unstable();
    let total = found.len() as u64;
    found.truncate(page_size);
    (found, total)
}

fn missed(records: &Records, seen: &Records, until: Option<Timestamp>) -> Option<u64> {
    let unread = records.iter().filter(|(id, second)| seen.get(id) != Some(second));
    unread.filter(|(_, second)| until.is_none_or(|until| at(**second) < until)).map(|(&id, _)| id).next()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]

    #[test]
    fn nothing_is_missed_while_orders_and_credit_memos_change_between_pages(
        orders in prop::collection::vec(0i64..4, 0..40),
        memos in prop::collection::vec(0i64..4, 0..40),
        page_size in 1usize..8,
        counted in any::<bool>(),
        // Before each page: which change (or appear, from 40 on), and whether an order is deleted.
        changes in prop::collection::vec(
            (prop::collection::vec(0u64..50, 0..4), prop::collection::vec(0u64..50, 0..4), prop::option::of(0u64..40)),
            0..40,
        ),
    ) {
        let mut orders: Records = (1..).zip(orders).collect();
        let mut memos: Records = (1..).zip(memos).collect();
        let (mut seen_orders, mut seen_memos) = (Records::new(), Records::new());
        let mut cursor = Cursor::at(at(0));
        let mut changes = changes.into_iter();
        for now in 10.. {
            prop_assert!(now < 1_000, "it does not end: {cursor:?}");
            // Credit memos are asked for first; what changes between the two calls is stamped later.
            let position = Position::of(&cursor);
            let (memo_page, memo_total) = ask(&memos, position.memos, page_size);
            let clock = at(now - 1);
            let (changed, changed_memos, deleted) = changes.next().unwrap_or_default();
            orders.extend(changed.into_iter().map(|id| (id + 1, now)));
            memos.extend(changed_memos.into_iter().map(|id| (id + 1, now)));
            deleted.map(|id| orders.remove(&id));
            let (order_page, order_total) = ask(&orders, position.orders, page_size);
            seen_orders.extend(order_page.iter().map(|&(second, id)| (id, second.as_second() - 1_000)));
            seen_memos.extend(memo_page.iter().map(|&(second, id)| (id, second.as_second() - 1_000)));
            let answer = |marks, total| Answer { marks, page_size, total: counted.then_some(total) };
            let (memo_page, order_page) = (answer(&memo_page, memo_total), answer(&order_page, order_total));
            let next = position.next(&cursor, memo_page, order_page, Some(clock)).expect("makes sense");
            prop_assert!(next.cursor.watermark >= cursor.watermark);
            cursor = next.cursor;
            let until = Some(cursor.watermark);
            prop_assert_eq!(missed(&orders, &seen_orders, until), None, "order before {:?}", cursor);
            prop_assert_eq!(missed(&memos, &seen_memos, until), None, "memo before {:?}", cursor);
            if next.caught_up {
                prop_assert_eq!(&cursor.resume, &None);
                break;
            }
        }
    }

    #[test]
    fn words_for_the_next_run_are_understood_by_it(
        second in -1_000i64..4_000_000_000,
        order in any::<u64>(),
        memo in any::<u64>(),
    ) {
        let second = Timestamp::from_second(second).expect("a time");
        let position = Position { orders: (second, order), memos: (at(0), memo) };
        let cursor = Cursor { watermark: Timestamp::UNIX_EPOCH, resume: Some(position.words()) };
        prop_assert_eq!(Position::of(&cursor), position);
    }

    #[test]
    fn words_that_are_not_ours_mean_the_watermark(words in ".*|orders( [a-z0-9:TZ-]*){0,6}") {
        let cursor = Cursor { watermark: at(5), resume: Some(words.clone()) };
        if Position::parse(&words).is_none() {
            prop_assert_eq!(Position::of(&cursor), Position { orders: (at(5), 0), memos: (at(5), 0) });
        }
    }
}

fn answer(marks: &[Mark], page_size: usize, total: Option<u64>) -> Answer<'_> {
    Answer { marks, page_size, total }
}

const NONE: Answer<'_> = Answer { marks: &[], page_size: 3, total: Some(0) };

#[test]
fn the_last_page_repeated_past_the_end_cannot_come_round_for_ever() {
    // Without page numbers there is no page past the end; if the shop drops the filters, it is noticed.
    let position = Position { orders: (at(2), 3), memos: (at(0), 0) };
    let from = Cursor { watermark: at(2), resume: Some(position.words()) };
    let same = [(at(2), 2), (at(2), 3)];
    let next = Position::of(&from).next(&from, NONE, answer(&same, 2, Some(2)), None);
    assert_eq!(next, Err(IGNORED));
}

#[test]
fn a_page_within_one_second_goes_on_by_id() {
    let from = Cursor::at(at(0));
    let page = [(at(7), 1), (at(7), 4)];
    let next = Position::of(&from).next(&from, NONE, answer(&page, 2, Some(5)), None).expect("makes sense");
    assert_eq!(Position::of(&next.cursor).orders, (at(7), 4));
    assert_eq!(Position::of(&next.cursor).memos, (at(0), 0));
    assert_eq!(next.cursor.watermark, at(7));
}

#[test]
fn credit_memos_that_are_behind_hold_the_watermark_back() {
    let from = Cursor::at(at(0));
    let (orders, memos) = ([(at(7), 1), (at(9), 4)], [(at(1), 8), (at(2), 9)]);
    let next = Position::of(&from).next(&from, answer(&memos, 2, Some(3)), answer(&orders, 2, Some(2)), None);
    let cursor = next.expect("makes sense").cursor;
    assert_eq!((cursor.watermark, Position::of(&cursor).memos), (at(2), (at(2), 9)));
}

#[test]
fn a_short_page_is_the_last_only_if_the_count_agrees() {
    let from = Cursor::at(at(0));
    let two = [(at(1), 1), (at(2), 2)];
    let next = |total| Position::of(&from).next(&from, NONE, answer(&two, 3, total), None);
    assert!(next(Some(2)).expect("makes sense").caught_up);
    assert!(next(None).expect("makes sense").caught_up);
    assert!(!next(Some(4)).expect("makes sense").caught_up);
    let none = answer(&[], 3, Some(4));
    assert_eq!(Position::of(&from).next(&from, NONE, none, None), Err(UNREADABLE));
    let unsorted = [(at(2), 1), (at(1), 2)];
    assert_eq!(Position::of(&from).next(&from, NONE, answer(&unsorted, 3, None), None), Err(UNSORTED));
}

#[test]
fn an_order_stamped_in_the_future_does_not_take_the_watermark_along() {
    let from = Cursor::at(at(0));
    let page = [(at(1), 1), (at(900), 2)];
    let next = Position::of(&from).next(&from, NONE, answer(&page, 3, Some(2)), Some(at(3)));
    assert_eq!(next.expect("makes sense").cursor, Cursor::at(at(3)));
}

#[test]
fn nothing_new_leaves_the_watermark() {
    let from = Cursor::at(at(9));
    let next = Position::of(&from).next(&from, NONE, NONE, Some(at(50))).expect("makes sense");
    assert_eq!(next, Next { cursor: from, caught_up: true });
}
