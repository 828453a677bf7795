//! Where a column's value comes from: a constant, a source, several joined, a sum; and when.

use super::layout::FileFormat;
use super::sources::{self, Kind, Record, Source};
use crate::LayoutError;
use crate::layout::Section;
use crate::text::nearest;

/// Where a column's value comes from.
#[derive(Clone, Debug)]
pub(super) enum Content {
    Constant(String),
    From(&'static Source),
    /// What is not empty of these, with the text between.
    Joined(Vec<&'static Source>, String),
    /// The sum of amounts; `true` where one is taken off.
    Sum(Vec<(&'static Source, bool)>),
}

/// When a column has its value, and what it has otherwise.
#[derive(Clone, Debug)]
pub(super) struct Condition {
    pub(super) source: &'static Source,
    pub(super) words: Vec<String>,
    /// Whether the source must be one of the words, or none of them.
    pub(super) wanted: bool,
    pub(super) otherwise: String,
}

impl Condition {
    /// As a person reads it: `when line.kind is article, free`.
    pub(super) fn describe(&self) -> String {
        let is = if self.wanted { "is" } else { "is not" };
        format!("when {} {is} {}", self.source.name, self.words.join(", "))
    }
}

impl Content {
    /// What kind of value it gives; nothing for a constant.
    pub(super) fn kind(&self) -> Option<Kind> {
        match self {
            Self::Constant(_) => None,
            Self::From(source) => Some(source.kind),
            Self::Joined(sources, _) if sources.iter().all(|source| source.kind == Kind::Text) => {
                Some(Kind::Text)
            }
            Self::Joined(..) => Some(Kind::Code),
            Self::Sum(_) => Some(Kind::Amount),
        }
    }

    /// Whether it tells an order, a customer or an article from others, so that no part of it may be
    /// taken away.
    pub(super) fn identifies(&self) -> bool {
        const IDENTITIES: [&str; 6] =
            ["order.number", "order.id", "customer.code", "customer.shop_id", "line.article", "line.id"];
        match self {
            Self::From(source) => IDENTITIES.contains(&source.name),
            Self::Joined(sources, _) => sources.iter().any(|source| IDENTITIES.contains(&source.name)),
            Self::Constant(_) | Self::Sum(_) => false,
        }
    }

    /// Whether it holds what a customer wrote to the wholesaler. No ERP works with it, so it may be changed
    /// to fit, and never keeps an order back by itself.
    pub(super) fn is_free_text(&self) -> bool {
        const NOTE: &str = "order.note";
        match self {
            Self::From(source) => source.name == NOTE,
            Self::Joined(sources, _) => {
                sources.iter().any(|source| source.name == NOTE) && !self.identifies()
            }
            Self::Constant(_) | Self::Sum(_) => false,
        }
    }

    /// As a person reads it: `customer.name`, `"E"`, `delivery.line1 + delivery.line2`.
    pub(super) fn describe(&self) -> String {
        let names = |sources: &[&Source]| sources.iter().map(|s| s.name).collect::<Vec<_>>().join(" + ");
        match self {
            Self::Constant(value) => format!("{value:?}"),
            Self::From(source) => source.name.to_owned(),
            Self::Joined(sources, _) => names(sources),
            Self::Sum(parts) => {
                let part = |(source, off): &(&Source, bool)| {
                    format!("{}{}", if *off { "- " } else { "+ " }, source.name)
                };
                let sum = parts.iter().map(part).collect::<Vec<_>>().join(" ");
                sum.trim_start_matches("+ ").to_owned()
            }
        }
    }
}

pub(super) fn read(
    section: &mut Section<'_>,
    record: Record,
    file: &FileFormat,
) -> Result<Content, LayoutError> {
    let given = ["value", "from", "concat", "sum"].into_iter().filter(|key| section.has(key)).count();
    if given != 1 {
        return Err(section.error("", "has exactly one of value, from, concat and sum"));
    }
    if let Some(value) = section.text("value")? {
        super::columns::fits(value, file).map_err(|message| section.error("value", message))?;
        return Ok(Content::Constant(value.to_owned()));
    }
    if let Some(name) = section.text("from")? {
        return source(section, "from", name, record).map(Content::From);
    }
    let names = section.texts("concat")?;
    if !names.is_empty() {
        let join = section.text("join")?.unwrap_or(" ").to_owned();
        super::columns::fits(&join, file).map_err(|message| section.error("join", message))?;
        let sources = names.iter().map(|name| source(section, "concat", name, record));
        return Ok(Content::Joined(sources.collect::<Result<_, _>>()?, join));
    }
    let mut parts = Vec::new();
    for name in section.texts("sum")? {
        let (off, name) = name.strip_prefix('-').map_or((false, name.as_str()), |name| (true, name));
        let source = source(section, "sum", name, record)?;
        if source.kind != Kind::Amount {
            return Err(section.error("sum", format!("{name:?} is no amount")));
        }
        parts.push((source, off));
    }
    if parts.is_empty() {
        return Err(section.error("", "names no source at all"));
    }
    Ok(Content::Sum(parts))
}

/// `when = { from = "line.kind", is = ["article"] }`, or `is_not`; and `otherwise = "…"`.
pub(super) fn read_condition(
    section: &mut Section<'_>,
    record: Record,
    file: &FileFormat,
) -> Result<Option<Condition>, LayoutError> {
    let otherwise = section.text("otherwise")?.map(str::to_owned);
    let Some(mut when) = section.section("when")? else {
        if otherwise.is_some() {
            return Err(section.error("otherwise", "means nothing without when"));
        }
        return Ok(None);
    };
    let otherwise = otherwise.unwrap_or_default();
    super::columns::fits(&otherwise, file).map_err(|message| section.error("otherwise", message))?;
    let name = when.required("from")?;
    let source = source(&when, "from", name, record)?;
    if !matches!(source.kind, Kind::Text | Kind::Code | Kind::Unit | Kind::Rate) {
        return Err(when.error("from", "an amount, a count or a date is no condition"));
    }
    let (is, is_not) = (when.texts("is")?, when.texts("is_not")?);
    when.finish()?;
    let (words, wanted) = match (is.is_empty(), is_not.is_empty()) {
        (false, true) => (is, true),
        (true, false) => (is_not, false),
        _ => return Err(when.error("", "has either is or is_not, a list of words, and not both")),
    };
    Ok(Some(Condition { source, words, wanted, otherwise }))
}

pub(super) fn source(
    section: &Section<'_>,
    key: &str,
    name: &str,
    record: Record,
) -> Result<&'static Source, LayoutError> {
    let Some(source) = sources::find(name) else {
        let hint = nearest(name, sources::names())
            .map_or_else(String::new, |known| format!("; did you mean {known:?}?"));
        return Err(section.error(key, format!("{name:?} is no source{hint}")));
    };
    if !source.stands_in(record) {
        let message = format!("{name:?} is not known in a [[{}]] record", record.name());
        return Err(section.error(key, message));
    }
    Ok(source)
}
