//! A shop whose key is rotated.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use passerelle_config::SecretShop;
use passerelle_domain::{CustomerCode, FailureKind, ShopId};
use passerelle_services::MemorySecrets;
use passerelle_shops::{Shop, ShopConfig, Webhook, WebhookRefusal};
use wiremock::matchers::{path, query_param};
use wiremock::{Mock, MockServer, ResponseTemplate};

/// A shop that knows one key and answers 401 to all others.
async fn shop(known_key: &str) -> (MockServer, ShopConfig) {
    let server = MockServer::start().await;
    let found =
        ResponseTemplate::new(200).set_body_json(serde_json::json!({"customer_id": 2, "erp_code": "C00042"}));
    let asked = || Mock::given(path("/wp-json/passerelle/v1/customers"));
    asked()
        .and(query_param("oauth_consumer_key", known_key))
        .respond_with(found)
        .with_priority(1)
        .mount(&server)
        .await;
    asked().respond_with(ResponseTemplate::new(401)).with_priority(2).mount(&server).await;
    let config = format!(
        "system = 'woocommerce'\nid = 'rungis'\nurl = '{}'\nsince = '2026-01-01T00:00:00Z'",
        server.uri()
    );
    (server, toml::from_str(&config).expect("a shop"))
}

fn secret(key: &str) -> String {
    format!(r#"{{"consumer_key": "{key}", "consumer_secret": "cs"}}"#)
}

#[tokio::test]
async fn a_rotated_secret_works_at_the_next_call() {
    let (_server, config) = shop("ck_new").await;
    let (rungis, code) =
        (ShopId::new("rungis").expect("a name"), CustomerCode::new("C00042").expect("a code"));
    let secrets = MemorySecrets::default();
    secrets.set(&rungis, &secret("ck_old"));
    let shop = SecretShop::connect(&config, Arc::new(secrets.clone())).await.expect("a secret");
    let refused = shop.find_customer(&code).await.expect_err("the old key");
    assert_eq!(refused.kind(), FailureKind::Misconfigured);

    secrets.set(&rungis, &secret("ck_new"));
    assert_eq!(shop.find_customer(&code).await.expect("the new key").as_deref(), Some("2"));
}

#[tokio::test]
async fn a_missing_secret_is_refused_at_start() {
    let (_server, config) = shop("ck").await;
    let missing = SecretShop::connect(&config, Arc::new(MemorySecrets::default())).await;
    assert_eq!(missing.err().map(|failure| failure.kind()), Some(FailureKind::Misconfigured));
}

#[tokio::test]
async fn a_shop_whose_secret_comes_later_works_from_then_on() {
    let (_server, config) = shop("ck").await;
    let (rungis, code) =
        (ShopId::new("rungis").expect("a name"), CustomerCode::new("C00042").expect("a code"));
    let secrets = MemorySecrets::default();
    let shop = SecretShop::later(&config, Arc::new(secrets.clone()));
    let webhook = Webhook { headers: &BTreeMap::new(), body: b"{}", received_at: Timestamp::UNIX_EPOCH };
    assert_eq!(shop.webhook(&webhook), Err(WebhookRefusal::NotSupported));
    let missing = shop.find_customer(&code).await.expect_err("no secret");
    assert_eq!(missing.kind(), FailureKind::Misconfigured);
    secrets.set(&rungis, &secret("ck"));
    assert_eq!(shop.find_customer(&code).await.expect("a secret").as_deref(), Some("2"));
    assert_eq!(shop.webhook(&webhook), Err(WebhookRefusal::Unsigned), "now it can be checked");
}
