//! Secrets, and addresses for invoices: the same for all systems.

use passerelle_domain::FailureKind;
use serde_json::json;

use crate::kit::{config, connect, invoice_number, publication, secret};

/// Systems whose invoices go to an address of their own.
const WITH_INVOICES_URL: [&str; 3] = ["prestashop", "magento", "shopify"];

#[test]
fn a_wrong_secret_is_refused_without_repeating_it() {
    for system in ["prestashop", "woocommerce", "magento", "shopify"] {
        let config = config(system, "https://shop.example", json!({}));
        let empty = secret().to_string().replace("hunter2", "");
        for wrong in ["", "hunter2", r#"{"tokn": "hunter2"}"#, r#"["hunter2"]"#, empty.as_str()] {
            let failure = config.connect(wrong).err().expect("a failure");
            assert_eq!(failure.kind(), FailureKind::Misconfigured, "{system}");
            assert!(!failure.to_string().contains("hunter2"), "{failure}");
        }
        config.connect(&secret().to_string()).expect("a client");
    }
}

#[test]
fn an_address_for_invoices_needs_its_token_in_the_secret() {
    for system in WITH_INVOICES_URL {
        let fields = json!({ "invoices_url": "https://shop.example/passerelle" });
        let config = config(system, "https://shop.example", fields);
        let failure = config.connect(&secret().to_string()).err().expect("no token");
        assert_eq!(failure.kind(), FailureKind::Misconfigured);
        assert!(failure.to_string().contains("has no invoices_token"), "{failure}");
        let mut secret = secret();
        secret["invoices_token"] = json!("hunter2");
        config.connect(&secret.to_string()).expect("a client");
    }
}

#[tokio::test]
async fn without_an_address_for_invoices_none_is_sent() {
    let number = invoice_number("F1");
    for system in WITH_INVOICES_URL {
        let shop = connect(system, "http://127.0.0.1:9", json!({}));
        let failure = shop.publish_invoice(&publication(&number, "9")).await.expect_err("nowhere to go");
        assert_eq!(failure.kind(), FailureKind::Misconfigured);
        assert!(failure.to_string().contains("invoices_url"), "{failure}");
    }
}

#[tokio::test]
async fn an_account_that_is_no_number_is_refused_before_it_is_asked_for() {
    let number = invoice_number("F1");
    for system in ["prestashop", "woocommerce", "magento"] {
        let mut fields = json!({ "invoices_url": "http://127.0.0.1:9/passerelle" });
        if system == "woocommerce" {
            fields = json!({});
        }
        let mut secret = secret();
        secret["invoices_token"] = json!("hunter2");
        let shop =
            config(system, "http://127.0.0.1:9", fields).connect(&secret.to_string()).expect("a client");
        let failure = shop.publish_invoice(&publication(&number, "zoe")).await.expect_err("no number");
        assert_eq!(failure.kind(), FailureKind::Rejected, "{failure}");
    }
}
