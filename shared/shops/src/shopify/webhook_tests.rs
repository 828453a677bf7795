use std::collections::BTreeMap;

use jiff::Timestamp;
use proptest::prelude::*;

use super::*;
use crate::webhook::sign;

const UPDATED: &str = include_str!("../../../../tests/fixtures/shopify/webhook-orders-updated.json");
const EDITED: &str = include_str!("../../../../tests/fixtures/shopify/webhook-orders-edited.json");
const REFUNDED: &str = include_str!("../../../../tests/fixtures/shopify/webhook-refunds-create.json");
const RETURNED: &str = include_str!("../../../../tests/fixtures/shopify/webhook-returns-request.json");

fn receive(
    topic: &str,
    body: &[u8],
    change: impl FnOnce(&mut BTreeMap<String, String>),
) -> Result<Vec<OrderId>, WebhookRefusal> {
    let headers = [
        (SIGNATURE, sign(body)),
        (TOPIC, topic.to_owned()),
        (SHOP, "rungis.myshopify.com".to_owned()),
        (TRIGGERED_AT, "2026-11-24T09:30:02.123456789Z".to_owned()),
    ];
    let mut headers = headers.map(|(name, value)| (name.to_owned(), value)).into();
    change(&mut headers);
    let received_at: Timestamp = "2026-11-24T09:30:05Z".parse().expect("a time");
    orders(&Webhook { headers: &headers, body, received_at }, "https://rungis.myshopify.com", "hunter2")
}

#[test]
fn every_topic_says_which_order_it_is_about() {
    for (topic, body) in [
        ("orders/updated", UPDATED),
        ("orders/create", UPDATED),
        ("orders/cancelled", UPDATED),
        ("orders/delete", r#"{"id": 5678901234567}"#),
        ("orders/edited", EDITED),
        ("refunds/create", REFUNDED),
        ("returns/request", RETURNED),
        (
            "returns/close",
            r#"{"id": 1, "order": {"admin_graphql_api_id": "gid://shopify/Order/5678901234567"}}"#,
        ),
        ("order_transactions/create", r#"{"id": 1, "order_id": 5678901234567}"#),
    ] {
        let ids = receive(topic, body.as_bytes(), |_| ()).expect(topic);
        assert_eq!(ids, [OrderId::new("5678901234567").expect("an id")], "{topic}");
    }
    assert_eq!(receive("products/update", br#"{"id": 1}"#, |_| ()), Ok(vec![]));
}

#[test]
fn what_is_forged_late_of_another_shop_or_broken_is_refused() {
    let receive = |change: fn(&mut BTreeMap<String, String>)| {
        receive("orders/updated", UPDATED.as_bytes(), change).expect_err("refused")
    };
    assert_eq!(receive(|h| drop(h.remove(SIGNATURE))), WebhookRefusal::Unsigned);
    assert_eq!(
        receive(|h| drop(h.insert(SIGNATURE.into(), sign(b"another")))),
        WebhookRefusal::WrongSignature
    );
    assert_eq!(
        receive(|h| drop(h.insert(TRIGGERED_AT.into(), "2026-11-20T09:30:02Z".into()))),
        WebhookRefusal::TooOld
    );
    for (header, value) in [
        (SHOP, "other.myshopify.com"),
        (TRIGGERED_AT, "yesterday"),
        (SHOP, ""),
        (TOPIC, ""),
        (TRIGGERED_AT, ""),
    ] {
        let body = UPDATED.as_bytes();
        let refusal =
            super::tests::receive("orders/updated", body, |h| drop(h.insert(header.into(), value.into())));
        assert!(matches!(refusal, Err(WebhookRefusal::Malformed(_))), "{header}: {refusal:?}");
    }
    for body in ["", "{}", "[]", "nonsense", r#"{"id": "x"}"#, r#"{"id": -1}"#] {
        let refusal = super::tests::receive("orders/updated", body.as_bytes(), |_| ());
        assert!(matches!(refusal, Err(WebhookRefusal::Malformed(_))), "{body}: {refusal:?}");
    }
}

proptest! {
    #[test]
    fn no_signed_body_makes_it_panic(body in prop::collection::vec(any::<u8>(), 0..200), topic in ".*") {
        drop(receive(&topic, &body, |_| ()));
    }
}
