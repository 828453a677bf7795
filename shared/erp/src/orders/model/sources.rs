//! Where a column's value can come from: one table of names.

use passerelle_domain::{Address, BatchId, BusinessDay, Money, Unit};
use rust_decimal::Decimal;
use strum::IntoStaticStr;

use crate::orders::records::{ErpCharge, ErpLine, ErpOrder, ErpPayment};

/// A record of the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub(crate) enum Record {
    Customer,
    Header,
    Line,
    Charge,
    Payment,
    Trailer,
}

impl Record {
    pub(crate) fn name(self) -> &'static str {
        self.into()
    }
}

/// What kind of value a source gives, which decides what a column may do with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Words for people. May be cut.
    Text,
    /// Identifies something. Never cut.
    Code,
    Unit,
    /// A VAT rate.
    Rate,
    /// Money, to the cent.
    Amount,
    /// A price or a quantity.
    Decimal,
    Count,
    Date,
}

impl Kind {
    /// Whether it may have decimals.
    pub(crate) fn has_decimals(self) -> bool {
        matches!(self, Self::Amount | Self::Decimal | Self::Rate)
    }

    /// Whether it is written in digits, to the right of its column.
    pub(crate) fn is_number(self) -> bool {
        self.has_decimals() || self == Self::Count
    }

    /// Whether it may have characters that an encoding has not.
    pub(crate) fn is_text(self) -> bool {
        matches!(self, Self::Text | Self::Code | Self::Unit | Self::Rate)
    }
}

/// A value before it is formatted.
#[derive(Clone, Debug)]
pub(crate) enum Value<'a> {
    Text(&'a str),
    Owned(String),
    Amount(Money),
    /// A decimal with at least so many places.
    Decimal(Decimal, u32),
    Date(Option<jiff::civil::Date>),
    Count(usize),
    Unit(Unit),
}

/// What a trailer says of the whole file.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct FileFacts {
    pub(crate) orders: usize,
    pub(crate) lines: usize,
    pub(crate) charges: usize,
    pub(crate) payments: usize,
    pub(crate) customers: usize,
    /// With the trailer itself, without a row of column names.
    pub(crate) records: usize,
    pub(crate) total: Money,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Get {
    Batch,
    Order(for<'a> fn(&'a ErpOrder<'a>) -> Value<'a>),
    Line(for<'a> fn(&'a ErpLine<'a>) -> Value<'a>),
    Charge(for<'a> fn(&'a ErpCharge<'a>) -> Value<'a>),
    Payment(for<'a> fn(&'a ErpPayment<'a>) -> Value<'a>),
    File(fn(&FileFacts) -> Value<'static>),
}

/// A source: its name in a layout, its kind, and how to get it.
#[derive(Debug)]
pub(crate) struct Source {
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    get: Get,
}

/// What is at hand when a record is written.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Context<'a> {
    pub(crate) batch: &'a BatchId,
    pub(crate) order: Option<&'a ErpOrder<'a>>,
    pub(crate) line: Option<&'a ErpLine<'a>>,
    pub(crate) charge: Option<&'a ErpCharge<'a>>,
    pub(crate) payment: Option<&'a ErpPayment<'a>>,
    pub(crate) file: Option<&'a FileFacts>,
}

impl Source {
    /// Whether a record has what this source is about.
    pub(crate) fn stands_in(&self, record: Record) -> bool {
        match self.get {
            Get::Batch => self.name.starts_with("file.") || record != Record::Trailer,
            // A customer's record stands before the order, once for all their orders.
            Get::Order(_) if record == Record::Customer => !self.name.starts_with("order."),
            Get::Order(_) => record != Record::Trailer,
            Get::Line(_) => record == Record::Line,
            Get::Charge(_) => record == Record::Charge,
            Get::Payment(_) => record == Record::Payment,
            Get::File(_) => record == Record::Trailer,
        }
    }

    /// Its value; empty where the record does not have it, which a checked layout never asks for.
    pub(crate) fn value<'a>(&self, at: Context<'a>) -> Value<'a> {
        let value = match self.get {
            Get::Batch => Some(Value::Owned(at.batch.to_string())),
            Get::Order(get) => at.order.map(get),
            Get::Line(get) => at.line.map(get),
            Get::Charge(get) => at.charge.map(get),
            Get::Payment(get) => at.payment.map(get),
            Get::File(get) => at.file.map(get),
        };
        value.unwrap_or(Value::Text(""))
    }

    /// The field in a rejection, in the domain's words: `lines[2].article`, `customer.code`.
    pub(crate) fn field(&self, at: Context<'_>) -> String {
        let item = match self.get {
            Get::Line(_) => at.line.map(|line| &line.origin),
            Get::Charge(_) => at.charge.map(|charge| &charge.origin),
            Get::Payment(_) => at.payment.map(|payment| &payment.origin),
            Get::Batch | Get::Order(_) | Get::File(_) => None,
        };
        let Some(item) = item else { return self.name.to_owned() };
        let (_, field) = self.name.split_once('.').unwrap_or(("", self.name));
        format!("{item}.{field}")
    }
}

