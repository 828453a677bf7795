//! Everything that may be dropped, and what becomes of it: the table in the crate's own page.

use passerelle_domain::Digest;
use passerelle_ledger::{DropOutcome, DropState};
use passerelle_services::{MemoryLogs, Metric};

use super::given::*;

#[tokio::test]
async fn the_same_version_again_changes_nothing() {
    let house = House::new();
    let object = house.file("f.csv", good());
    house.deliver(&object).await;
    assert_eq!((counts(&house.became(&object).await), house.announced()), ([3, 3, 0, 0, 0, 0], 3));
    house.deliver(&object).await;
    assert_eq!((counts(&house.became(&object).await), house.announced()), ([3, 3, 0, 0, 0, 0], 0));
    let metrics = [Metric::DropsAccepted, Metric::InvoicesRegistered, Metric::DuplicateDeliveries];
    assert_eq!(house.emitted(metrics), [1, 3, 1]);
}

#[tokio::test]
async fn the_same_content_under_another_name_registers_nothing_anew() {
    let house = House::new();
    house.dropped("f.csv", good()).await;
    assert_eq!(counts(&house.dropped("copie.csv", good()).await), [3, 0, 3, 0, 0, 0]);
    assert_eq!(counts(&house.dropped("f.csv", good()).await), [3, 0, 3, 0, 0, 0]);
}

#[tokio::test]
async fn a_corrected_file_brings_what_is_new_and_a_changed_invoice_conflicts() {
    let house = House::new();
    house.dropped("f.csv", good()).await;
    house.announced();
    let corrected = good_but("F2026-0002", "F2026-0009").into_iter().collect::<Vec<_>>();
    assert_eq!(counts(&house.dropped("f.csv", corrected).await), [3, 1, 2, 0, 0, 0]);
    let before = house.invoice("F2026-0001").await;
    // The customer of an invoice and of its credit note.
    let changed = good_but("Bistrot", "Bar");
    assert_eq!(counts(&house.dropped("f.csv", changed).await), [3, 0, 1, 2, 0, 0]);
    assert_eq!(house.invoice("F2026-0001").await, before, "the first content stands");
    assert_eq!(house.conflicts("F2026-0001").await, 1);
}

#[tokio::test]
async fn two_at_once_register_each_invoice_once() {
    let house = House::new();
    let (one, copy) = (house.file("f.csv", good()), house.file("copie.csv", good()));
    let (a, b, c) = tokio::join!(
        house.deliver_within(&one, 900),
        house.deliver_within(&one, 900),
        house.deliver_within(&copy, 900)
    );
    assert!(a.is_ok() && b.is_ok() && c.is_ok());
    for object in [&one, &copy] {
        let [invoices, new, same, others @ ..] = counts(&house.became(object).await);
        assert_eq!((invoices, new + same, others), (3, 3, [0; 3]));
    }
}

#[tokio::test]
async fn an_older_version_counts_as_the_first_even_if_it_is_delivered_last() {
    let house = House::new();
    let older = house.file("f.csv", good());
    let newer = house.file("f.csv", good_but("Bistrot", "Bar"));
    house.deliver(&newer).await;
    assert_eq!(counts(&house.became(&older).await), [3, 3, 0, 0, 0, 0], "it was taken in first");
    assert_eq!(counts(&house.became(&newer).await), [3, 0, 1, 2, 0, 0]);
    let name = house.invoice("F2026-0001").await.expect("registered").buyer.address.name;
    assert_eq!(name, "Bistrot d’Œuvre");
    house.announced();
    house.deliver(&older).await;
    assert_eq!((counts(&house.became(&older).await), house.announced()), ([3, 3, 0, 0, 0, 0], 0));
}

#[tokio::test]
async fn a_file_that_is_cut_off_is_refused_whole_and_kept() {
    let house = House::new();
    let bytes = good();
    for (name, length) in [("a.csv", bytes.len() / 2), ("b.csv", bytes.len() - 20), ("c.csv", 900)] {
        let (rejection, reason) = house.refused(name, &bytes[..length]).await;
        assert!(["truncated", "quotes", "column_count"].contains(&rejection.code.as_str()), "{rejection}");
        let copy = reason.lines().find_map(|line| line.strip_prefix("Copie du fichier : ")).expect("a copy");
        assert_eq!(house.bytes(copy).await, &bytes[..length], "as it came");
    }
    assert_eq!((house.invoice("F2026-0001").await, house.announced()), (None, 0));
}

