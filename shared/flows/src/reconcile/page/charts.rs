//! Small charts in SVG, drawn in whole units.

use std::fmt::Write;

use super::words::{escape, number};

/// A bar as long as its share of the longest. The figure stands beside it in the table, so that who
/// does not see the bar misses nothing.
pub(super) fn bar(value: u64, longest: u64, class: &str) -> String {
    let width = share(value, longest, 200);
    format!(
        "<svg class=\"bar\" viewBox=\"0 0 200 12\" aria-hidden=\"true\" preserveAspectRatio=\"none\">\
         <rect class=\"{class}\" width=\"{width}\" height=\"12\" rx=\"2\"/></svg>"
    )
}

/// One bar in parts, in the order given: each its class and its value.
pub(super) fn parts(parts: &[(&str, u64)]) -> String {
    let sum: u64 = parts.iter().map(|(_, value)| value).sum();
    let mut drawn = String::new();
    let mut left = 0;
    for (class, value) in parts {
        let width = share(*value, sum, 600);
        let _ = write!(drawn, "<rect class=\"{class}\" x=\"{left}\" width=\"{width}\" height=\"16\"/>");
        left += width;
    }
    format!(
        "<svg class=\"parts\" viewBox=\"0 0 600 16\" aria-hidden=\"true\" preserveAspectRatio=\"none\">\
         <rect class=\"none\" width=\"600\" height=\"16\"/>{drawn}</svg>"
    )
}

/// Twenty-four columns, one an hour.
pub(super) fn hours(title: &str, hours: &[u64; 24]) -> String {
    const HEIGHT: u64 = 100;
    let most = hours.iter().copied().max().unwrap_or(0);
    let peak = hours.iter().position(|&count| count == most).unwrap_or(0);
    let said = match most {
        0 => "Rien ce jour-là.".to_owned(),
        _ => format!("Le plus à {peak} h : {}.", number(most)),
    };
    let id: String = title.chars().filter(char::is_ascii_alphanumeric).collect();
    let mut drawn = String::new();
    for (hour, &count) in hours.iter().enumerate() {
        let x = 6 + hour * 20;
        let height = share(count, most, HEIGHT);
        let y = 20 + HEIGHT - height;
        if count > 0 {
            let _ = write!(
                drawn,
                "<rect class=\"column\" x=\"{x}\" y=\"{y}\" width=\"14\" height=\"{height}\" rx=\"1\">\
                 <title>{hour} h : {}</title></rect>",
                number(count)
            );
        }
        if count == most && count > 0 && hour == peak {
            let _ = write!(
                drawn,
                "<text class=\"peak\" x=\"{}\" y=\"{}\">{}</text>",
                (x + 7).clamp(24, 462),
                y - 5,
                number(count)
            );
        }
        if hour.is_multiple_of(3) {
            let _ = write!(drawn, "<text class=\"hour\" x=\"{}\" y=\"136\">{hour} h</text>", x + 7);
        }
    }
    format!(
        "<figure><figcaption>{title}</figcaption>\
         <svg class=\"hours\" viewBox=\"0 0 486 142\" role=\"img\" aria-labelledby=\"t{id} d{id}\">\
         <title id=\"t{id}\">{title}</title><desc id=\"d{id}\">{said}</desc>\
         <line class=\"axis\" x1=\"0\" y1=\"120.5\" x2=\"486\" y2=\"120.5\"/>{drawn}</svg></figure>",
        title = escape(title)
    )
}

/// `value` of `whole` as a length of at most `length`; what is not nothing is never drawn as nothing.
fn share(value: u64, whole: u64, length: u64) -> u64 {
    match (value, whole) {
        (0, _) | (_, 0) => 0,
        _ => (value * length / whole).clamp(2, length),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_small_part_is_still_seen() {
        assert_eq!([share(0, 10, 200), share(1, 100_000, 200), share(5, 10, 200)], [0, 2, 100]);
        assert_eq!(share(3, 0, 200), 0);
    }
}
