//! Invoices in customers' accounts: one small contract for every shop system, which a plugin, module
//! or app on the shop's side implements.
//!
//! - `GET {base}/customers?erp_code=…` answers 200 with `{"customer_id": …, "erp_code": …}`, or 404 when no
//!   account has this code, or 409 when several have. `erp_code` is the code as the account has it: another
//!   than was asked for (in case, in zeros, in spaces) is another customer's.
//! - `PUT {base}/invoices/{number}` takes the invoice as JSON with the PDF in Base64. Idempotent by
//!   number: 201 when it is new, 200 when the same is there already, 409 when another is; 404 with the
//!   code `passerelle_no_such_customer` when the account is gone.
//!
//! A fault is `{"code": …, "message": …}`. No stock API for files is ever used: what is uploaded there
//! is public (`facts/shop-apis.md` 15 saw it on both systems tried).

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use passerelle_domain::{CustomerCode, Digest, FailureKind, Result};
use reqwest::Method;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::config::Connection;
use crate::http::{Answer, Authorization, Dialect, Format, Http, ShopFault, encode};
use crate::{Publication, Published};

/// The word for an account that is not there.
const NO_CUSTOMER: &str = "passerelle_no_such_customer";

/// The accounts of a shop.
pub(crate) struct Accounts {
    http: Arc<Http>,
    prefix: &'static str,
}

/// What WordPress, and so this contract, answers when it does not do what was asked.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Words {
    code: Value,
    message: Value,
}

/// The fault in an answer `{"code": …, "message": …}`; nothing in a success.
pub(crate) fn fault(answer: &Answer) -> Option<ShopFault> {
    if answer.status() < 400 {
        return None;
    }
    let words: Words = serde_json::from_slice(answer.body()).unwrap_or_default();
    let code = words.code.as_str().unwrap_or_default();
    let message = words.message.as_str().unwrap_or_default();
    // The plugin is missing, or the address is wrong.
    let missing = answer.status() == 404 && (code == "rest_no_route" || !answer.is_in_format());
    Some(ShopFault {
        code: code.to_owned(),
        words: if code.is_empty() && message.is_empty() {
            String::new()
        } else {
            format!("{code}: {message}")
        },
        kind: missing.then_some(FailureKind::Misconfigured),
        wait: None,
    })
}

impl Accounts {
    /// Accounts at an address of their own (`invoices_url`), with a bearer token (`invoices_token` of
    /// the secret); nothing where no address is configured.
    ///
    /// # Errors
    /// Misconfigured when the address is wrong or the token is missing.
    pub fn connect(shop: &Connection, url: &str, token: &str) -> Result<Option<Self>> {
        if url.is_empty() {
            return Ok(None);
        }
        if token.is_empty() {
            return Err(shop.misconfigured("the secret has no invoices_token, which invoices_url needs"));
        }
        let authorization = Authorization::Header { name: "authorization", value: format!("Bearer {token}") };
        let dialect = Dialect { format: Format::Json, fault };
        let http = Http::new(&shop.id, url, authorization, dialect, shop.limits)?;
        Ok(Some(Self { http: Arc::new(http), prefix: "" }))
    }

    /// Accounts at the shop's own address, below `prefix`. The shop's dialect has to be JSON with
    /// [`fault`].
    pub fn on(http: &Arc<Http>, prefix: &'static str) -> Self {
        Self { http: Arc::clone(http), prefix }
    }

    /// The account of an ERP customer.
    ///
    /// # Errors
    /// Of the network and of the other side; rejected when several accounts have the code.
    pub async fn find(&self, code: &CustomerCode) -> Result<Option<String>> {
        let path = format!("{}/customers", self.prefix);
        let query = [("erp_code", code.to_string())];
        let answer = self.http.get("find customer", &path).query(query).send().await?;
        if answer.is_not_found() {
            return Ok(None);
        }
        let account: Value = answer.json()?;
        let id = match &account["customer_id"] {
            Value::String(id) => id.trim().to_owned(),
            Value::Number(id) => id.to_string(),
            _ => String::new(),
        };
        if id.is_empty() {
            return Err(answer.because(FailureKind::Rejected, "the answer has no customer_id"));
        }
        let Some(found) = account["erp_code"].as_str() else {
            // It may be anybody's.
            let cause = "the answer has no erp_code: the shop's plugin is too old";
            return Err(answer.because(FailureKind::Misconfigured, cause));
        };
        Ok((found == code.as_str()).then_some(id))
    }

    /// Puts an invoice into an account.
    ///
    /// # Errors
    /// Of the network and of the other side; rejected when it holds another document under the number.
    pub async fn publish(&self, publication: &Publication<'_>) -> Result<Published> {
        let customer = publication.shop_customer;
        let body = json!({
            // As the shop writes its ids.
            "customer_id": customer.parse::<u64>().map_or_else(|_| json!(customer), |number| json!(number)),
            "kind": publication.kind,
            "issued_on": publication.issued_on,
            "due_on": publication.due_on,
            "currency": publication.currency,
            "gross": publication.gross,
            "due": publication.due,
            "sha256": Digest::of(publication.pdf),
            "pdf": STANDARD.encode(publication.pdf),
        });
        let path = format!("{}/invoices/{}", self.prefix, encode(publication.number.as_str()));
        let answer = self.http.request("publish invoice", Method::PUT, &path).json(&body).send().await?;
        let words: Words = serde_json::from_slice(answer.body()).unwrap_or_default();
        if answer.status() == 404 && words.code == NO_CUSTOMER {
            return Ok(Published::NoSuchCustomer);
        }
        let answer = answer.checked()?;
        match answer.status() {
            201 => Ok(Published::Now),
            200 if answer.is_in_format() => Ok(Published::Before),
            other => {
                let cause = format!("HTTP {other} instead of 200 or 201");
                Err(answer.because(FailureKind::Rejected, cause))
            }
        }
    }
}
