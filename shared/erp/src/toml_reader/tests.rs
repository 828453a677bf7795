use strum::VariantArray;

use super::{Faults, read};

#[derive(Clone, Copy, Debug, PartialEq, Eq, VariantArray, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
enum Colour {
    Red,
    DeepBlue,
}

/// Everything that a section can be asked for.
fn all_of(text: &str) -> Result<(String, u8, Colour), Faults> {
    read(text, |root| {
        let name = root.required_text("name");
        let size = root.number("size", 1..=9);
        let colour = root.required_choice("colour");
        root.flag("open");
        root.character("mark");
        root.texts("words");
        root.tables("part", |part| part.required_text("id"));
        root.table("names", |names| {
            for (_, field) in names.fields() {
                field.text();
            }
            Some(())
        });
        Some((name?.to_owned(), size.unwrap_or(1), colour?))
    })
}

#[test]
fn a_good_file_is_read_as_it_says() {
    let text = "name = \"é\"\nsize = 0x3\ncolour = \"deep_blue\"\n[names]\nany = \"thing\"\n";
    assert_eq!(all_of(text), Ok(("é".to_owned(), 3, Colour::DeepBlue)));
}

#[test]
fn all_faults_are_collected_with_line_column_path_and_value() {
    let text = "nme = \"x\"\n  size = 12\ncolour = \"read\"\nopen = 1\nmark = \"ab\"\nwords = [\"a\", 2,\n  3]\n\
                [[part]]\nid = \"\"\n[[part]]\nidd = \"b\"\n[names]\nany = 1.5\n[other]\na = 1\n";
    let found: Vec<String> =
        all_of(text).expect_err("wrong").as_slice().iter().map(ToString::to_string).collect();
    assert_eq!(
        found,
        [
            "line 1, column 1: name: is missing",
            "line 1, column 1: nme: is unknown; did you mean \"name\"?",
            "line 2, column 3: size: 12 is not between 1 and 9",
            "line 3, column 1: colour: \"read\" is none of \"red\", \"deep_blue\"; did you mean \"red\"?",
            "line 4, column 1: open: is a value of type integer where true or false is needed",
            "line 5, column 1: mark: \"ab\" is not one character",
            "line 6, column 15: words[1]: is a value of type integer where a text is needed",
            "line 7, column 3: words[2]: is a value of type integer where a text is needed",
            "line 9, column 1: part[0].id: is empty",
            "line 10, column 1: part[1].id: is missing",
            "line 11, column 1: part[1].idd: is unknown; did you mean \"id\"?",
            "line 13, column 1: names.any: is a value of type float where a text is needed",
            "line 14, column 2: other: is unknown",
        ]
    );
    let faults = all_of(text).expect_err("wrong");
    let values: Vec<&str> = faults.as_slice().iter().map(|fault| fault.value.as_str()).collect();
    assert_eq!(values[2..6], ["12", "\"read\"", "1", "\"ab\""]);
    let elsewhere = faults.in_file("a.toml");
    assert!(elsewhere.to_string().starts_with("a.toml, line 1, column 1: name: is missing\na.toml, "));
}

#[test]
fn text_that_is_no_toml_is_a_fault_with_its_place() {
    let faults = all_of("name = \"a\"\nsize = ").expect_err("no TOML");
    let [fault] = faults.as_slice() else { panic!("{faults}") };
    assert_eq!((fault.line, fault.path.as_str()), (Some(2), ""));
    assert!(fault.column.is_some());
    let faults = all_of("name = \"a\"\nname = \"b\"\nsize = \n").expect_err("no TOML");
    let lines: Vec<_> = faults.as_slice().iter().map(|fault| fault.line).collect();
    assert_eq!(lines, [Some(2), Some(3)]);
}
