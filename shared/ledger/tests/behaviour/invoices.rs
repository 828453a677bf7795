use passerelle_domain::{Digest, FailureKind};
use passerelle_ledger::{InvoiceRecord, InvoiceState, Registered, Window, invoice_fits};

use crate::given::*;

async fn register(ledger: &Given, note: &str, now: i64) -> Registered {
    ledger.register_invoice(&invoice(1, note), &drop_of("v1"), at(now)).await.expect("registered")
}

async fn stored(ledger: &Given) -> InvoiceRecord {
    ledger.invoice(&number(1)).await.expect("read").expect("there")
}

fn pdf() -> (&'static str, Digest) {
    ("invoices/pdf/F2026~0001.pdf", Digest::of(b"%PDF-1.7"))
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
        announced_again: 0,
        updated_at: at(10),
        history: changes(&[("registered", 10, "")]),
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
    let lived = changes(&[("registered", 10, ""), ("rendered", 20, ""), ("published", 30, "rungis/17")]);
    assert_eq!(record.history, lived);
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

pub async fn an_unpublishable_invoice_can_be_tried_again(ledger: Given) {
    register(&ledger, "", 10).await;
    let publishable = async |now| ledger.invoice_publishable(&number(1), at(now)).await.expect("asked");
    assert!(!publishable(15).await, "it has no PDF yet");
    assert!(rendered(&ledger).await);
    assert!(!publishable(22).await, "it is being published");
    assert!(unpublishable(&ledger).await);
    assert!(publishable(40).await);
    assert!(!publishable(41).await, "again");
    let record = stored(&ledger).await;
    assert_eq!((record.state, record.updated_at), (InvoiceState::Rendered, at(40)));
    assert!(record.pdf.is_some(), "the same PDF");
    assert!(published(&ledger, "17").await);
    assert!(!publishable(50).await, "it is published");
    assert!(!ledger.invoice_publishable(&number(2), at(50)).await.expect("asked"), "there is none");
}

pub async fn announcements_are_counted_within_a_state(ledger: Given) {
    let count =
        async |state, times| ledger.invoice_announced_again(&number(1), state, times).await.expect("asked");
    assert!(!count(InvoiceState::Registered, 1).await, "there is no such invoice");
    register(&ledger, "", 10).await;
    assert!(count(InvoiceState::Registered, 1).await);
    assert!(count(InvoiceState::Registered, 2).await);
    assert!(!count(InvoiceState::Rendered, 9).await, "it is not in that state");
    let listed = ledger.invoices_in(InvoiceState::Registered, Window::all(9)).await.expect("listed");
    assert_eq!((listed[0].announced_again, listed[0].updated_at), (2, at(10)));
    assert_eq!((&listed[0].drop, &listed[0].pdf), (&drop_of("v1"), &None));
    assert!(rendered(&ledger).await);
    let record = stored(&ledger).await;
    assert_eq!((record.announced_again, record.history.len()), (0, 2), "a new state begins at 0");
}

pub async fn states_are_not_skipped(ledger: Given) {
    assert!(!rendered(&ledger).await, "there is no such invoice");
    register(&ledger, "", 10).await;
    assert!(!published(&ledger, "17").await);
    assert!(!unpublishable(&ledger).await);
    assert_eq!(stored(&ledger).await.state, InvoiceState::Registered);
}

pub async fn an_invoice_that_no_item_can_hold_is_refused_by_itself(ledger: Given) {
    let (large, drop) = (invoice(1, &huge()), drop_of("1"));
    let rejection = invoice_fits(&large, &drop).expect_err("too large");
    assert_eq!((rejection.code.as_str(), rejection.field.as_str()), ("too_large", "invoice"));
    let failure = ledger.register_invoice(&large, &drop, at(0)).await.expect_err("too large");
    assert_eq!(failure.kind(), FailureKind::Rejected, "{failure}");
    assert_eq!(ledger.invoice(&number(1)).await.expect("read"), None);
    invoice_fits(&invoice(2, "a"), &drop).expect("an invoice of usual size");
}
