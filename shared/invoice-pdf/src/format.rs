//! Numbers, dates and codes as a French reader expects them.

use jiff::civil::Date;
use passerelle_domain::{Adjustment, AdjustmentKind, Money, Quantity, UnitPrice, VatRate};
use rust_decimal::Decimal;

/// Between groups of three digits, and before `%`: narrow, no break.
pub(crate) const NARROW: char = '\u{202f}';
/// Before `€` and after `n°`: no break.
pub(crate) const NO_BREAK: char = '\u{a0}';

/// `1 234,56`: the sign is a hyphen-minus, so that the figure can be pasted into a spreadsheet.
pub(crate) fn amount(money: Money) -> String {
    decimal(money.to_decimal(), 2)
}

/// `1 234,56 €`, or the ISO code for other currencies.
pub(crate) fn amount_in(money: Money, currency: &str) -> String {
    let sign = if currency == "EUR" { "€" } else { currency };
    format!("{}{NO_BREAK}{sign}", amount(money))
}

/// At least two decimals, and as many as there are.
pub(crate) fn price(price: UnitPrice) -> String {
    decimal(price.to_decimal(), 2)
}

/// As many decimals as there are.
pub(crate) fn quantity(quantity: Quantity) -> String {
    decimal(quantity.to_decimal(), 0)
}

/// `5,5 %`
pub(crate) fn rate(rate: VatRate) -> String {
    format!("{}{NARROW}%", decimal(rate.percent(), 0))
}

/// `24/11/2026`
pub(crate) fn date(date: Date) -> String {
    format!("{:02}/{:02}/{:04}", date.day(), date.month(), date.year())
}

/// `FR14 2004 1010…`: groups of so many characters.
pub(crate) fn grouped(text: &str, size: usize) -> String {
    let plain: Vec<char> = text.chars().filter(|c| !c.is_whitespace()).collect();
    let groups: Vec<String> = plain.chunks(size).map(|group| group.iter().collect()).collect();
    groups.join(&NO_BREAK.to_string())
}

/// `404 833 048`, `404 833 048 00022`.
pub(crate) fn business_number(text: &str) -> String {
    let plain: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    match plain.split_at_checked(9) {
        Some((siren, "")) => grouped(siren, 3),
        Some((siren, rest)) => format!("{}{NO_BREAK}{rest}", grouped(siren, 3)),
        None => plain,
    }
}

/// ISO 3166-1 codes and French names of the countries that Rungis trades with.
pub(crate) const COUNTRIES: [(&str, &str); 37] = [
    ("AR", "Argentine"),
    ("AT", "Autriche"),
    ("BE", "Belgique"),
    ("BR", "Brésil"),
    ("CH", "Suisse"),
    ("CI", "Côte d’Ivoire"),
    ("CL", "Chili"),
    ("CM", "Cameroun"),
    ("CO", "Colombie"),
    ("CR", "Costa Rica"),
    ("DE", "Allemagne"),
    ("DK", "Danemark"),
    ("EC", "Équateur"),
    ("EG", "Égypte"),
    ("ES", "Espagne"),
    ("FR", "France"),
    ("GB", "Royaume-Uni"),
    ("GR", "Grèce"),
    ("IE", "Irlande"),
    ("IL", "Israël"),
    ("IT", "Italie"),
    ("KE", "Kenya"),
    ("LU", "Luxembourg"),
    ("MA", "Maroc"),
    ("MC", "Monaco"),
    ("MG", "Madagascar"),
    ("NL", "Pays-Bas"),
    ("NO", "Norvège"),
    ("NZ", "Nouvelle-Zélande"),
    ("PE", "Pérou"),
    ("PL", "Pologne"),
    ("PT", "Portugal"),
    ("SN", "Sénégal"),
    ("TN", "Tunisie"),
    ("TR", "Turquie"),
    ("US", "États-Unis"),
    ("ZA", "Afrique du Sud"),
];

/// The French name of a country's code, or the text as it is.
pub(crate) fn country(text: &str) -> &str {
    COUNTRIES.iter().find(|(code, _)| *code == text).map_or(text, |(_, name)| name)
}

/// Why an allowance or charge: the ERP's reason, else what it is.
pub(crate) fn reason(adjustment: &Adjustment) -> &str {
    match (adjustment.reason.trim(), adjustment.kind) {
        ("", AdjustmentKind::Allowance) => "Remise",
        ("", AdjustmentKind::Charge) => "Frais",
        (reason, _) => reason,
    }
}

/// ` (5 %)`, to be put after a reason.
pub(crate) fn percentage(percentage: Decimal) -> String {
    format!(" ({}{NARROW}%)", decimal(percentage, 0))
}

fn decimal(value: Decimal, places: u32) -> String {
    let value = value.normalize();
    let text = if value.scale() < places {
        let mut padded = value;
        padded.rescale(places);
        padded.to_string()
    } else {
        value.to_string()
    };
    let (sign, digits) = text.strip_prefix('-').map_or(("", text.as_str()), |digits| ("-", digits));
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let mut out = sign.to_owned();
    for (i, digit) in whole.chars().enumerate() {
        if i > 0 && (whole.len() - i).is_multiple_of(3) {
            out.push(NARROW);
        }
        out.push(digit);
    }
    if !fraction.is_empty() {
        out.push(',');
        out.push_str(fraction);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn money(text: &str) -> Money {
        text.parse().expect("an amount")
    }

    #[test]
    fn amounts_have_a_decimal_comma_and_narrow_no_break_thousands() {
        for (value, written) in [
            ("0", "0,00"),
            ("-0.05", "-0,05"),
            ("999.99", "999,99"),
            ("1234.56", "1\u{202f}234,56"),
            ("-1234567.8", "-1\u{202f}234\u{202f}567,80"),
        ] {
            assert_eq!(amount(money(value)), written);
        }
        assert_eq!(amount_in(money("12"), "EUR"), "12,00\u{a0}€");
        assert_eq!(amount_in(money("12"), "CHF"), "12,00\u{a0}CHF");
    }

    #[test]
    fn prices_quantities_and_rates_keep_the_decimals_they_have() {
        let exact = |text: &str| text.parse::<Decimal>().expect("a decimal");
        assert_eq!(price(UnitPrice::new(exact("13.35"))), "13,35");
        assert_eq!(price(UnitPrice::new(exact("13"))), "13,00");
        assert_eq!(price(UnitPrice::new(exact("0.123456"))), "0,123456");
        assert_eq!(quantity(Quantity::new(exact("12.500"))), "12,5");
        assert_eq!(quantity(Quantity::new(exact("-1200"))), "-1\u{202f}200");
        assert_eq!(rate(VatRate::from_basis_points(550)), "5,5\u{202f}%");
        assert_eq!(rate(VatRate::from_basis_points(2000)), "20\u{202f}%");
    }

    #[test]
    fn dates_and_numbers_are_grouped_the_french_way() {
        assert_eq!(date("2026-11-04".parse().expect("a date")), "04/11/2026");
        assert_eq!(business_number("40483304800022"), "404\u{a0}833\u{a0}048\u{a0}00022");
        assert_eq!(business_number("404833048"), "404\u{a0}833\u{a0}048");
        assert_eq!(grouped("FR14 2004 10", 4), "FR14\u{a0}2004\u{a0}10");
    }
}
