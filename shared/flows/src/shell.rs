use std::fmt::Write;

/// A text as one word of a shell's command line: names of files come from outside.
pub fn quoted(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_-./@:+,=%".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        return text.to_owned();
    }
    if !text.contains(char::is_control) {
        return format!("'{}'", text.replace('\'', r"'\''"));
    }
    let mut word = String::from("$'");
    for c in text.chars() {
        match c {
            '\'' | '\\' => word.extend(['\\', c]),
            c if c.is_control() => {
                let mut bytes = [0; 4];
                for byte in c.encode_utf8(&mut bytes).bytes() {
                    let _ = write!(word, "\\x{byte:02x}");
                }
            }
            c => word.push(c),
        }
    }
    word + "'"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_from_outside_is_one_word_of_a_command() {
        for (text, word) in [
            ("invoices/inbox/f-1.csv@v1", "invoices/inbox/f-1.csv@v1"),
            ("factures du soir.csv", "'factures du soir.csv'"),
            ("x'; rm -rf ~ #.csv", r"'x'\''; rm -rf ~ #.csv'"),
            ("a\u{1}b\\'\r", r"$'a\x01b\\\'\x0d'"),
            ("", "''"),
        ] {
            assert_eq!(quoted(text), word, "{text:?}");
        }
    }
}
