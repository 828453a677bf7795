//! Shop systems in this process, over real HTTP, that tests can change.

mod faults;
pub mod magento;
pub mod prestashop;
pub mod shopify;
pub mod woocommerce;

pub use faults::{Fault, Faults};

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use passerelle_domain::OrderState;
use passerelle_shops::Shop;
use serde_json::{Value, json};
use sha2::Sha256;
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, Request, Respond, ResponseTemplate};

use crate::kit;

/// Where the module for invoices is, of systems that want its address.
const INVOICES: &str = "/passerelle";

/// A shop system: what is in a shop, and how it answers.
pub trait System: Default + Send + 'static {
    /// Its name in the configuration.
    const NAME: &'static str;
    /// Whether an order can be moved to a state of the shop's own; one for accepted orders is configured.
    const OWN_STATES: bool = true;
    /// Whether its lists have the ERP's numbers.
    const LISTS_ERP_NUMBERS: bool = false;
    /// Whether invoices go to an address of their own.
    const INVOICES_URL: bool = true;
    /// The header with the signature of its messages.
    const SIGNATURE: &'static str = "x-passerelle-signature";

    /// What is configured besides.
    fn config() -> Value;
    /// The secret with this key.
    fn secret(key: &str) -> Value;
    /// Creates or changes an order of 10.00 net, 10.55 with VAT.
    fn put(&mut self, id: u32, modified: Timestamp, state: OrderState);
    /// Makes an order one that cannot be understood.
    fn spoil(&mut self, id: u32);
    /// Refunds 1.00 of an order, without a line.
    fn refund(&mut self, id: u32, modified: Timestamp);
    /// Opens an account.
    fn add_customer(&mut self, code: &str, account: u32);
    /// Whether there is an account, by the id that an invoice has.
    fn has_account(&self, id: &Value) -> bool;
    /// The shop's message about the change of an order: its body, and headers besides the signature.
    fn webhook(&self, id: u32) -> (String, Vec<(&'static str, String)>);
    /// Answers.
    fn respond(&mut self, common: &mut Common, request: &Request) -> ResponseTemplate;
}

/// What every shop has.
#[derive(Default)]
pub struct Common {
    /// Orders that the shop dies of when it is to show their content.
    pub broken: BTreeSet<u32>,
    /// How often orders were written to.
    pub writes: usize,
    invoices: BTreeMap<String, Value>,
    rotations: u32,
}

impl Common {
    /// The key that the shop takes.
    pub fn key(&self) -> String {
        format!("hunter2_{}", self.rotations)
    }

    /// Takes an invoice; of no account where `has_account` says so.
    pub fn publish(&mut self, number: &str, body: Value, has_account: bool) -> ResponseTemplate {
        if !has_account {
            return fault(404, "passerelle_no_such_customer");
        }
        match self.invoices.get(number) {
            None => {
                self.invoices.insert(number.to_owned(), body);
                ResponseTemplate::new(201).set_body_json(json!({}))
            }
            Some(before) if *before == body => ResponseTemplate::new(200).set_body_json(json!({})),
            Some(_) => fault(409, "passerelle_conflict"),
        }
    }
}

/// A fault as WordPress words it, and the contract of `accounts.rs`.
pub fn fault(status: u16, code: &str) -> ResponseTemplate {
    ResponseTemplate::new(status)
        .set_body_json(json!({ "code": code, "message": "…", "data": { "status": status } }))
}

/// The value of a header.
pub fn header<'a>(request: &'a Request, name: &str) -> Option<&'a str> {
    request.headers.get(name).and_then(|value| value.to_str().ok())
}

/// Whether MySQL finds a text by another: it ignores case, and spaces at the end.
pub fn is_found_by(text: &str, other: &str) -> bool {
    text.trim_end().eq_ignore_ascii_case(other.trim_end())
}

/// A running shop.
pub struct StandIn<S> {
    server: MockServer,
    shop: Running<S>,
    /// What goes wrong with answers.
    pub faults: Faults,
}

