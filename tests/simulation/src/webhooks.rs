//! Webhooks: requests as the shops' systems sign them, good and forged.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use futures::FutureExt;
use futures::future::LocalBoxFuture;
use hmac::{Hmac, KeyInit, Mac};
use jiff::{SignedDuration, Timestamp};
use passerelle_domain::OrderId;
use passerelle_flows::webhook::Request;
use passerelle_services::Clock;
use passerelle_shops::{Shop, ShopConfig};
use sha2::Sha256;

use crate::services::Services;
use crate::shop::Kind;

const SECRET: &str = "of the shops";

/// The real clients: what a signature must be like is theirs to say.
static CLIENTS: LazyLock<[Arc<dyn Shop>; 2]> = LazyLock::new(|| {
    let client = |system: &str, id: &str, secret: &str| {
        let config = format!(
            "system = \"{system}\"\nid = \"{id}\"\nurl = \"https://{id}.example\"\nsince = \"2026-01-01T00:00:00Z\""
        );
        let config: ShopConfig = toml::from_str(&config).expect("a configuration");
        config.connect(secret).expect("a client")
    };
    let woocommerce =
        format!(r#"{{"consumer_key": "ck", "consumer_secret": "cs", "webhook_secret": "{SECRET}"}}"#);
    let prestashop = format!(r#"{{"key": "key", "webhook_secret": "{SECRET}"}}"#);
    [client("woocommerce", "rungis", &woocommerce), client("prestashop", "halles", &prestashop)]
});

/// The client for the webhooks of this kind of shop.
pub fn client(kind: Kind) -> &'static dyn Shop {
    match kind {
        Kind::Keyset => &*CLIENTS[0],
        Kind::Apart => &*CLIENTS[1],
    }
}

/// What is right or wrong with a webhook.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signed {
    /// It is the shop's.
    Rightly,
    /// Somebody else's, without the secret.
    Wrongly,
    /// Without any signature.
    Not,
}

/// A request on its way, and how it is signed.
#[derive(Clone, Debug)]
pub struct Sent {
    request: Request,
    signed: Signed,
    /// How often it is sent while nobody responds.
    pub tries: u32,
}

impl Sent {
    /// A shop's webhook: an order changed at an instant.
    pub fn about(order: &OrderId, shop: &str, kind: Kind, at: Timestamp, signed: Signed) -> Self {
        let (header, body) = match kind {
            Kind::Keyset => (
                "x-wc-webhook-signature",
                format!(r#"{{"id": {order}, "date_modified_gmt": "{}"}}"#, at.strftime("%FT%T")),
            ),
            Kind::Apart => (
                "x-passerelle-signature",
                format!(r#"{{"order_ids": [{order}], "sent_at": {}}}"#, at.as_second()),
            ),
        };
        let secret = if signed == Signed::Wrongly { "a guess" } else { SECRET };
        let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(secret.as_bytes()).expect("a key");
        mac.update(body.as_bytes());
        let signature = STANDARD.encode(mac.finalize().into_bytes());
        let headers = if signed == Signed::Not {
            BTreeMap::new()
        } else {
            BTreeMap::from([(header.to_owned(), signature)])
        };
        let request =
            Request { method: "POST".into(), path: format!("/{shop}"), headers, body: body.into_bytes() };
        Self { request, signed, tries: 3 }
    }

    /// The same, sent again.
    pub fn once_more(&self) -> Self {
        Self { tries: self.tries - 1, ..self.clone() }
    }
}

impl Services {
    /// A request to the function's URL: its deadline, its work.
    pub fn request(&self, sent: &Sent) -> (Timestamp, LocalBoxFuture<'static, bool>) {
        let (deps, world) = (self.webhook_deps(), self.world.clone());
        let Sent { request, signed, .. } = sent.clone();
        let work = async move {
            let response = passerelle_flows::webhook::respond(&deps, &request).await;
            let path = &request.path;
            world.note("", || format!("{signed:?} signed webhook on {path}: {}", response.status));
            let expected: &[u16] = if signed == Signed::Rightly { &[200, 503] } else { &[401] };
            if !expected.contains(&response.status) {
                let how = format!("{signed:?} signed: {}", response.status);
                world.broken("only a webhook that is rightly signed is followed", path, how);
            }
            response.status != 503
        };
        (self.world.now() + SignedDuration::from_secs(30), work.boxed_local())
    }
}
