//! What Passerelle talks about: orders, invoices, customers, money, VAT and business days.
//!
//! Pure types, checks and arithmetic. Nothing here does I/O, reads a clock or knows a shop, an ERP
//! or AWS; everything else depends on this crate and this crate depends on none of ours.
//!
//! - Amounts are [`Money`]: whole cents, never floats. Prices and quantities are exact decimals.
//! - An [`Order`] or [`Invoice`] can be checked by arithmetic, to the cent ([`Order::check`],
//!   [`Invoice::check`]).
//! - The canonical form of a thing ([`canonical_json`]) is what the ledger keeps; its hash is its
//!   [`Revision`].
//! - Faults have one shape everywhere: [`Failure`], and what is wrong with an item: [`Rejection`].

mod address;
mod business_day;
mod cursor;
mod digest;
mod failure;
mod ids;
mod invoice;
mod money;
mod nearest;
mod order;
mod order_limits;
mod presentation;
mod print;
mod quantity;
mod vat;

pub use address::{Address, Siren, Siret};
pub use business_day::{BusinessDay, PARIS, paris};
pub use cursor::Cursor;
pub use digest::{Digest, Revision, canonical_json};
pub use failure::{Failure, FailureKind, Rejection, Result};
pub use ids::{ArticleCode, BatchId, CustomerCode, InvalidId, InvoiceNumber, OrderId, OrderKey, ShopId};
pub use invoice::{
    Adjustment, AdjustmentKind, Buyer, Checked, DeliverTo, DocumentAdjustment, Invoice, InvoiceKind,
    InvoiceLine, InvoiceTotals, InvoiceUnit, PaymentInstructions, Period, PurchaseOrigin, References,
    Tolerance, VatSubtotal, is_country,
};
pub use money::{InvalidMoney, Money, UnitPrice};
pub use nearest::{hint, nearest};
pub use order::{
    Charge, ChargeKind, Customer, Order, OrderLine, OrderState, Payment, Promotion, Refund, RefundLine,
};
pub use order_limits::TOO_LARGE;
pub use presentation::{Branding, Mentions, Operation, Presentation, Seller, SellerAddress};
pub use print::{has_glyph, printable, unprintable};
pub use quantity::{Quantity, Unit};
pub use vat::{Vat, VatCategory, VatRate};
