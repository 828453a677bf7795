//! The file itself: fonts, widths, ToUnicode, dictionaries.

mod support;

use lopdf::Object;
use passerelle_domain::FailureKind;
use passerelle_invoice_pdf::Renderer;

#[test]
fn every_character_comes_back_as_it_went_in() {
    let mut invoice = support::invoice("one-line");
    let all: String = ('\u{21}'..='\u{17f}')
        .filter(|c| !c.is_control() && !matches!(c, '\u{ad}' | '\u{a0}' | '\u{149}'))
        .chain("«éœŒÿ’€»—–…•‰™№ȘșȚțấỹ".chars())
        .collect();
    invoice.note.clone_from(&all);
    invoice.buyer.address.name = "« é œ Œ ÿ ’ € »".into();
    let pages = support::shown(&support::load(&support::render(&invoice)));
    let text: String = pages.iter().flatten().map(|shown| shown.text.as_str()).collect();
    assert!(text.contains(&all), "{text}");
    assert!(text.contains("« é œ Œ ÿ ’ € »"));
    assert!(text.contains("36,05\u{a0}€"));
}

#[test]
fn what_has_no_glyph_is_shown_as_a_box_and_not_lost() {
    let mut invoice = support::invoice("one-line");
    invoice.lines[0].designation = "Nouilles 拉麵 🍜 bio".into();
    let pages = support::text(&support::render(&invoice));
    assert!(pages[0].iter().any(|line| line.contains("Nouilles □□ □ bio")), "{pages:?}");
}

#[test]
fn stated_widths_are_those_of_the_embedded_programs() {
    let document = support::load(&support::render(&support::invoice("web-and-market")));
    let page = document.get_pages()[&1];
    let fonts = support::fonts(&document, page);
    assert_eq!(fonts.len(), 2);
    for font in fonts.values() {
        let table = |tag: &[u8]| {
            let records = &font.program[12..];
            let record = records.chunks(16).find(|record| &record[..4] == tag).expect("a table");
            let number =
                |at: usize| u32::from_be_bytes(record[at..at + 4].try_into().expect("four")) as usize;
            &font.program[number(8)..number(8) + number(12)]
        };
        let short = |table: &[u8], at: usize| u16::from_be_bytes([table[at], table[at + 1]]);
        assert_eq!(short(table(b"head"), 18), 1000, "units to the em");
        let metrics = usize::from(short(table(b"hhea"), 34));
        for (code, width) in &font.widths {
            let at = usize::from(*code).min(metrics - 1) * 4;
            assert_eq!(i64::from(short(table(b"hmtx"), at)), *width, "glyph {code}");
        }
        let name = font.dictionary.get(b"BaseFont").and_then(Object::as_name).expect("a name");
        assert_eq!(name[6], b'+', "a subset has a tag");
        assert_eq!(
            font.dictionary.get(b"CIDToGIDMap").and_then(Object::as_name).expect("a map"),
            b"Identity"
        );
        assert!(font.widths.keys().eq(font.unicode.keys()), "each code has a width and a text");
    }
}

#[test]
fn the_document_says_what_it_is_and_nothing_of_when_it_was_made() {
    let document = support::load(&support::render(&support::invoice("web-and-market")));
    assert_eq!(document.version, "1.7");
    let catalog = document.catalog().expect("a catalog");
    assert_eq!(catalog.get(b"Lang").and_then(Object::as_str).expect("a language"), b"fr-FR");
    let info = document.trailer.get(b"Info").and_then(Object::as_reference).expect("Info");
    let info = document.get_dictionary(info).expect("Info");
    let keys: Vec<&[u8]> = info.iter().map(|(key, _)| key.as_slice()).collect();
    assert_eq!(keys, [&b"Title"[..], b"Author", b"Producer", b"CreationDate", b"ModDate"]);
    assert_eq!(info.get(b"Title").and_then(Object::as_str).expect("a title"), b"Facture F2026-004217");
    assert_eq!(info.get(b"ModDate").and_then(Object::as_str).expect("a date"), b"D:20261124120000Z");
}

#[test]
fn a_logo_is_drawn_with_its_own_proportions_and_compressed_once() {
    let mut presentation = support::presentation();
    presentation.branding.logo = "logo.png".into();
    let Err(failure) = Renderer::new(&presentation, None) else { panic!("a logo was named and not given") };
    assert_eq!(failure.kind(), FailureKind::Misconfigured);

    let logo = support::logo(300, 100);
    let renderer = Renderer::new(&presentation, Some(&logo)).expect("a logo");
    let file = renderer.render(&support::invoice("sixty-lines")).expect("a file");
    assert_eq!(file, renderer.render(&support::invoice("sixty-lines")).expect("a file"));
    let document = support::load(&file);
    let images = document.get_page_images(document.get_pages()[&1]).expect("images");
    assert_eq!((images[0].width, images[0].height), (300, 100));
    let content = document.get_page_content(document.get_pages()[&1]);
    let content = String::from_utf8_lossy(&content).into_owned();
    let matrix = content.lines().find(|line| line.ends_with(" cm")).expect("a matrix");
    let numbers: Vec<&str> = matrix.split(' ').collect();
    assert_eq!((numbers[1], numbers[4]), ("153.069", "51.023"), "three to one, 18 mm high");
}

