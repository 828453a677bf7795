mod adjustment;
mod check;
mod check_print;
mod check_vat;
mod code_lists;
mod unit;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use strum::{IntoStaticStr, VariantArray};

use crate::{
    Address, ArticleCode, CustomerCode, InvoiceNumber, Money, Quantity, Revision, Siren, UnitPrice, Vat,
};

pub use adjustment::{Adjustment, AdjustmentKind};
pub use check::{Checked, Tolerance};
pub use code_lists::is_country;
pub use unit::InvoiceUnit;

/// The type of an invoice (EN 16931 BT-3, UNTDID 1001).
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, VariantArray, IntoStaticStr,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum InvoiceKind {
    /// 380: a commercial invoice.
    #[default]
    Invoice,
    /// 381: a credit note; its amounts are positive and owed to the buyer.
    CreditNote,
}

impl InvoiceKind {
    /// The code of UNTDID 1001.
    pub fn code(self) -> &'static str {
        match self {
            Self::Invoice => "380",
            Self::CreditNote => "381",
        }
    }
}

/// Who is invoiced (EN 16931 BG-7).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Buyer {
    /// The code in the ERP (BT-46): whose account the invoice goes to.
    pub code: CustomerCode,
    /// Name and address (BT-44, BG-8).
    pub address: Address,
    /// SIREN (BT-47).
    pub siren: Option<Siren>,
    /// VAT number (BT-48); may be empty.
    pub vat_number: String,
    /// What the buyer wants to see on its invoices to route them within: a department, a contact
    /// (BT-10); may be empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reference: String,
}

/// Where the goods went, when not to the buyer's address (EN 16931 BG-13).
pub type DeliverTo = Address;

/// Where a line was bought.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    VariantArray,
    IntoStaticStr,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum PurchaseOrigin {
    /// On the web site.
    Web,
    /// On the market floor ("sur le carreau").
    Market,
    /// The ERP does not say.
    Unknown,
}

/// One line of an invoice (EN 16931 BG-25). Amounts are without VAT.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InvoiceLine {
    /// Where it was bought.
    pub origin: PurchaseOrigin,
    /// The web order's number or the market ticket's (BT-132); may be empty.
    pub reference: String,
    /// The day of delivery or sale (BT-134), where it differs from the invoice's.
    pub delivered_on: Option<Date>,
    /// The article (BT-155).
    pub article: Option<ArticleCode>,
    /// What it says (BT-153).
    pub designation: String,
    /// Country of origin as the till writes it ("France", "ES"; BT-159); may be empty.
    pub country_of_origin: String,
    /// Class or category of fruit and vegetables ("I", "Extra"); may be empty.
    pub class: String,
    /// Lot (BT-160); may be empty.
    pub lot: String,
    /// How much (BT-129); negative for goods taken back.
    pub quantity: Quantity,
    /// Of what (BT-130).
    pub unit: InvoiceUnit,
    /// Price of one unit, before the discount (BT-146).
    pub unit_price: UnitPrice,
    /// Allowances and charges on the line (BG-27, BG-28).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub adjustments: Vec<Adjustment>,
    /// Category and rate (BT-151, BT-152).
    pub vat: Vat,
    /// The line without VAT (BT-131).
    pub net: Money,
}

impl InvoiceLine {
    /// What the allowances take off, less what the charges add.
    pub fn discount(&self) -> Money {
        self.adjustments.iter().map(|adjustment| -adjustment.effect()).sum()
    }
}

/// A period of delivery or of service (EN 16931 BG-14, BG-26), both days included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Period {
    /// The first day (BT-73, BT-134).
    pub start: Date,
    /// The last day (BT-74, BT-135).
    pub end: Date,
}

/// An allowance or charge on the whole invoice (EN 16931 BG-20, BG-21).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DocumentAdjustment {
    /// Its kind, amount and reason.
    #[serde(flatten)]
    pub adjustment: Adjustment,
    /// Category and rate (BT-95, BT-96; BT-102, BT-103).
    pub vat: Vat,
}

/// How it is to be paid (EN 16931 BG-16).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PaymentInstructions {
    /// The means as the ERP writes it ("Prélèvement", "Carte"; BT-82); may be empty.
    pub means: String,
    /// The code of the means (UNTDID 4461, BT-81): 30 transfer, 49 direct debit, 48 card, 10 cash, 20
    /// cheque; may be empty.
    pub means_code: String,
    /// What the buyer quotes when it pays (BT-83); may be empty.
    pub remittance: String,
    /// The terms in words (BT-20); may be empty: then those of the configuration.
    pub terms: String,
}