#[tokio::test]
async fn what_is_no_csv_is_refused_and_said_what_it_is() {
    let house = House::new();
    for (name, bytes, code, value, said) in [
        ("vide.csv", &b""[..], "empty_file", "0 bytes", "Le fichier est vide."),
        ("blanc.csv", b"\r\n\r\n  \r\n", "empty_file", "", "Le fichier est vide."),
        (
            "f.zip",
            b"PK\x03\x04\x14\x00rest",
            "not_a_csv",
            "a ZIP archive or an Excel workbook (.xlsx)",
            "Ce n'est pas un fichier CSV",
        ),
        ("f.pdf", b"%PDF-1.7\n", "not_a_csv", "a PDF", "Ce n'est pas un fichier CSV"),
        ("f.csv", b"\xff\xfeF\x00a\x00", "encoding", "utf-16", "n'est pas celui qui est attendu (ligne 1)."),
    ] {
        let (rejection, reason) = house.refused(name, bytes).await;
        assert_eq!((rejection.code.as_str(), rejection.value.as_str()), (code, value), "{name}");
        assert!(reason.starts_with("Fichier refusé en entier") && reason.contains(said), "{reason}");
    }
    assert!(house.objects.keys("invoices/rejected/").iter().any(|key| key.ends_with(".pdf")), "as it came");
}

#[tokio::test]
async fn a_gigabyte_is_refused_by_its_size_and_not_copied() {
    let house = House::new();
    let mut object = house.file("f.csv", good());
    object.size = 1 << 30;
    house.deliver(&object).await;
    let DropOutcome::Rejected { rejection, .. } = house.became(&object).await else {
        panic!("it is refused")
    };
    assert_eq!(rejection.code, "too_large");
    assert_eq!(
        (rejection.value.as_str(), rejection.rule.as_str()),
        ("1073741824 bytes", "the file has more than 10485760 bytes")
    );
    assert!(house.objects.keys("invoices/rejected/").iter().all(|key| key.ends_with(".txt")));
}

#[tokio::test]
async fn a_size_that_was_not_announced_is_refused_too() {
    let house = House::new();
    let mut object = house.file("f.csv", vec![b'x'; 11 << 20]);
    object.size = 0;
    house.deliver(&object).await;
    let DropOutcome::Rejected { rejection, .. } = house.became(&object).await else {
        panic!("it is refused")
    };
    assert_eq!(rejection.code, "too_large");
}

#[tokio::test]
async fn a_file_that_was_taken_away_is_accounted_for() {
    let house = House::new();
    let object = house.file("f.csv", good());
    house.objects.remove(&object.key);
    house.deliver(&object).await;
    assert_eq!(house.drop_record(&object).await.expect("known").state, DropState::Rejected);
}

#[tokio::test]
async fn one_bad_invoice_goes_into_the_rejects_and_comes_back_corrected() {
    let house = House::new();
    let bad = good_but("F2026-0002;F;24/11/2026", "F2026-0002;F;24/13/2026");
    let outcome = house.dropped("f.csv", bad.clone()).await;
    assert_eq!(counts(&outcome), [3, 2, 0, 0, 1, 0]);
    assert_eq!(house.announced(), 2);
    let DropOutcome::Accepted { rejects_key: Some(key), .. } = outcome else { panic!("there are rejects") };
    let rejects = latin(&house.bytes(&key).await);
    let original = latin(&bad);
    let rows: Vec<&str> = original.lines().filter(|row| row.starts_with("F2026-0002")).collect();
    assert_eq!(rejects.lines().count(), rows.len() + 1);
    assert!(
        rejects.lines().skip(1).zip(rows).all(|(kept, row)| kept.starts_with(row.trim_end())),
        "untouched"
    );
    // The person corrects the date, leaves everything else as it is, and drops the file.
    let corrected = bytes(&rejects.replace("24/13/2026", "24/11/2026"));
    assert_eq!(counts(&house.dropped("f-rejets.csv", corrected).await), [1, 1, 0, 0, 0, 0]);
    assert!(house.invoice("F2026-0002").await.is_some());
    assert_eq!(house.announced(), 1);
}

