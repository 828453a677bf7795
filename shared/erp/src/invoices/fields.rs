//! The fields of an invoice that columns can give, under the names of the domain.

/// A field. Those of a line stand on each row; all others say the same on each row of an invoice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Field {
    Number,
    Kind,
    IssuedOn,
    DueOn,
    DeliveredOn,
    Currency,
    Corrects,
    PaymentMeans,
    Note,
    BuyerCode,
    BuyerName,
    BuyerLine1,
    BuyerLine2,
    BuyerPostcode,
    BuyerCity,
    BuyerCountry,
    BuyerSiren,
    BuyerVatNumber,
    DeliverToName,
    DeliverToLine1,
    DeliverToLine2,
    DeliverToPostcode,
    DeliverToCity,
    DeliverToCountry,
    LineOrigin,
    LineReference,
    LineDeliveredOn,
    LineArticle,
    LineDesignation,
    LineCountry,
    LineClass,
    LineLot,
    LineQuantity,
    LineUnit,
    LineUnitPrice,
    LineDiscount,
    LineVatRate,
    LineDeposit,
    LineNet,
    TotalNet,
    TotalVat,
    TotalGross,
    TotalPrepaid,
    TotalDue,
}

use Field as F;

/// Each field's name in a layout (`buyer.code`) and whether a layout must give it a column.
pub(super) const FIELDS: &[(Field, &str, bool)] = &[
    (F::Number, "number", true),
    (F::Kind, "kind", false),
    (F::IssuedOn, "issued_on", true),
    (F::DueOn, "due_on", false),
    (F::DeliveredOn, "delivered_on", false),
    (F::Currency, "currency", false),
    (F::Corrects, "corrects", false),
    (F::PaymentMeans, "payment_means", false),
    (F::Note, "note", false),
    (F::BuyerCode, "buyer.code", true),
    (F::BuyerName, "buyer.name", true),
    (F::BuyerLine1, "buyer.line1", false),
    (F::BuyerLine2, "buyer.line2", false),
    (F::BuyerPostcode, "buyer.postcode", false),
    (F::BuyerCity, "buyer.city", false),
    (F::BuyerCountry, "buyer.country", false),
    (F::BuyerSiren, "buyer.siren", false),
    (F::BuyerVatNumber, "buyer.vat_number", false),
    (F::DeliverToName, "deliver_to.name", false),
    (F::DeliverToLine1, "deliver_to.line1", false),
    (F::DeliverToLine2, "deliver_to.line2", false),
    (F::DeliverToPostcode, "deliver_to.postcode", false),
    (F::DeliverToCity, "deliver_to.city", false),
    (F::DeliverToCountry, "deliver_to.country", false),
    (F::LineOrigin, "line.origin", false),
    (F::LineReference, "line.reference", false),
    (F::LineDeliveredOn, "line.delivered_on", false),
    (F::LineArticle, "line.article", false),
    (F::LineDesignation, "line.designation", true),
    (F::LineCountry, "line.country_of_origin", false),
    (F::LineClass, "line.class", false),
    (F::LineLot, "line.lot", false),
    (F::LineQuantity, "line.quantity", true),
    (F::LineUnit, "line.unit", false),
    (F::LineUnitPrice, "line.unit_price", true),
    (F::LineDiscount, "line.discount", false),
    (F::LineVatRate, "line.vat_rate", true),
    (F::LineDeposit, "line.deposit", false),
    (F::LineNet, "line.net", true),
    (F::TotalNet, "totals.net", true),
    (F::TotalVat, "totals.vat", true),
    (F::TotalGross, "totals.gross", true),
    (F::TotalPrepaid, "totals.prepaid", false),
    (F::TotalDue, "totals.due", false),
];

impl Field {
    /// The name in a layout.
    pub(super) fn name(self) -> &'static str {
        FIELDS.iter().find(|(field, ..)| *field == self).map_or("", |(_, name, _)| name)
    }

    /// Whether it belongs to a line, so that it differs from row to row.
    pub(super) fn of_line(self) -> bool {
        (F::LineOrigin..=F::LineNet).contains(&self)
    }
}