/// The documents that an invoice refers to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct References {
    /// The buyer's order (BT-13); may be empty.
    pub purchase_order: String,
    /// The seller's order (BT-14); may be empty.
    pub sales_order: String,
    /// The contract (BT-12); may be empty.
    pub contract: String,
    /// The delivery note (BT-16); may be empty.
    pub despatch_advice: String,
    /// The invoice that a credit note corrects (BT-25).
    pub corrects: Option<InvoiceNumber>,
    /// Its date of issue (BT-26).
    pub corrects_issued_on: Option<Date>,
}

/// One row of the VAT breakdown (EN 16931 BG-23).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VatSubtotal {
    /// Category and rate (BT-118, BT-119).
    pub vat: Vat,
    /// The taxable amount (BT-116).
    pub base: Money,
    /// The tax (BT-117).
    pub amount: Money,
    /// Why there is no VAT (BT-120), for the categories that need a reason; may be empty: then that of
    /// the category.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub exemption_reason: String,
    /// The code of the reason (VATEX, BT-121); may be empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub exemption_code: String,
}

impl VatSubtotal {
    /// A row without a reason of its own.
    pub fn new(vat: Vat, base: Money, amount: Money) -> Self {
        Self { vat, base, amount, exemption_reason: String::new(), exemption_code: String::new() }
    }
}

/// The totals of an invoice (EN 16931 BG-22).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InvoiceTotals {
    /// Without VAT (BT-109).
    pub net: Money,
    /// VAT (BT-110).
    pub vat: Money,
    /// With VAT (BT-112).
    pub gross: Money,
    /// Already paid (BT-113).
    pub prepaid: Money,
    /// What rounds the sum to pay (BT-114), with its sign.
    #[serde(default)]
    pub rounding: Money,
    /// To pay (BT-115).
    pub due: Money,
}

/// An invoice in canonical form: what the ERP said of it, and nothing of ours. The seller, the
/// mentions and the look of the page are configuration.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invoice {
    /// The ERP's number (BT-1).
    pub number: InvoiceNumber,
    /// Invoice or credit note (BT-3).
    pub kind: InvoiceKind,
    /// The date of issue (BT-2).
    pub issued_on: Date,
    /// When it is due (BT-9).
    pub due_on: Option<Date>,
    /// The day of delivery (BT-72), where it differs from the date of issue.
    pub delivered_on: Option<Date>,
    /// The days that it covers (BG-14), where it is for more than one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub period: Option<Period>,
    /// ISO 4217 code (BT-5).
    pub currency: String,
    /// The documents that it refers to.
    #[serde(default)]
    pub references: References,
    /// Who is invoiced.
    pub buyer: Buyer,
    /// Where the goods went, if elsewhere.
    pub deliver_to: Option<DeliverTo>,
    /// How it is to be paid.
    pub payment: PaymentInstructions,
    /// A note of the ERP (BT-22); may be empty.
    pub note: String,
    /// The lines.
    pub lines: Vec<InvoiceLine>,
    /// Allowances and charges on the whole.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub adjustments: Vec<DocumentAdjustment>,
    /// The VAT breakdown, by category and rate.
    pub vat_breakdown: Vec<VatSubtotal>,
    /// The totals.
    pub totals: InvoiceTotals,
}

impl Invoice {
    /// The hash of the canonical form. A line of unknown origin counts as bought on the web: as such it
    /// was recorded before origins could be unknown, and the same file again is the same content.
    pub fn revision(&self) -> Revision {
        if self.lines.iter().all(|line| line.origin != PurchaseOrigin::Unknown) {
            return Revision::of(self);
        }
        let mut earlier = self.clone();
        for line in earlier.lines.iter_mut().filter(|line| line.origin == PurchaseOrigin::Unknown) {
            line.origin = PurchaseOrigin::Web;
        }
        Revision::of(&earlier)
    }

    /// The sum of the lines without VAT (BT-106).
    pub fn lines_net(&self) -> Money {
        self.lines.iter().map(|line| line.net).sum()
    }

    /// The sum of the allowances on the whole (BT-107).
    pub fn allowances(&self) -> Money {
        self.adjusted(AdjustmentKind::Allowance)
    }

    /// The sum of the charges on the whole (BT-108).
    pub fn charges(&self) -> Money {
        self.adjusted(AdjustmentKind::Charge)
    }

    /// Its total with VAT as it counts in a sum of invoices: a credit note's is negative.
    pub fn signed_gross(&self) -> Money {
        match self.kind {
            InvoiceKind::Invoice => self.totals.gross,
            InvoiceKind::CreditNote => -self.totals.gross,
        }
    }

    fn adjusted(&self, kind: AdjustmentKind) -> Money {
        let adjustments = self.adjustments.iter().map(|document| &document.adjustment);
        adjustments.filter(|adjustment| adjustment.kind == kind).map(|adjustment| adjustment.amount).sum()
    }
}
