//! What the charts compute: whole units.

/// `value` of `whole` as a length of at most `length`; what is not nothing is never drawn as nothing.
pub(super) fn share(value: &u64, whole: &u64, length: u64) -> u64 {
    match (value, whole) {
        (0, _) | (_, 0) => 0,
        _ => (value * length / whole).clamp(2, length),
    }
}

/// The parts of a bar of this length in their order: where each begins, and how long it is. Each has its class, its
/// name and its value.
pub(super) fn in_a_row<'a>(parts: &[(&'a str, &str, u64); 5], length: u64) -> Vec<(&'a str, u64, u64)> {
    let whole = parts.iter().map(|(_, _, value)| value).sum();
    let mut end = 0;
    let place = |(class, _, value): &(&'a str, &str, u64)| {
        let (start, width) = (end, share(value, &whole, length));
        end += width;
        (*class, start, width)
    };
    parts.iter().map(place).collect()
}

/// The first of the hours with the most, and how many that is.
pub(super) fn peak(hours: &[u64; 24]) -> (usize, u64) {
    let most = hours.iter().copied().max().unwrap_or(0);
    (hours.iter().position(|&count| count == most).unwrap_or(0), most)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_small_part_is_still_seen() {
        assert_eq!([share(&0, &10, 200), share(&1, &100_000, 200), share(&5, &10, 200)], [0, 2, 100]);
        assert_eq!(share(&3, &0, 200), 0);
    }

    #[test]
    fn each_part_begins_where_the_one_before_ends() {
        let parts = [("a", "", 4), ("b", "", 1), ("c", "", 0), ("d", "", 1), ("e", "", 0)];
        let drawn = [("a", 0, 400), ("b", 400, 100), ("c", 500, 0), ("d", 500, 100), ("e", 600, 0)];
        assert_eq!(in_a_row(&parts, 600), drawn);
    }
}
