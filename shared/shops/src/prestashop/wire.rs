//! The webservice's rows, read leniently: a field that is not there is empty, as falsy fields are in
//! some answers. A fault names the resource, the row and the field, so that it is found in the shop.

use jiff::civil::DateTime;
use passerelle_domain::{Money, Rejection};
use rust_decimal::Decimal;

use super::time;
use super::xml::{self, Element};
use crate::entities::plain;

/// How much of a value goes into a message.
const SHOWN: usize = 200;

/// The largest number taken from outside, so that no sum of them can overflow.
const MOST: Decimal = Decimal::from_parts(1_410_065_408, 2, 0, false, 0); // 10^10

/// A row of a resource, such as one order.
#[derive(Clone, Debug)]
pub(super) struct Row {
    /// How it is called in a message: `orders[7]`.
    at: String,
    element: Element,
    /// As it came.
    pub source: String,
}

/// A resource: where its rows stand in an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Resource {
    /// The path below `/api/`.
    pub path: &'static str,
    /// The element around the rows.
    pub list: &'static str,
    /// The element of a row.
    pub item: &'static str,
}

macro_rules! resources {
    ($($name:ident: $path:literal $list:literal $item:literal;)*) => {
        $(pub(super) const $name: Resource = Resource { path: $path, list: $list, item: $item };)*
    };
}

resources! {
    ORDERS: "orders" "orders" "order";
    ORDER_DETAILS: "order_details" "order_details" "order_detail";
    ORDER_SLIPS: "order_slip" "order_slips" "order_slip";
    ORDER_PAYMENTS: "order_payments" "order_payments" "order_payment";
    ORDER_CART_RULES: "order_cart_rules" "order_cart_rules" "order_cart_rule";
    ORDER_HISTORIES: "order_histories" "order_histories" "order_history";
    ORDER_STATES: "order_states" "order_states" "order_state";
    CART_RULES: "cart_rules" "cart_rules" "cart_rule";
    CUSTOMERS: "customers" "customers" "customer";
    ADDRESSES: "addresses" "addresses" "address";
    CARRIERS: "carriers" "carriers" "carrier";
    COUNTRIES: "countries" "countries" "country";
    CURRENCIES: "currencies" "currencies" "currency";
    TAXES: "taxes" "taxes" "tax";
    MESSAGES: "messages" "messages" "message";
}

/// The rows of an answer.
///
/// # Errors
/// When it is no such document, in words.
pub(super) fn rows(body: &[u8], resource: Resource) -> Result<Vec<Row>, String> {
    let root = xml::parse(body)?;
    let name = root.name;
    let list = root.children.into_iter().find(|child| child.name == resource.list);
    let list = list
        .filter(|_| name == "prestashop")
        .ok_or_else(|| format!("no <{}> in <{}>", resource.list, cut(&name)))?;
    let rows = list.children.into_iter().filter(|element| element.name == resource.item);
    Ok(rows
        .map(|element| {
            let id = element.child("id").map_or("", |id| id.text.trim());
            let at = format!("{}[{}]", resource.path, cut(id));
            let source = String::from_utf8_lossy(body.get(element.span.clone()).unwrap_or_default());
            Row { at, source: source.into_owned(), element }
        })
        .collect())
}

/// What the webservice says went wrong; nothing where the answer is no such document.
pub(super) fn fault(body: &[u8]) -> Option<String> {
    let root = xml::parse(body).ok()?;
    let errors = root.child("errors")?;
    let found: Vec<String> = errors
        .children_of("error")
        .map(|error| {
            let text = |name| error.child(name).map_or("", |child| child.text.trim());
            format!("code {}: {}", text("code"), text("message"))
        })
        .collect();
    (!found.is_empty()).then(|| found.join("; "))
}

fn cut(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(SHOWN).collect()
}

impl Row {
    /// Its id; empty where there is none.
    pub fn id(&self) -> &str {
        self.text("id")
    }

    /// A field, trimmed. Of a text in several languages the first that is not empty.
    pub fn text(&self, field: &str) -> &str {
        let Some(child) = self.element.child(field) else { return "" };
        let own = child.text.trim();
        if !own.is_empty() {
            return own;
        }
        child.children_of("language").map(|text| text.text.trim()).find(|text| !text.is_empty()).unwrap_or("")
    }

    /// A field with the spaces around it.
    pub fn as_it_stands(&self, field: &str) -> &str {
        self.element.child(field).map_or("", |child| &child.text)
    }

    /// A field that people read: one line, without the entities that the shop's filters put in.
    pub fn label(&self, field: &str) -> String {
        let line = plain(self.text(field));
        line.split(|c: char| c.is_whitespace() || c.is_control())
            .filter(|word| !word.is_empty())
            .collect::<Vec<_>>()
            .join(" ")
    }

    /// The id of another row; nothing where it is 0 or empty.
    pub fn reference(&self, field: &str) -> Option<&str> {
        Some(self.text(field)).filter(|id| !matches!(*id, "" | "0"))
    }

    /// Whether a flag is set.
    pub fn flag(&self, field: &str) -> bool {
        matches!(self.text(field), "1" | "true")
    }

    /// A field that has to be there.
    pub fn required(&self, field: &str) -> Result<&str, Rejection> {
        match self.text(field) {
            "" => Err(self.wrong("missing", field, "has no value")),
            text => Ok(text),
        }
    }

