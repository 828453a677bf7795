//! The fields of an invoice that columns can give, under the names of the domain.

use strum::{IntoStaticStr, VariantArray};

/// A field. Those of a line stand on each row; all others say the same on each row of an invoice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, VariantArray, IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub(crate) enum Field {
    Number,
    Kind,
    IssuedOn,
    DueOn,
    DeliveredOn,
    Currency,
    #[strum(serialize = "period.start")]
    PeriodStart,
    #[strum(serialize = "period.end")]
    PeriodEnd,
    Corrects,
    CorrectsIssuedOn,
    #[strum(serialize = "references.purchase_order")]
    PurchaseOrder,
    #[strum(serialize = "references.sales_order")]
    SalesOrder,
    #[strum(serialize = "references.contract")]
    Contract,
    #[strum(serialize = "references.despatch_advice")]
    DespatchAdvice,
    PaymentMeans,
    #[strum(serialize = "payment.means_code")]
    PaymentMeansCode,
    #[strum(serialize = "payment.remittance")]
    PaymentRemittance,
    #[strum(serialize = "payment.terms")]
    PaymentTerms,
    Note,
    #[strum(serialize = "buyer.code")]
    BuyerCode,
    #[strum(serialize = "buyer.name")]
    BuyerName,
    #[strum(serialize = "buyer.line1")]
    BuyerLine1,
    #[strum(serialize = "buyer.line2")]
    BuyerLine2,
    #[strum(serialize = "buyer.postcode")]
    BuyerPostcode,
    #[strum(serialize = "buyer.city")]
    BuyerCity,
    #[strum(serialize = "buyer.country")]
    BuyerCountry,
    #[strum(serialize = "buyer.siren")]
    BuyerSiren,
    #[strum(serialize = "buyer.vat_number")]
    BuyerVatNumber,
    #[strum(serialize = "buyer.reference")]
    BuyerReference,
    #[strum(serialize = "deliver_to.name")]
    DeliverToName,
    #[strum(serialize = "deliver_to.line1")]
    DeliverToLine1,
    #[strum(serialize = "deliver_to.line2")]
    DeliverToLine2,
    #[strum(serialize = "deliver_to.postcode")]
    DeliverToPostcode,
    #[strum(serialize = "deliver_to.city")]
    DeliverToCity,
    #[strum(serialize = "deliver_to.country")]
    DeliverToCountry,
    #[strum(serialize = "line.origin")]
    LineOrigin,
    #[strum(serialize = "line.reference")]
    LineReference,
    #[strum(serialize = "line.delivered_on")]
    LineDeliveredOn,
    #[strum(serialize = "line.article")]
    LineArticle,
    #[strum(serialize = "line.designation")]
    LineDesignation,
    #[strum(serialize = "line.country_of_origin")]
    LineCountry,
    #[strum(serialize = "line.class")]
    LineClass,
    #[strum(serialize = "line.lot")]
    LineLot,
    #[strum(serialize = "line.quantity")]
    LineQuantity,
    #[strum(serialize = "line.unit")]
    LineUnit,
    #[strum(serialize = "line.unit_price")]
    LineUnitPrice,
    #[strum(serialize = "line.discount")]
    LineDiscount,
    #[strum(serialize = "line.vat_category")]
    LineVatCategory,
    #[strum(serialize = "line.vat_rate")]
    LineVatRate,
    #[strum(serialize = "line.deposit")]
    LineDeposit,
    #[strum(serialize = "line.net")]
    LineNet,
    #[strum(serialize = "totals.lines")]
    TotalLines,
    #[strum(serialize = "totals.allowances")]
    TotalAllowances,
    #[strum(serialize = "totals.charges")]
    TotalCharges,
    #[strum(serialize = "totals.net")]
    TotalNet,
    #[strum(serialize = "totals.vat")]
    TotalVat,
    #[strum(serialize = "totals.gross")]
    TotalGross,
    #[strum(serialize = "totals.prepaid")]
    TotalPrepaid,
    #[strum(serialize = "totals.rounding")]
    TotalRounding,
    #[strum(serialize = "totals.due")]
    TotalDue,
}

impl Field {
    /// How many there are.
    pub(crate) const COUNT: usize = Self::VARIANTS.len();

    /// The name in a layout (`buyer.code`).
    pub(crate) fn name(self) -> &'static str {
        self.into()
    }

    /// The field of this name.
    pub(crate) fn of(name: &str) -> Option<Self> {
        Self::VARIANTS.iter().copied().find(|field| field.name() == name)
    }

    /// Whether a layout must give it a column.
    pub(crate) fn is_required(self) -> bool {
        matches!(
            self,
            Self::Number
                | Self::IssuedOn
                | Self::BuyerCode
                | Self::BuyerName
                | Self::LineDesignation
                | Self::LineQuantity
                | Self::LineUnitPrice
                | Self::LineVatRate
                | Self::LineNet
                | Self::TotalNet
                | Self::TotalVat
                | Self::TotalGross
        )
    }

    /// Whether it belongs to a line, so that it differs from row to row.
    pub(crate) fn of_line(self) -> bool {
        (Self::LineOrigin..=Self::LineNet).contains(&self)
    }
}