#[test]
fn a_faulty_presentation_is_refused_with_the_path_of_the_field() {
    let mut presentation = support::presentation();
    presentation.seller.siret = "404 833 048 00023".into();
    let Err(failure) = Renderer::new(&presentation, None) else { panic!("accepted") };
    assert_eq!(failure.kind(), FailureKind::Misconfigured);
    assert!(failure.to_string().contains("seller.siret"), "{failure}");
}

#[test]
fn the_xml_is_attached_as_factur_x_wants_it() {
    let renderer = support::renderer();
    let invoice = support::invoice("web-and-market");
    let document = support::load(&renderer.render(&invoice).expect("a file"));
    let catalog = document.catalog().expect("a catalog");
    let associated = catalog.get(b"AF").and_then(Object::as_array).expect("AF")[0].clone();
    let names = catalog.get(b"Names").and_then(Object::as_dict).expect("Names");
    let embedded = names.get(b"EmbeddedFiles").and_then(Object::as_dict).expect("EmbeddedFiles");
    let tree = embedded.get(b"Names").and_then(Object::as_array).expect("a name tree");
    assert_eq!(tree[0].as_str().expect("a name"), b"factur-x.xml");
    assert_eq!(tree[1], associated, "both lead to the same file");
    let specification = document.get_dictionary(associated.as_reference().expect("a reference"));
    let specification = specification.expect("a file specification");
    for key in [&b"F"[..], b"UF"] {
        assert_eq!(specification.get(key).and_then(Object::as_str).expect("a name"), b"factur-x.xml");
    }
    let relationship = specification.get(b"AFRelationship").and_then(Object::as_name);
    assert_eq!(relationship.expect("a relationship"), b"Alternative");
    let files = specification.get(b"EF").and_then(Object::as_dict).expect("EF");
    assert_eq!(files.get(b"F").expect("F"), files.get(b"UF").expect("UF"));
    let id = files.get(b"F").and_then(Object::as_reference).expect("a reference");
    let stream = document.get_object(id).and_then(Object::as_stream).expect("a stream");
    assert_eq!(stream.dict.get(b"Subtype").and_then(Object::as_name).expect("a type"), b"text/xml");
    let xml = stream.get_plain_content().expect("XML");
    assert_eq!(xml, renderer.xml(&invoice));
    let parameters = stream.dict.get(b"Params").and_then(Object::as_dict).expect("Params");
    assert_eq!(parameters.get(b"Size").and_then(Object::as_i64).expect("a size"), xml.len() as i64);
}

#[test]
fn metadata_are_escaped_and_say_what_the_info_dictionary_says() {
    let mut presentation = support::presentation();
    presentation.seller.name = "Dupont & Fils <\"Primeurs\">".into();
    let renderer = Renderer::new(&presentation, None).expect("a renderer");
    let document = support::load(&renderer.render(&support::invoice("credit-note")).expect("a file"));
    let catalog = document.catalog().expect("a catalog");
    let id = catalog.get(b"Metadata").and_then(Object::as_reference).expect("metadata");
    let stream = document.get_object(id).and_then(Object::as_stream).expect("a stream");
    assert!(!stream.dict.has(b"Filter"), "metadata are readable as they are");
    let xmp = std::str::from_utf8(&stream.content).expect("UTF-8");
    for part in [
        "<pdfaid:part>3</pdfaid:part><pdfaid:conformance>B</pdfaid:conformance>",
        "<rdf:li xml:lang=\"x-default\">Avoir A2026-000311</rdf:li>",
        "<rdf:li>Dupont &amp; Fils &lt;&quot;Primeurs&quot;&gt;</rdf:li>",
        "<xmp:CreateDate>2026-11-24T12:00:00Z</xmp:CreateDate>",
        "<fx:ConformanceLevel>EN 16931</fx:ConformanceLevel>",
    ] {
        assert!(xmp.contains(part), "{part}");
    }
}

#[test]
fn fifty_lines_with_the_xml_are_at_most_35_kb() {
    let file = support::renderer().render(&support::kinds::of_lines(50)).expect("a file");
    assert!(file.len() <= 35_000, "{}", file.len());
}

#[test]
fn a_renderer_is_shared_between_threads() {
    fn shared<T: Send + Sync>() {}
    shared::<Renderer>();
}