#[derive(Default)]
struct Running<S>(Arc<Mutex<(S, Common)>>);

impl<S> Running<S> {
    fn lock(&self) -> MutexGuard<'_, (S, Common)> {
        self.0.lock().expect("no test panicked with it")
    }
}

impl<S: System> Respond for Running<S> {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        let (system, common) = &mut *self.lock();
        let invoices = request.url.path().strip_prefix(INVOICES).filter(|_| S::INVOICES_URL);
        let Some(number) = invoices.and_then(|path| path.strip_prefix("/invoices/")) else {
            return system.respond(common, request);
        };
        if header(request, "authorization") != Some("Bearer tok_hunter2") {
            return fault(401, "passerelle_unauthorized");
        }
        let body: Value = request.body_json().expect("JSON");
        let has_account = system.has_account(&body["customer_id"]);
        common.publish(number, body, has_account)
    }
}

impl<S: System> StandIn<S> {
    /// A shop without orders, named `rungis`. Its secrets contain `hunter2`.
    pub async fn start() -> Self {
        let (server, shop, faults) = (MockServer::start().await, Running(Arc::default()), Faults::default());
        Mock::given(any()).respond_with(faults.before(Running(Arc::clone(&shop.0)))).mount(&server).await;
        Self { server, shop, faults }
    }

    /// A new connection with it, with the secret as it is now.
    pub fn connect(&self, page_size: u16) -> Arc<dyn Shop> {
        self.connection(page_size, 3)
    }

    /// The same, with one attempt a call: faults that stay are found out sooner.
    pub fn connect_hasty(&self, page_size: u16) -> Arc<dyn Shop> {
        self.connection(page_size, 1)
    }

    fn connection(&self, page_size: u16, attempts: u32) -> Arc<dyn Shop> {
        let mut fields = S::config();
        fields["page_size"] = json!(page_size);
        fields["attempts"] = json!(attempts);
        let mut secret = S::secret(&self.shop.lock().1.key());
        secret["webhook_secret"] = json!("wh_hunter2");
        if S::INVOICES_URL {
            fields["invoices_url"] = json!(format!("{}{INVOICES}", self.server.uri()));
            secret["invoices_token"] = json!("tok_hunter2");
        }
        let config = kit::config(S::NAME, &self.server.uri(), fields);
        config.connect(&secret.to_string()).expect("a client")
    }

    pub fn put(&self, id: u32, modified: Timestamp, state: OrderState) {
        self.shop.lock().0.put(id, modified, state);
    }

    pub fn spoil(&self, id: u32) {
        self.shop.lock().0.spoil(id);
    }

    pub fn refund(&self, id: u32, modified: Timestamp) {
        self.shop.lock().0.refund(id, modified);
    }

    pub fn add_customer(&self, code: &str, account: u32) {
        self.shop.lock().0.add_customer(code, account);
    }

    /// Makes every call fail with 500 whose answer would have this order's content.
    pub fn break_order(&self, id: u32) {
        self.shop.lock().1.broken.insert(id);
    }

    /// Ends that.
    pub fn fix_order(&self, id: u32) {
        self.shop.lock().1.broken.remove(&id);
    }

    /// How many calls changed an order.
    pub fn writes(&self) -> usize {
        self.shop.lock().1.writes
    }

    /// Takes another secret from now on; connections made before have the old one.
    pub fn rotate_secret(&self) {
        self.shop.lock().1.rotations += 1;
    }

    /// The shop's message about the change of an order: its headers in small letters, and its body.
    pub fn webhook(&self, id: u32) -> (BTreeMap<String, String>, Vec<u8>) {
        let (body, mut headers) = self.shop.lock().0.webhook(id);
        let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(b"wh_hunter2").expect("a key");
        mac.update(body.as_bytes());
        headers.push((S::SIGNATURE, STANDARD.encode(mac.finalize().into_bytes())));
        (headers.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(), body.into_bytes())
    }
}
