//! The one list of what waits for a person: what is on it, and what takes it off again.

use passerelle_domain::{Invoice, InvoiceKind, Money, Order, OrderState, Rejection};
use passerelle_flows::reconcile::{Balance, page};
use passerelle_flows::todo::{Kind, LOOKED_BACK};
use passerelle_ledger::{DropId, DropOutcome, Settled};

use super::given::*;

impl House {
    /// The kind, the subject and the count of each thing that waits.
    async fn todo(&self) -> Vec<(Kind, String, u64)> {
        let report = self.reconcile().await;
        report.todo.into_iter().map(|waiting| (waiting.kind, waiting.subject, waiting.count)).collect()
    }

    /// A file that is refused whole.
    async fn refuse(&self, name: &str) -> DropId {
        let drop = self.begin(name).await;
        let rejection = Rejection::new("truncated", "line 9", "", "the file ends in the middle of a row");
        let rejects_key = Some(format!("invoices/rejected/{name}.txt"));
        self.finish(&drop, &DropOutcome::Rejected { rejection, rejects_key }).await;
        drop
    }

    /// A file with these invoices, of which those numbered `rejected` are rejected.
    async fn take_in_part(&self, name: &str, invoices: &[&Invoice], rejected: &[u32]) -> DropId {
        let (drop, new) = self.register_all(name, invoices).await;
        let of_file = |count: usize| u32::try_from(count).expect("few");
        let figures = [new, of_file(invoices.len()) - new, 0, of_file(rejected.len())];
        let outcome = accepted_in_part(
            of_file(invoices.len() + rejected.len()),
            figures,
            invoices.iter().map(|invoice| invoice.signed_gross()).sum(),
            (!rejected.is_empty()).then(|| format!("invoices/rejected/{name}.csv")),
            rejected.iter().map(|n| set_aside(number(n), 3)).collect(),
        );
        self.finish(&drop, &outcome).await;
        drop
    }
}

#[tokio::test]
async fn a_refused_file_waits_until_a_later_version_is_accepted() {
    let house = House::at("18:00");
    let first = house.refuse("factures.csv").await;
    assert_eq!(house.todo().await, [(Kind::FilesRefused, first.to_string(), 1)]);
    house.wait(5);
    let second = house.refuse("factures.csv").await;
    assert_eq!(house.todo().await, [(Kind::FilesRefused, second.to_string(), 1)], "once a name");
    house.wait(5);
    house.take_in_part("other.csv", &[], &[]).await;
    assert_eq!(house.todo().await.len(), 1, "another file is no correction");
    house.take_in_part("factures.csv", &[], &[]).await;
    assert_eq!(house.todo().await, []);
}

#[tokio::test]
async fn a_refused_file_of_weeks_ago_does_not_wait() {
    let house = House::at("18:00");
    house.refuse("factures.csv").await;
    house.wait(LOOKED_BACK.as_mins());
    assert_eq!(house.todo().await.len(), 1);
    house.wait(1);
    assert_eq!(house.todo().await, []);
}

#[tokio::test]
async fn rejected_invoices_wait_until_each_number_is_registered() {
    let house = House::at("18:00");
    let file = house.take_in_part("factures.csv", &[&invoice(1)], &[2, 3]).await;
    let rejected = |drop: &DropId, count| (Kind::InvoicesRejected, drop.to_string(), count);
    let report = house.reconcile().await;
    assert_eq!(report.todo[0].names, ["F2026/0002", "F2026/0003"]);
    assert_eq!(report.todo[0].why, "totals_mismatch");
    house.wait(5);
    let again = house.take_in_part("copie.csv", &[&invoice(1)], &[2, 3]).await;
    assert_eq!(house.todo().await, [rejected(&again, 2)], "not twice because the file came twice");
    house.wait(5);
    house.take_in_part("corrigées.csv", &[&invoice(2)], &[]).await;
    assert_eq!(house.todo().await, [rejected(&again, 1)]);
    house.wait(5);
    house.take_in_part("factures.csv", &[&invoice(1), &invoice(3)], &[2]).await;
    assert_eq!(house.todo().await, [], "number 2 is registered, whatever an old file says");
    assert_ne!(file, again);
}

