//! What stands in a configuration until somebody fills it in.

use passerelle_erp::toml_reader::{Fault, read};

/// Where a configuration is to work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// On the local cloud, where a shop and its addresses may be made up.
    LocalCloud,
    /// At AWS.
    Aws,
}

/// Said, in any case, of what is still to come.
const MARKERS: [&str; 6] =
    ["to fill in", "à compléter", "à remplir", "a completer", "changeme", "example-terraform-state"];
/// Domains of examples, which nobody can own (RFC 2606).
const EXAMPLES: [&str; 3] = ["example.com", "example.net", "example.org"];
/// Top-level domains that never answer (RFC 2606): good enough for the local cloud's made-up addresses.
const NOWHERE: [&str; 4] = ["example", "invalid", "localhost", "test"];
/// The seller's numbers that money and law depend on.
const NUMBERS: [&str; 3] = ["seller.siret", "seller.vat_number", "seller.iban"];

/// What is wrong with a text that is only there until somebody fills it in; nothing when it is not so.
pub fn placeholder(text: &str, target: Target) -> Option<String> {
    let lower = text.to_lowercase();
    if MARKERS.iter().any(|marker| lower.contains(marker)) {
        return Some(format!("{text:?} is still to be filled in"));
    }
    let within = |host: &str, domain: &str| {
        host.strip_suffix(domain).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    };
    let no_host = |c: char| !(c.is_alphanumeric() || c == '.' || c == '-');
    let mut hosts = lower.split(no_host).map(|host| host.trim_end_matches('.'));
    if hosts.any(|host| EXAMPLES.iter().any(|example| within(host, example))) {
        return Some(format!("{text:?} is the address of an example"));
    }
    if target == Target::LocalCloud {
        return None;
    }
    let addressed = lower.split([' ', ',', ';', '<', '>']).filter_map(|word| {
        let (_, rest) = word.split_once("://").or_else(|| word.split_once('@'))?;
        rest.split(['/', ':', '?', '#']).next()
    });
    let mut addressed = addressed.filter(|host| !host.is_empty());
    addressed
        .any(|host| host.starts_with("127.") || NOWHERE.iter().any(|domain| within(host, domain)))
        .then(|| format!("{text:?} is an address that nothing answers at outside this machine"))
}

/// What is wrong with a number of the seller that nobody has: one digit nine times over, or 1 to 9 in their order.
fn made_up(number: &str) -> Option<String> {
    let digits: String = number.chars().filter(char::is_ascii_digit).collect();
    let same = digits.len() >= 9 && digits.chars().take(9).all(|digit| digits.starts_with(digit));
    (same || digits.contains("123456789")).then(|| format!("{number:?} is made up"))
}

/// The texts of a TOML file that somebody has still to fill in. Nothing of a file that is no TOML.
pub(crate) fn in_toml(file: &str, text: &str, target: Target) -> Vec<Fault> {
    let unfilled = read(text, |root| {
        for (own, field) in root.all_texts() {
            let numbered = target == Target::Aws && NUMBERS.contains(&field.path());
            let wrong = placeholder(own, target).or_else(|| numbered.then(|| made_up(own)).flatten());
            wrong.into_iter().for_each(|wrong| field.fault(wrong));
        }
        Some(())
    });
    let faults = unfilled.err().map(|faults| Vec::from(faults.in_file(file))).unwrap_or_default();
    faults.into_iter().filter(|fault| !fault.path.is_empty()).collect()
}

/// The rows of a list that somebody has still to fill in, by their lines.
pub(crate) fn in_list(file: &str, text: &str, target: Target) -> Vec<Fault> {
    let faults = text.lines().enumerate().filter_map(|(before, row)| {
        let message = placeholder(row, target)?;
        Some(Fault { file: Some(file.to_owned()), line: Some(before + 1), message, ..Fault::default() })
    });
    faults.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_to_be_filled_in_is_found_wherever_it_stands() {
        let text = "a = \"x\"\n[[shops]]\nurl = \"https://Boutique.Example.com/fr\"\nnames = [\"b\", \"to fill in!\"]\n";
        let found: Vec<_> =
            in_toml("f.toml", text, Target::LocalCloud).iter().map(ToString::to_string).collect();
        assert_eq!(
            found,
            [
                "f.toml, line 3, column 1: shops[0].url: \"https://Boutique.Example.com/fr\" is the address of an example",
                "f.toml, line 4, column 15: shops[0].names[1]: \"to fill in!\" is still to be filled in",
            ]
        );
        let found =
            in_list("l.csv", "mail;code\nchef@example.org;C1\nchef@bistrot.fr;C2\n", Target::LocalCloud);
        assert_eq!(found.iter().map(|fault| fault.line).collect::<Vec<_>>(), [Some(2)]);
    }

    #[test]
    fn made_up_addresses_and_numbers_are_for_the_local_cloud() {
        for made_up in
            ["compta@maison.example", "http://127.0.0.1:8787", "http://localhost/", "https://shop.test"]
        {
            assert_eq!(placeholder(made_up, Target::LocalCloud), None, "{made_up}");
            assert!(placeholder(made_up, Target::Aws).is_some(), "{made_up}");
        }
        for real in
            ["https://boutique.carreau.fr", "compta@example.com.carreau.fr", "la boutique test", "00123"]
        {
            assert_eq!(placeholder(real, Target::Aws), None, "{real}");
        }
        let seller =
            "[seller]\nsiret = \"000 000 000 00000\"\niban = \"FR76 3000 6000 0112 3456 7890 189\"\n";
        assert_eq!(in_toml("f", seller, Target::LocalCloud), []);
        assert_eq!(in_toml("f", seller, Target::Aws).len(), 2);
    }
}