/// The source of this name.
pub(crate) fn find(name: &str) -> Option<&'static Source> {
    SOURCES.iter().find(|source| source.name == name)
}

/// All names, for hints.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    SOURCES.iter().map(|source| source.name)
}

const fn order(name: &'static str, kind: Kind, get: for<'a> fn(&'a ErpOrder<'a>) -> Value<'a>) -> Source {
    Source { name, kind, get: Get::Order(get) }
}

const fn line(name: &'static str, kind: Kind, get: for<'a> fn(&'a ErpLine<'a>) -> Value<'a>) -> Source {
    Source { name, kind, get: Get::Line(get) }
}

const fn charge(name: &'static str, kind: Kind, get: for<'a> fn(&'a ErpCharge<'a>) -> Value<'a>) -> Source {
    Source { name, kind, get: Get::Charge(get) }
}

const fn payment(name: &'static str, kind: Kind, get: for<'a> fn(&'a ErpPayment<'a>) -> Value<'a>) -> Source {
    Source { name, kind, get: Get::Payment(get) }
}

const fn file(name: &'static str, kind: Kind, get: fn(&FileFacts) -> Value<'static>) -> Source {
    Source { name, kind, get: Get::File(get) }
}

fn promotion_codes<'a>(order: &'a ErpOrder<'a>) -> Value<'a> {
    let codes: Vec<&str> = order.order.promotions.iter().map(|promotion| promotion.code.as_str()).collect();
    Value::Owned(codes.join(","))
}

fn siret<'a>(order: &'a ErpOrder<'a>) -> Value<'a> {
    Value::Text(order.order.customer.siret.as_ref().map_or("", |siret| siret.as_str()))
}

fn siren<'a>(order: &'a ErpOrder<'a>) -> Value<'a> {
    Value::Owned(order.order.customer.siret.as_ref().map_or_else(String::new, |siret| siret.siren().into()))
}

fn delivery<'a>(order: &'a ErpOrder<'a>) -> &'a Address {
    &order.delivery
}

fn billing<'a>(order: &'a ErpOrder<'a>) -> &'a Address {
    &order.billing
}

