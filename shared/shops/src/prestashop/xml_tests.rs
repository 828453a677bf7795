use proptest::prelude::*;

use super::*;

const ORDERS: &str = include_str!("../../../../tests/fixtures/prestashop/orders.xml");
const CAPTURES: [&str; 6] = [
    ORDERS,
    include_str!("../../../../tests/fixtures/prestashop/order_details.xml"),
    include_str!("../../../../tests/fixtures/prestashop/order_slip.xml"),
    include_str!("../../../../tests/fixtures/prestashop/order_states.xml"),
    include_str!("../../../../tests/fixtures/prestashop/error-filter.xml"),
    include_str!("../../../../tests/fixtures/prestashop/order_cart_rules.xml"),
];

#[test]
fn a_captured_answer_is_read_and_each_order_keeps_its_place() {
    let root = parse(ORDERS.as_bytes()).expect("XML");
    assert_eq!(root.name, "prestashop");
    let orders: Vec<_> = root.child("orders").expect("orders").children_of("order").collect();
    assert_eq!(orders.len(), 5);
    for order in orders {
        let kept = &ORDERS[order.span.clone()];
        assert!(kept.starts_with("<order>") && kept.ends_with("</order>"), "{kept}");
        let alone = parse(kept.as_bytes()).expect("an order alone");
        assert_eq!(alone.child("reference"), alone.child("reference"));
        assert_eq!(alone.child("reference").expect("it").text, order.child("reference").expect("it").text);
    }
}

#[test]
fn a_mark_before_the_document_moves_no_place() {
    let text = "\u{feff}<?xml version=\"1.0\" encoding=\"UTF-8\"?><a><b>x</b></a>";
    let root = parse(text.as_bytes()).expect("XML");
    assert_eq!(&text[root.children[0].span.clone()], "<b>x</b>");
}

#[test]
fn text_is_put_together_from_its_pieces() {
    let text = "<a>Fruits &amp; l&#233;gumes<![CDATA[ <bio> &amp; ]]>&lt;3</a>";
    assert_eq!(parse(text.as_bytes()).expect("XML").text, "Fruits & légumes <bio> &amp; <3");
}

#[test]
fn what_could_grow_or_reach_outside_is_refused() {
    let bomb = r#"<!DOCTYPE a [<!ENTITY x "ha"><!ENTITY y "&x;&x;&x;&x;">]><a>&y;</a>"#;
    let outside = r#"<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>"#;
    let deep = "<a>".repeat(100_000);
    let broad = format!("<a>{}</a>", "<b/>".repeat(MOST_ELEMENTS + 1));
    for (text, words) in [
        (bomb, "document type"),
        (outside, "document type"),
        ("<a>&y;</a>", "the entity &y;"),
        ("<a>&#xFFFFFFFF;</a>", "at byte"),
        (&deep, "inside each other"),
        (&broad, "more than 250000 elements; lower page_size"),
        ("<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><a/>", "another encoding"),
    ] {
        let error = parse(text.as_bytes()).expect_err(words);
        assert!(error.contains(words), "{words:?} is in {error:?}");
    }
}

#[test]
fn half_an_answer_is_no_answer() {
    for (text, words) in [
        ("", "nothing"),
        ("<a><b>x</b>", "cut short inside <a>"),
        ("<a/><b/>", "a second root"),
        ("Notice: undefined index<a/>", "outside the document"),
        ("<a></b>", "at byte"),
        ("<a", "at byte"),
    ] {
        let error = parse(text.as_bytes()).expect_err(words);
        assert!(error.contains(words), "{words:?} is in {error:?}");
    }
    assert_eq!(parse(b"<a>\xff</a>").expect_err("no text"), "no UTF-8 at byte 3");
}

#[test]
fn every_beginning_of_a_captured_answer_is_refused_without_a_panic() {
    let text = CAPTURES[2].trim_end();
    for end in 0..text.len() {
        parse(&text.as_bytes()[..end]).expect_err("cut short");
    }
}

proptest! {
    #[test]
    fn any_bytes_end_in_an_answer(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let _ = parse(&bytes);
    }

    #[test]
    fn any_markup_ends_in_an_answer(pieces in prop::collection::vec(prop::sample::select(vec![
        "<", ">", "</", "/>", "<a>", "</a>", "<![CDATA[", "]]>", "<!--", "-->", "<?", "?>", "&", ";", "&#",
        "<!DOCTYPE", "[", "]", "\"", "'", "=", " ", "a", "é", "&amp;", "<!ENTITY", "xmlns:x",
    ]), 0..60)) {
        let _ = parse(pieces.concat().as_bytes());
    }

    #[test]
    fn a_mutated_capture_ends_in_an_answer(
        which in 0..CAPTURES.len(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
        cut in any::<prop::sample::Index>(),
    ) {
        let mut bytes = CAPTURES[which].as_bytes().to_vec();
        for (place, byte) in changes {
            let place = place.index(bytes.len());
            bytes[place] = byte;
        }
        let _ = parse(&bytes);
        let _ = parse(&bytes[..cut.index(bytes.len())]);
    }
}
