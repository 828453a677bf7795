use passerelle_domain::Revision;
use passerelle_ledger::{InvoiceRecord, InvoiceState, Registered};

use crate::given::*;

async fn register(ledger: &Given, note: &str, now: i64) -> Registered {
    ledger.register_invoice(&invoice(1, note), &drop_of("v1"), at(now)).await.expect("registered")
}

async fn stored(ledger: &Given) -> InvoiceRecord {
    ledger.invoice(&number(1)).await.expect("read").expect("there")
}

fn pdf() -> (&'static str, Revision) {
    ("invoices/pdf/F2026~0001.pdf", Revision::of_bytes(b"%PDF-1.7"))
}

async fn rendered(ledger: &Given) -> bool {
    let (key, content) = pdf();
    ledger.invoice_rendered(&number(1), key, &content, at(20)).await.expect("asked")
}

async fn published(ledger: &Given, account: &str) -> bool {
    ledger.invoice_published(&number(1), &shop(), account, at(30)).await.expect("asked")
}

async fn unpublishable(ledger: &Given) -> bool {
    ledger.invoice_unpublishable(&number(1), at(25)).await.expect("asked")
}

pub async fn an_invoice_is_registered_once_and_reads_back(ledger: Given) {
    assert_eq!(ledger.invoice(&number(1)).await.expect("read"), None);
    assert_eq!(register(&ledger, "", 10).await, Registered::New);
    let expected = InvoiceRecord {
        invoice: invoice(1, ""),
        revision: invoice(1, "").revision(),
        state: InvoiceState::Registered,
        drop: drop_of("v1"),
        pdf: None,
        published: None,
        updated_at: at(10),
    };
    assert_eq!(stored(&ledger).await, expected);
    let again = ledger.register_invoice(&invoice(1, ""), &drop_of("v2"), at(20)).await;
    assert_eq!(again.expect("registered"), Registered::Same(InvoiceState::Registered));
    assert_eq!(stored(&ledger).await, expected);
    assert!(rendered(&ledger).await);
    assert_eq!(register(&ledger, "", 30).await, Registered::Same(InvoiceState::Rendered));
}

pub async fn other_content_under_a_number_is_kept_beside_it(ledger: Given) {
    register(&ledger, "first", 10).await;
    assert!(rendered(&ledger).await);
    let before = stored(&ledger).await;
    assert_eq!(ledger.invoice_conflicts(&number(1)).await.expect("listed"), []);
    for note in ["second", "third", "second"] {
        assert_eq!(register(&ledger, note, 40).await, Registered::Conflict, "{note}");
    }
    assert_eq!(register(&ledger, "first", 50).await, Registered::Same(InvoiceState::Rendered));
    assert_eq!(stored(&ledger).await, before);
    let conflicts = ledger.invoice_conflicts(&number(1)).await.expect("listed");
    let mut expected = [invoice(1, "second"), invoice(1, "third")];
    expected.sort_by_key(|invoice| invoice.revision());
    assert_eq!(conflicts, expected);
    assert_eq!(ledger.invoice_conflicts(&number(2)).await.expect("listed"), []);
}

pub async fn an_invoice_goes_from_registered_to_published(ledger: Given) {
    register(&ledger, "", 10).await;
    assert!(rendered(&ledger).await);
    let (key, content) = pdf();
    let record = stored(&ledger).await;
    assert_eq!((record.state, record.updated_at), (InvoiceState::Rendered, at(20)));
    assert_eq!(record.pdf, Some((key.into(), content)));
    assert!(!rendered(&ledger).await, "again");
    assert!(published(&ledger, "17").await);
    assert!(!published(&ledger, "18").await, "again");
    assert!(!rendered(&ledger).await, "long ago");
    assert!(!unpublishable(&ledger).await, "too late");
    let record = stored(&ledger).await;
    assert_eq!((record.state, record.updated_at), (InvoiceState::Published, at(30)));
    assert_eq!(record.published, Some((shop(), "17".into())));
    assert_eq!(record.invoice, invoice(1, ""));
}

pub async fn an_invoice_without_an_account_can_be_published_later(ledger: Given) {
    register(&ledger, "", 10).await;
    assert!(rendered(&ledger).await);
    assert!(unpublishable(&ledger).await);
    assert!(!unpublishable(&ledger).await, "again");
    assert!(!rendered(&ledger).await, "before");
    let record = stored(&ledger).await;
    assert_eq!((record.state, record.published), (InvoiceState::Unpublishable, None));
    assert!(published(&ledger, "17").await);
    assert_eq!(stored(&ledger).await.state, InvoiceState::Published);
}

pub async fn states_are_not_skipped(ledger: Given) {
    assert!(!rendered(&ledger).await, "there is no such invoice");
    register(&ledger, "", 10).await;
    assert!(!published(&ledger, "17").await);
    assert!(!unpublishable(&ledger).await);
    assert_eq!(stored(&ledger).await.state, InvoiceState::Registered);
}
