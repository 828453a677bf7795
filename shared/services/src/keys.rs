//! Where what stands in the exchange bucket.

use jiff::civil::Date;
use passerelle_domain::InvoiceNumber;

/// The configuration: `passerelle.toml` and the files that it names.
pub const CONFIG: &str = "config/";
/// Responses of shops, as they came.
pub const RAW: &str = "raw/";
/// Files of orders for the ERP.
pub const ORDERS_OUTBOX: &str = "orders/outbox/";
/// Files of acknowledgements.
pub const ACKS: &str = "orders/acks/";
/// The folder of rows of such files that were rejected.
pub const ACKS_REJECTED: &str = "orders/rejected";
/// Files of invoices from the ERP.
pub const INVOICES_INBOX: &str = "invoices/inbox/";
/// The folder of invoices of such files that were rejected.
pub const INVOICES_REJECTED: &str = "invoices/rejected";
/// The documents.
pub const INVOICES_PDF: &str = "invoices/pdf/";
/// The day's reports.
pub const REPORTS: &str = "reports/";

/// `invoices/pdf/<year>/<month>/<number>.pdf`.
pub fn invoice_pdf(number: &InvoiceNumber, issued_on: Date) -> String {
    format!("{INVOICES_PDF}{}/{}.pdf", issued_on.strftime("%Y/%m"), number.file_stem())
}
