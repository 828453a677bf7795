//! Which rows stand on which page. Pure arithmetic on heights.

use std::ops::Range;

use crate::page::Len;

/// What pagination needs to know of a row.
#[derive(Clone, Copy, Debug)]
pub(super) struct Measure {
    pub(super) height: Len,
    /// A heading never ends a page.
    pub(super) heading: bool,
}

/// The room there is.
#[derive(Debug)]
pub(super) struct Limits {
    /// For rows on the first page.
    pub(super) first: Len,
    /// For rows on each further page, below the sum brought forward and a repeated heading.
    pub(super) next: Len,
    /// What the sum carried over takes at the end of each page but the last.
    pub(super) carry: Len,
    /// What follows the last row and stays in one piece.
    pub(super) closing: Len,
}

/// Fills page after page. The closing stands on the last page, with at least one line above it
/// unless that line does not leave it enough room anywhere. Every page but such a last one has a row.
pub(super) fn paginate(rows: &[Measure], limits: &Limits) -> Vec<Range<usize>> {
    let mut pages: Vec<Range<usize>> = Vec::new();
    let mut start = 0;
    loop {
        let room = if pages.is_empty() { limits.first } else { limits.next };
        let left: i64 = rows[start..].iter().map(|row| i64::from(row.height)).sum();
        if left + i64::from(limits.closing) <= i64::from(room) {
            pages.push(start..rows.len());
            return pages;
        }
        if start == rows.len() {
            // Only the closing is left, and it is larger than a page's room: it flows from here.
            pages.push(start..start);
            return pages;
        }
        let mut used: Len = 0;
        let fitting = rows[start..].iter().take_while(|row| {
            used = used.saturating_add(row.height);
            used <= room - limits.carry
        });
        let mut end = start + fitting.count();
        if end == rows.len() {
            end -= 1; // All rows fit, the closing does not: it takes the last line along.
        }
        end = without_orphans(rows, start, end);
        if end == start {
            // A first line (with its heading) that fits nowhere whole, or a last one that is alone.
            end = start + rows[start..].iter().take_while(|row| row.heading).count() + 1;
            end = end.min(rows.len());
        }
        pages.push(start..end);
        start = end;
    }
}

/// An end at or before `end` where no heading ends the page and no line stands alone: a purchase's first
/// line has its second beside it, its last line the one before; as far as that leaves something here.
fn without_orphans(rows: &[Measure], start: usize, mut end: usize) -> usize {
    let is_line = |at: usize| rows.get(at).is_some_and(|row| !row.heading);
    // The last line of a purchase would stand alone on the next page, and here are two or more.
    if is_line(end) && !is_line(end + 1) && end >= start + 3 && is_line(end - 1) && is_line(end - 2) {
        end -= 1;
    }
    // The first line of a purchase would stand alone here.
    if is_line(end) && end >= start + 3 && is_line(end - 1) && !is_line(end - 2) {
        end -= 1;
    }
    while end > start && rows[end - 1].heading {
        end -= 1;
    }
    end
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: Limits = Limits { first: 100, next: 200, carry: 10, closing: 50 };

    /// `h` is a heading of height 10, `.` a line of height 10.
    fn split(rows: &str) -> Vec<String> {
        let measures: Vec<Measure> =
            rows.chars().map(|c| Measure { height: 10, heading: c == 'h' }).collect();
        paginate(&measures, &LIMITS).into_iter().map(|range| rows[range].to_owned()).collect()
    }

    #[test]
    fn what_fits_stays_on_one_page() {
        assert_eq!(split("h...."), ["h...."]);
        assert_eq!(split(""), [""]);
    }

    #[test]
    fn totals_that_do_not_fit_take_the_last_two_lines_along() {
        assert_eq!(split("h......"), ["h....", ".."]);
        assert_eq!(split("h....h."), ["h....", "h."]);
    }

    #[test]
    fn no_line_of_a_purchase_stands_alone() {
        assert_eq!(split("h......h......"), ["h......", "h......"]);
        assert_eq!(split("h.........."), ["h........", ".."]);
    }

    #[test]
    fn a_heading_goes_with_its_first_line() {
        assert_eq!(split("h.....h."), ["h.....", "h."]);
        assert_eq!(split("h.......h....."), ["h.......", "h....."]);
        assert_eq!(split("hh......"), ["hh....", ".."]);
    }

    #[test]
    fn a_full_page_leaves_room_for_the_sum_carried_over() {
        let rows = format!("h{}", ".".repeat(60));
        let lengths: Vec<usize> = split(&rows).iter().map(String::len).collect();
        assert_eq!(lengths, [9, 19, 19, 14]);
    }

    #[test]
    fn nothing_is_lost_or_repeated_and_no_page_ends_with_a_heading() {
        for count in 0..120 {
            for group in 1..8 {
                let rows: String = (0..count).map(|i| if i % (group + 1) == 0 { 'h' } else { '.' }).collect();
                let rows = rows.trim_end_matches('h');
                let pages = split(rows);
                assert_eq!(pages.concat(), rows);
                assert!(pages.iter().all(|page| !page.ends_with('h')), "{pages:?}");
                assert!(rows.is_empty() || pages.iter().all(|page| page.contains('.')), "{pages:?}");
            }
        }
    }

    #[test]
    fn rows_and_closings_larger_than_a_page_still_end() {
        let tall = [Measure { height: 10, heading: true }, Measure { height: 900, heading: false }];
        assert_eq!(paginate(&tall, &LIMITS), [0..2, 2..2]);
        let limits = Limits { closing: 500, ..LIMITS };
        assert_eq!(paginate(&tall[..1], &limits), [0..1, 1..1]);
        assert_eq!(paginate(&[], &limits).len(), 1);
    }
}
