//! Items that older programs wrote are read as they are.

use serde_dynamo::{AttributeValue, Item};

use passerelle_domain::{BatchId, Money, OrderKey, Rejection, Revision, ShopId};

use super::*;
use crate::OrderStatus;
use crate::table::Record;
use crate::table::{Write, decode, put, text};

fn item<R: Record>(record: &R, expected: Option<u64>) -> Item {
    match put("test", record, expected).expect("an item") {
        Write::Put { item, .. } => item,
        Write::Check { .. } => unreachable!("put makes a put"),
    }
}

fn head() -> OrderRecord {
    let revision = Revision::of(&b"a");
    let id: BatchId = "2026-11-24-001".parse().expect("a batch");
    OrderRecord {
        key: OrderKey {
            shop: ShopId::new("rungis").expect("a shop"),
            id: "42".to_owned().try_into().expect("an id"),
        },
        status: OrderStatus::Quarantined,
        revision: revision.clone(),
        revisions: 2,
        sale: Some(passerelle_domain::OrderState::Confirmed),
        modified_at: "2026-11-24T00:00:00.5Z".parse().expect("an instant"),
        updated_at: "2026-11-24T00:00:01Z".parse().expect("an instant"),
        claimed: Some((id, revision)),
        exported: None,
        replaced: None,
        acknowledgement: None,
        rejection: Some(Rejection::new("totals_mismatch", "total", "", "they agree")),
        repairs: None,
        raw_key: "raw/rungis/42.json".into(),
        total: Money::from_cents(-5),
        history: vec![],
    }
}

#[test]
fn an_order_reads_back_from_its_item() {
    let item = item(&head(), Some(6));
    assert_eq!((text(&item, "pk"), text(&item, "sk")), ("ORDER#rungis#42", "HEAD"));
    assert!(text(&item, "state_key").starts_with("order:quarantined#"));
    assert_eq!(text(&item, "state_since"), "2026-11-24T00:00:01.000000000Z#rungis/42");
    assert_eq!(item.get("schema"), Some(&AttributeValue::N("1".into())));
    let read = decode::<OrderRecord>("test", item).expect("reads back");
    let entered =
        StateChange { state: "quarantined".into(), at: head().updated_at, detail: "totals_mismatch".into() };
    assert_eq!((read.record, read.version), (OrderRecord { history: vec![entered], ..head() }, 7));
}

#[test]
fn content_is_one_compressed_binary_attribute() {
    let member = Member { key: head().key, revision: head().revision, replaces: None };
    let batch = Batch {
        id: BatchId { day: "2026-11-24".parse().expect("a day"), number: 1 },
        state: BatchState::Open,
        fencing: 3,
        members: vec![member; 500],
        object_key: None,
        content: None,
        updated_at: head().updated_at,
        history: vec![],
    };
    let item = item(&batch, None);
    assert!(matches!(item.get("members"), Some(AttributeValue::B(bytes)) if bytes.len() < 2_000));
    let read = decode::<Batch>("test", item).expect("reads back");
    let history = read.record.history.clone();
    assert_eq!((read.record, read.version), (Batch { history, ..batch }, 1));
}

#[test]
fn an_item_of_an_older_program_is_read() {
    let mut older = item(&head(), Some(3));
    older.remove("history").expect("newer items have a history");
    assert_eq!(older.get("repairs"), None, "nor repairs");
    let read = decode::<OrderRecord>("read order", older).expect("reads");
    assert_eq!((read.record, read.version), (head(), 4));
    let lease = LeaseRecord {
        job: "export-orders".into(),
        owner: None,
        expires_at: head().updated_at,
        fencing: 7,
        taken_at: Some(head().updated_at),
    };
    let mut older = item(&lease, None);
    older.remove("taken_at").expect("newer items say when it was taken");
    let read = decode::<LeaseRecord>("read lease", older).expect("reads").record;
    assert_eq!((read.taken_at, read.expires_at, read.fencing), (None, lease.expires_at, 7));
}

#[test]
fn an_item_that_cannot_be_understood_is_refused_with_its_key() {
    let mut newer = item(&head(), None);
    newer.insert("schema".into(), AttributeValue::N("2".into()));
    let mut damaged = item(&head(), None);
    damaged.insert("status".into(), AttributeValue::S("lost".into()));
    for (item, cause) in [(newer, "schema 2"), (damaged, "lost")] {
        let failure = decode::<OrderRecord>("read order", item).err().expect("refused");
        assert_eq!(failure.kind(), passerelle_domain::FailureKind::Misconfigured);
        let text = failure.to_string();
        assert!(text.starts_with("read order ORDER#rungis#42 HEAD: ") && text.contains(cause), "{text}");
    }
}