#[tokio::test]
async fn what_stands_in_a_bad_cell_is_in_the_rejects_and_in_no_log() {
    let house = House::new();
    let (logs, _guard) = MemoryLogs::capture();
    let private = "Zoé Lefèvre zoe@restaurants.example 0145678901";
    let bad = good_but("F2026-0002;F;24/11/2026", &format!("F2026-0002;F;{private}"));
    let DropOutcome::Accepted { rejects_key: Some(key), .. } = house.dropped("f.csv", bad).await else {
        panic!("there are rejects")
    };
    assert!(latin(&house.bytes(&key).await).contains(private));
    let (_, reason) = house.refused("g.csv", good_but("Facture;Type", &format!("{private};Type"))).await;
    assert!(reason.contains("Facture"), "{reason}");
    let logged = logs.text();
    assert!(logged.contains("invoice set aside") && logged.contains("file refused whole"), "{logged}");
    for word in private.split(' ') {
        assert!(!logged.contains(word), "{word} is in {logged}");
    }
}

#[tokio::test]
async fn what_is_no_invoice_file_is_left_alone() {
    let house = House::new();
    let mut object = house.file("f.csv", good());
    object.key = "orders/acks/f.csv".into();
    house.deliver(&object).await;
    assert_eq!(house.drop_record(&object).await, None);
}

#[tokio::test]
async fn an_invoice_that_the_ledger_cannot_hold_is_rejected_and_holds_no_other() {
    // Lines whose designations compress badly: some 600 kB of them.
    let noise = |line: u32| {
        let words = (0..16).map(|n| Digest::of(format!("{line} {n}").as_bytes()).to_string());
        words.collect::<String>()
    };
    let small = [10_000, 550, 10_550];
    let mut text = header() + &row("F1", "Tomates", small);
    text.extend((0..1_000).map(|line| row("F2", &noise(line), small.map(|cents| 1_000 * cents))));
    text += &row("F3", "Tomates", small);
    text += &trailer([3, 1_002], 1_002 * 10_550);
    let house = House::new();
    let object = house.file("f.csv", text);
    house.deliver(&object).await;
    let outcome = house.became(&object).await;
    assert_eq!(counts(&outcome), [3, 2, 0, 0, 1, 0]);
    let DropOutcome::Accepted { rejects_key: Some(key), .. } = outcome else { panic!("there are rejects") };
    let rejects = latin(&house.bytes(&key).await);
    assert!(rejects.contains(";too_large;") && rejects.contains("bytes compressed"), "{}", &rejects[..2_000]);
    assert_eq!(rejects.lines().count(), 1_001, "its rows as they came");
    assert!(house.invoice("F1").await.is_some() && house.invoice("F3").await.is_some());
}

#[tokio::test]
async fn the_record_of_a_file_names_its_rejected_invoices() {
    let house = House::new();
    let bad = good_but("F2026-0002;F;24/11/2026", "F2026-0002;F;24/13/2026");
    let DropOutcome::Accepted { set_aside, .. } = house.dropped("f.csv", bad).await else {
        panic!("accepted")
    };
    let [aside] = &set_aside[..] else { panic!("{set_aside:?}") };
    assert_eq!((&*aside.number, aside.code.is_empty(), aside.line > 1), ("F2026-0002", false, true));
}

#[tokio::test]
async fn a_name_with_control_characters_is_read_and_kept_apart_without_them() {
    let house = House::new();
    assert_eq!(counts(&house.dropped("f\u{1}.csv\r", good()).await), [3, 3, 0, 0, 0, 0]);
    house.refused("g\u{1}.csv\r", "no invoices").await;
    let keys = house.objects.keys("invoices/rejected/");
    assert_eq!(keys.len(), 2, "{keys:?}");
    assert!(keys.iter().all(|key| !key.contains(char::is_control)), "{keys:?}");
}