    /// An exact decimal; zero for an empty field. PHP may write a tiny one as `1.0E-6`.
    pub fn decimal(&self, field: &str) -> Result<Decimal, Rejection> {
        let text = self.text(field);
        if text.is_empty() {
            return Ok(Decimal::ZERO);
        }
        let plain = text.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'-' | b'+' | b'e' | b'E'));
        let number = match (plain, text.contains(['e', 'E'])) {
            (false, _) => None,
            (true, false) => Decimal::from_str_exact(text).ok(),
            (true, true) => Decimal::from_scientific(text).ok(),
        };
        number.filter(|number| number.abs() < MOST && number.scale() <= 12).ok_or_else(|| {
            let rule = "is no decimal number with a dot, below 10 000 000 000, of at most 12 decimals";
            self.wrong("invalid_number", field, rule)
        })
    }

    /// An amount, rounded to the cent half away from zero; zero for an empty field.
    pub fn money(&self, field: &str) -> Result<Money, Rejection> {
        Money::round(self.decimal(field)?)
            .map_err(|error| self.wrong("invalid_amount", field, error.to_string()))
    }

    /// A local time; nothing for a null date.
    pub fn time(&self, field: &str) -> Result<Option<DateTime>, Rejection> {
        time::read(self.text(field))
            .map_err(|()| self.wrong("invalid_time", field, "is no time of the shop as 2026-11-24 02:57:44"))
    }

    /// A local time that has to be there.
    pub fn required_time(&self, field: &str) -> Result<DateTime, Rejection> {
        self.time(field)?.ok_or_else(|| self.wrong("missing", field, "has no time"))
    }

    /// The rows of an association.
    pub fn associated(&self, list: &str, item: &str) -> Vec<Row> {
        let rows = self.element.child("associations").and_then(|all| all.child(list));
        let rows = rows.into_iter().flat_map(|rows| rows.children_of(item)).enumerate();
        rows.map(|(i, element)| Row {
            at: format!("{}.{list}[{i}]", self.at),
            element: element.clone(),
            source: String::new(),
        })
        .collect()
    }

    /// Puts a value into its field of this place; nothing where it has fewer.
    #[cfg(test)]
    pub fn spoil(&mut self, place: usize, value: &str) {
        if let Some(field) = self.element.children.get_mut(place) {
            field.text = value.to_owned();
        }
    }

    /// What is wrong with a field.
    pub fn wrong(&self, code: &str, field: &str, rule: impl Into<String>) -> Rejection {
        Rejection::new(code, format!("{}.{field}", self.at), cut(self.text(field)), rule)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(fields: &str) -> Row {
        let body = format!("<prestashop><orders><order><id>7</id>{fields}</order></orders></prestashop>");
        rows(body.as_bytes(), ORDERS).expect("rows").remove(0)
    }

    #[test]
    fn a_missing_field_is_empty_and_a_required_one_is_named() {
        let row = order("<note><![CDATA[]]></note>");
        assert_eq!((row.text("note"), row.text("nothing"), row.flag("valid")), ("", "", false));
        let rejection = row.required("reference").expect_err("missing");
        assert_eq!((rejection.code.as_str(), rejection.field.as_str()), ("missing", "orders[7].reference"));
    }

    #[test]
    fn numbers_are_exact_and_never_guessed() {
        for (text, value) in [("61.800000", "61.800000"), ("1.0E-6", "0.000001"), ("", "0"), ("-5", "-5")] {
            let row = order(&format!("<x>{text}</x>"));
            assert_eq!(row.decimal("x").expect(text), value.parse().expect("a number"), "{text}");
        }
        for text in ["1,5", "1 000", "NaN", "INF", "10000000000", "1e99", "0x10", "1.0000000000001", "--1"] {
            let rejection = order(&format!("<x>{text}</x>")).decimal("x").expect_err(text);
            assert_eq!((rejection.code.as_str(), rejection.value.as_str()), ("invalid_number", text));
        }
    }

    #[test]
    fn labels_are_one_line_and_say_what_was_meant() {
        let row = order("<x><![CDATA[Fruits &amp; légumes\n\x0b  d'été &amp;lt; 5 &#039;]]></x>");
        assert_eq!(row.label("x"), "Fruits & légumes d'été &lt; 5 '");
    }

    #[test]
    fn a_text_in_several_languages_is_the_first_that_is_given() {
        let row = order("<name><language id=\"1\"/><language id=\"2\">Livré</language></name>");
        assert_eq!(row.text("name"), "Livré");
    }

    #[test]
    fn another_document_is_no_empty_list() {
        let error = |body: &str| rows(body.as_bytes(), ORDERS).expect_err("no orders");
        assert_eq!(error("<html><orders/></html>"), "no <orders> in <html>");
        assert_eq!(error("<prestashop><errors/></prestashop>"), "no <orders> in <prestashop>");
        assert!(rows(b"<prestashop><orders/></prestashop>", ORDERS).expect("rows").is_empty());
    }

    #[test]
    fn the_webservices_own_words_are_kept() {
        let captured = include_bytes!("../../../../tests/fixtures/prestashop/error-401.xml");
        assert_eq!(fault(captured).expect("a fault"), "code 18: Invalid authentication key format");
        assert_eq!(fault(b"<html/>"), None);
    }
}
