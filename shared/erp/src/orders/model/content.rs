use super::sources::{Kind, Source};

/// Where a column's value comes from.
#[derive(Clone, Debug)]
pub(crate) enum Content {
    Constant(String),
    From(&'static Source),
    /// What is not empty of these, with the text between.
    Joined(Vec<&'static Source>, String),
    /// The sum of amounts; `true` where one is taken off.
    Sum(Vec<(&'static Source, bool)>),
}

/// When a column has its value, and what it has otherwise.
#[derive(Clone, Debug)]
pub(crate) struct Condition {
    pub(crate) source: &'static Source,
    pub(crate) words: Vec<String>,
    /// Whether the source must be one of the words, or none of them.
    pub(crate) wanted: bool,
    pub(crate) otherwise: String,
}

impl Condition {
    /// As a person reads it: `when line.kind is article, free`.
    pub(crate) fn describe(&self) -> String {
        let is = if self.wanted { "is" } else { "is not" };
        format!("when {} {is} {}", self.source.name, self.words.join(", "))
    }
}

impl Content {
    /// What kind of value it gives; nothing for a constant.
    pub(crate) fn kind(&self) -> Option<Kind> {
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

    /// Whether it distinguishes an order, a customer or an article from others, so that no part of it may be
    /// taken away.
    pub(crate) fn identifies(&self) -> bool {
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
    pub(crate) fn is_free_text(&self) -> bool {
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
    pub(crate) fn describe(&self) -> String {
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