static SOURCES: &[Source] = &[
    order("order.number", Kind::Code, |o| Value::Text(&o.order.number)),
    order("order.shop", Kind::Code, |o| Value::Text(o.order.key.shop.as_str())),
    order("order.id", Kind::Code, |o| Value::Text(o.order.key.id.as_str())),
    Source { name: "order.batch", kind: Kind::Code, get: Get::Batch },
    order("order.action", Kind::Code, |o| Value::Text(o.action.word())),
    order("order.currency", Kind::Code, |o| Value::Text(&o.order.currency)),
    order("order.lines", Kind::Count, |o| Value::Count(o.lines.len())),
    order("order.delivery_label", Kind::Text, |o| Value::Text(o.delivery_label)),
    order("order.created_on", Kind::Date, |o| Value::Date(Some(BusinessDay::of(o.order.created_at).date()))),
    order("order.wanted_on", Kind::Date, |o| Value::Date(o.order.wanted_on)),
    order("order.net", Kind::Amount, |o| Value::Amount(o.net)),
    order("order.vat", Kind::Amount, |o| Value::Amount(o.vat)),
    order("order.total", Kind::Amount, |o| Value::Amount(o.total)),
    order("order.note", Kind::Text, |o| Value::Text(&o.order.note)),
    order("order.promotion_codes", Kind::Text, promotion_codes),
    order("order.promotion_net", Kind::Amount, |o| Value::Amount(o.promotion_net)),
    order("order.delivery_net", Kind::Amount, |o| Value::Amount(o.delivery_net)),
    order("order.fee_net", Kind::Amount, |o| Value::Amount(o.fee_net)),
    order("order.payment_method", Kind::Code, |o| Value::Text(o.payment_method)),
    order("order.payment_total", Kind::Amount, |o| Value::Amount(o.payment_total)),
    order("customer.code", Kind::Code, |o| Value::Text(&o.customer_code)),
    order("customer.shop_id", Kind::Code, |o| {
        Value::Text(o.order.customer.shop_id.as_deref().unwrap_or_default())
    }),
    order("customer.name", Kind::Text, |o| Value::Text(&o.order.customer.name)),
    order("customer.email", Kind::Code, |o| Value::Text(&o.order.customer.email)),
    order("customer.siret", Kind::Code, siret),
    order("customer.siren", Kind::Code, siren),
    order("customer.vat_number", Kind::Code, |o| Value::Text(&o.order.customer.vat_number)),
    order("billing.name", Kind::Text, |o| Value::Text(&billing(o).name)),
    order("billing.line1", Kind::Text, |o| Value::Text(&billing(o).line1)),
    order("billing.line2", Kind::Text, |o| Value::Text(&billing(o).line2)),
    order("billing.postcode", Kind::Code, |o| Value::Text(&billing(o).postcode)),
    order("billing.city", Kind::Text, |o| Value::Text(&billing(o).city)),
    order("billing.country", Kind::Code, |o| Value::Text(&billing(o).country)),
    order("billing.phone", Kind::Code, |o| Value::Text(&billing(o).phone)),
    order("delivery.name", Kind::Text, |o| Value::Text(&delivery(o).name)),
    order("delivery.line1", Kind::Text, |o| Value::Text(&delivery(o).line1)),
    order("delivery.line2", Kind::Text, |o| Value::Text(&delivery(o).line2)),
    order("delivery.postcode", Kind::Code, |o| Value::Text(&delivery(o).postcode)),
    order("delivery.city", Kind::Text, |o| Value::Text(&delivery(o).city)),
    order("delivery.country", Kind::Code, |o| Value::Text(&delivery(o).country)),
    order("delivery.phone", Kind::Code, |o| Value::Text(&delivery(o).phone)),
    line("line.number", Kind::Count, |l| Value::Count(l.number)),
    line("line.id", Kind::Code, |l| Value::Text(&l.id)),
    line("line.kind", Kind::Code, |l| Value::Text(l.kind.word())),
    line("line.article", Kind::Code, |l| Value::Text(l.article)),
    line("line.label", Kind::Text, |l| Value::Text(&l.label)),
    line("line.quantity", Kind::Decimal, |l| Value::Decimal(l.quantity.to_decimal(), 0)),
    line("line.unit", Kind::Unit, |l| Value::Unit(l.unit)),
    line("line.unit_price", Kind::Decimal, |l| Value::Decimal(l.unit_price.to_decimal(), 2)),
    line("line.gross", Kind::Amount, |l| Value::Amount(l.gross)),
    line("line.discount", Kind::Amount, |l| Value::Amount(l.discount)),
    line("line.net", Kind::Amount, |l| Value::Amount(l.net)),
    line("line.vat_rate", Kind::Rate, |l| Value::Decimal(l.vat_rate.percent(), 0)),
    line("line.vat", Kind::Amount, |l| Value::Amount(l.vat)),
    line("line.total", Kind::Amount, |l| Value::Amount(l.net + l.vat)),
    charge("charge.number", Kind::Count, |c| Value::Count(c.number)),
    charge("charge.kind", Kind::Code, |c| Value::Text(c.kind.into())),
    charge("charge.article", Kind::Code, |c| Value::Text(c.article)),
    charge("charge.label", Kind::Text, |c| Value::Text(c.label)),
    charge("charge.net", Kind::Amount, |c| Value::Amount(c.net)),
    charge("charge.vat_rate", Kind::Rate, |c| Value::Decimal(c.vat_rate.percent(), 0)),
    charge("charge.vat", Kind::Amount, |c| Value::Amount(c.vat)),
    charge("charge.total", Kind::Amount, |c| Value::Amount(c.net + c.vat)),
    payment("payment.number", Kind::Count, |p| Value::Count(p.number)),
    payment("payment.method", Kind::Code, |p| Value::Text(p.method)),
    payment("payment.label", Kind::Text, |p| Value::Text(p.label)),
    payment("payment.amount", Kind::Amount, |p| Value::Amount(p.amount)),
    payment("payment.reference", Kind::Text, |p| Value::Text(p.reference)),
    Source { name: "file.batch", kind: Kind::Code, get: Get::Batch },
    file("file.orders", Kind::Count, |f| Value::Count(f.orders)),
    file("file.lines", Kind::Count, |f| Value::Count(f.lines)),
    file("file.customers", Kind::Count, |f| Value::Count(f.customers)),
    file("file.charges", Kind::Count, |f| Value::Count(f.charges)),
    file("file.payments", Kind::Count, |f| Value::Count(f.payments)),
    file("file.records", Kind::Count, |f| Value::Count(f.records)),
    file("file.total", Kind::Amount, |f| Value::Amount(f.total)),
];
