//! How things are named on the command line, and times for people.

use clap::builder::{PossibleValuesParser, TypedValueParser};
use jiff::{SignedDuration, Timestamp};
use passerelle_domain::{CustomerCode, InvoiceNumber, OrderId, OrderKey, ShopId, paris};
use passerelle_services::Work;

/// Reads `rungis/1042`.
pub(crate) fn order(text: &str) -> Result<OrderKey, String> {
    let (shop, id) = text.split_once('/').ok_or_else(|| format!("{text:?} is no order (rungis/1042)"))?;
    Ok(OrderKey {
        shop: ShopId::new(shop).map_err(|error| error.to_string())?,
        id: OrderId::new(id).map_err(|error| error.to_string())?,
    })
}

/// Reads an invoice's number.
pub(crate) fn invoice(text: &str) -> Result<InvoiceNumber, String> {
    InvoiceNumber::new(text).map_err(|error| error.to_string())
}

/// Reads a customer's code in the ERP.
pub(crate) fn customer(text: &str) -> Result<CustomerCode, String> {
    CustomerCode::new(text).map_err(|error| error.to_string())
}

/// Reads the name of a queue.
pub(crate) fn work() -> impl TypedValueParser<Value = Work> {
    PossibleValuesParser::new(Work::ALL.iter().map(|work| work.as_str()))
        .map(|name| name.parse::<Work>().expect("it is one of the possible values"))
}

/// `2026-11-24 18:00:05`, in Paris.
pub(crate) fn instant(at: Timestamp) -> String {
    at.to_zoned_datetime(paris()).strftime("%Y-%m-%d %H:%M:%S").to_string()
}

/// `3 d 4 h`, `12 min`, `8 s`: roughly.
pub(crate) fn ago(now: Timestamp, then: Timestamp) -> String {
    let passed = now.duration_since(then).max(SignedDuration::ZERO);
    match (passed.as_secs(), passed.as_mins(), passed.as_hours()) {
        (seconds, 0, _) => format!("{seconds} s"),
        (_, minutes, 0) => format!("{minutes} min"),
        (_, minutes, hours @ ..=47) => format!("{hours} h {} min", minutes % 60),
        (_, _, hours) => format!("{} d {} h", hours / 24, hours % 24),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_is_its_shop_and_its_id() {
        assert_eq!(order("rungis/1042").expect("an order").to_string(), "rungis/1042");
        for wrong in ["1042", "Rungis/1", "rungis/", "rungis/a b"] {
            assert!(order(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_time_ago_is_rounded() {
        let ago = |seconds| ago(Timestamp::from_second(seconds).expect("an instant"), Timestamp::UNIX_EPOCH);
        assert_eq!([ago(8), ago(725), ago(7_500), ago(273_600)], ["8 s", "12 min", "2 h 5 min", "3 d 4 h"]);
    }
}