#[tokio::test]
async fn a_conflict_waits_until_a_person_says_that_it_is_settled() {
    let house = House::at("18:00");
    house.take_in_part("factures.csv", &[&invoice(1)], &[]).await;
    let changed = Invoice { note: "other".into(), ..invoice(1) };
    house.ledger.register_invoice(&changed, &house.drop("again.csv"), house.now()).await.expect("kept");
    house.render_and_publish(&invoice(1)).await;
    house.wait(60 * 24 * 90);
    let report = house.reconcile().await;
    let conflict = &report.todo[0];
    assert_eq!((conflict.kind, &*conflict.subject), (Kind::InvoiceConflicts, "F2026/0001"));
    assert_eq!(conflict.command, format!("passerelle todo done {} --why …", conflict.id));
    let settled = Settled {
        id: conflict.id.clone(),
        what: conflict.subject.clone(),
        why: "credit note AV12".into(),
        at: house.now(),
    };
    house.ledger.settle(&settled).await.expect("settled");
    assert_eq!(house.todo().await, []);
    let third = Invoice { note: "a third".into(), ..invoice(1) };
    house.ledger.register_invoice(&third, &house.drop("third.csv"), house.now()).await.expect("kept");
    assert_eq!(house.todo().await.len(), 1, "another content is another conflict");
}

#[tokio::test]
async fn a_customer_without_account_is_named_with_all_its_invoices() {
    let house = House::at("18:00");
    let mut bought = [invoice(1), invoice(2)];
    for invoice in &mut bought {
        invoice.buyer.address.name = "Bistrot du Port".into();
    }
    house.take_in_part("factures.csv", &bought.each_ref(), &[]).await;
    for invoice in &bought {
        house.render(invoice).await;
        house.unpublishable(invoice).await;
    }
    let report = house.reconcile().await;
    let customer = &report.todo[0];
    assert_eq!((&*customer.subject, customer.count), ("C00042 Bistrot du Port", 2));
    assert_eq!(customer.command, "passerelle republish --customer C00042");
    let page = page(&report);
    assert!(page.contains("Client sans compte") && page.contains("C00042 Bistrot du Port"), "{page}");
}

#[tokio::test]
async fn the_head_line_of_the_report_counts_all_that_waits() {
    let house = House::at("10:00");
    house.record_faulty(&key(6), &mismatch()).await;
    house.set("18:00");
    house.refuse("factures.csv").await;
    house.take_in_part("autres.csv", &[], &[7]).await;
    house.queues.lying_in("render-invoice-dlq").put(&["a message", "another"]);
    let report = house.reconcile().await;
    let kinds: Vec<Kind> = report.todo.iter().map(|waiting| waiting.kind).collect();
    let expected = [Kind::DeadLetters, Kind::FilesRefused, Kind::InvoicesRejected, Kind::OrdersQuarantined];
    assert_eq!(kinds, expected);
    let page = page(&report);
    for said in [
        "4\u{a0}choses attendent quelqu’un",
        "passerelle redrive render-invoice",
        "Lire invoices/rejected/factures.csv.txt",
        "F2026/0007",
        "passerelle quarantine replay rungis/6",
    ] {
        assert!(page.contains(said), "{said}: {page}");
    }
    assert!(!page.contains("rien n’attend personne"));
}

#[tokio::test]
async fn the_reports_total_of_invoices_is_that_of_the_file() {
    let house = House::at("18:00");
    let credit = Invoice { kind: InvoiceKind::CreditNote, ..invoice(2) };
    let drop = house.take_in_part("factures.csv", &[&invoice(1), &credit, &invoice(3)], &[]).await;
    let report = house.reconcile().await;
    let total: Money = report.invoices.values().map(|figures| figures.total).sum();
    let DropOutcome::Accepted { gross, .. } = house.outcome(&drop).await else { panic!("accepted") };
    assert_eq!((total, gross), (invoice(1).totals.gross, invoice(1).totals.gross));
}

#[tokio::test]
async fn what_is_set_aside_is_counted_once_and_without_cancelled_orders() {
    let house = House::at("09:00");
    let cancelled = Order { state: OrderState::Cancelled, ..order(1) };
    house.record(&cancelled).await;
    house.set("18:00");
    house.take_in_part("factures.csv", &[&invoice(1)], &[2]).await;
    house.render_and_publish(&invoice(1)).await;
    house.wait(5);
    house.take_in_part("factures.csv", &[&invoice(1)], &[2]).await;
    let report = house.reconcile().await;
    let expected = Balance { received: 1, cancelled: 1, ..Balance::default() };
    assert_eq!(report.order_balance, expected);
    let expected = Balance { received: 4, done: 1, set_aside: 1, elsewhere: 2, ..Balance::default() };
    assert_eq!(report.invoice_balance, expected);
    assert!(page(&report).contains("annulées</th>"));
}
