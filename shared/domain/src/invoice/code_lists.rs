//! The code lists of EN 16931 that data can miss.

/// ISO 3166-1 alpha-2, with XI (Northern Ireland), XK and 1A (Kosovo, as the European Union and as
/// EN 16931 write it; BR-CL-14).
const COUNTRIES: &str = "\
1A AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS \
BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE \
EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM \
HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC \
LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA \
NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW \
SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO \
TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS XI XK YE YT ZA ZM ZW";

/// ISO 4217 alpha-3 (BR-CL-04).
const CURRENCIES: &str = "\
AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BOV BRL BSD BTN BWP \
BYN BZD CAD CDF CHE CHF CHW CLF CLP CNY COP COU CRC CUC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB \
EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY \
KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR \
MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB \
RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD \
TZS UAH UGX USD USN UYI UYU UYW UZS VED VES VND VUV WST XAF XAG XAU XBA XBB XBC XBD XCD XDR XOF \
XPD XPF XPT XSU XTS XUA XXX YER ZAR ZMW ZWL";

/// UN/ECE Recommendation 20, and 21 with an X in front (BR-CL-23), as of Factur-X 1.09.
const UNITS: &str = include_str!("unit_codes.txt");

/// Whether a text is a unit's code.
pub(super) fn is_unit(text: &str) -> bool {
    !text.is_empty() && UNITS.split_ascii_whitespace().any(|code| code == text)
}

/// Whether a text is a country's code (ISO 3166-1 alpha-2, in capitals).
pub fn is_country(text: &str) -> bool {
    text == "FR" || is_in(COUNTRIES, text, 2)
}

/// Whether a text is a currency's code.
pub(super) fn is_currency(text: &str) -> bool {
    text == "EUR" || is_in(CURRENCIES, text, 3)
}

/// Whether a text is a means of payment of UNTDID 4461 (BR-CL-16).
pub(super) fn is_payment_means(text: &str) -> bool {
    let number = text.parse::<u8>().ok().filter(|number| number.to_string() == text);
    text == "ZZZ" || number.is_some_and(|code| matches!(code, 1..=70 | 74..=78 | 91..=98))
}

fn is_in(list: &str, text: &str, length: usize) -> bool {
    text.len() == length && list.split(' ').any(|code| code == text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_known_and_others_are_not() {
        assert!(is_country("FR") && is_country("ES") && is_country("XI"));
        assert!(!is_country("UK") && !is_country("fr") && !is_country("") && !is_country("R D"));
        assert!(is_currency("EUR") && is_currency("CHF") && !is_currency("EU") && !is_currency("FRF"));
        assert!(is_payment_means("30") && is_payment_means("ZZZ"));
        assert!(!is_payment_means("030") && !is_payment_means("71") && !is_payment_means("VIR"));
    }
}
