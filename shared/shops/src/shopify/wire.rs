//! Shopify's own JSON, as far as it is used: the answers of the queries beside this file. The schema
//! says what may be `null`; numbers stay text until [`super::map`] reads them as decimals.

use serde::Deserialize;

/// A page of a list.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Connection<T> {
    pub nodes: Vec<T>,
    #[serde(default)]
    pub page_info: PageInfo,
}

impl<T> Default for Connection<T> {
    fn default() -> Self {
        Self { nodes: Vec::new(), page_info: PageInfo::default() }
    }
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PageInfo {
    pub has_next_page: bool,
    #[serde(default)]
    pub end_cursor: Option<String>,
}

/// What of an order must be readable, else it cannot even be set aside under its name.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Head {
    pub id: String,
    pub updated_at: String,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Order {
    pub id: String,
    pub name: String,
    pub test: bool,
    pub created_at: String,
    pub cancelled_at: Option<String>,
    pub display_financial_status: Option<String>,
    pub currency_code: String,
    pub taxes_included: bool,
    pub duties_included: bool,
    pub note: Option<String>,
    pub po_number: Option<String>,
    pub email: Option<String>,
    pub custom_attributes: Vec<Attribute>,
    pub wanted_on: Option<Metafield>,
    pub total_price_set: MoneyBag,
    pub total_tax_set: Option<MoneyBag>,
    pub total_tip_received_set: MoneyBag,
    pub total_cash_rounding_adjustment: CashRounding,
    pub payment_terms: Option<PaymentTerms>,
    pub billing_address: Option<Address>,
    pub shipping_address: Option<Address>,
    pub customer: Option<Customer>,
    pub purchasing_entity: Option<PurchasingEntity>,
    pub line_items: Connection<Line>,
    pub shipping_lines: Connection<ShippingLine>,
    pub additional_fees: Vec<Fee>,
    pub transactions: Vec<Transaction>,
    pub refunds: Vec<Refund>,
}

#[derive(Clone, Debug, Deserialize)]
pub(super) struct Attribute {
    pub key: String,
    pub value: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
pub(super) struct Metafield {
    pub value: String,
}

/// An amount in the shop's currency; what the customer saw in another one is not asked for.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct MoneyBag {
    pub shop_money: ShopMoney,
}

#[derive(Clone, Debug, Deserialize)]
pub(super) struct ShopMoney {
    pub amount: String,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct CashRounding {
    pub payment_set: MoneyBag,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PaymentTerms {
    pub payment_terms_name: String,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Address {
    pub company: Option<String>,
    pub name: Option<String>,
    pub address1: Option<String>,
    pub address2: Option<String>,
    pub zip: Option<String>,
    pub city: Option<String>,
    pub country_code_v2: Option<String>,
    pub phone: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Customer {
    pub id: String,
    pub display_name: String,
    #[serde(flatten)]
    pub codes: Codes,
}

/// What metafields say of whoever bought.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Codes {
    pub erp_code: Option<Metafield>,
    pub siret: Option<Metafield>,
    pub vat_number: Option<Metafield>,
}

/// A company's location, or an empty object where a private customer bought.
#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct PurchasingEntity {
    pub company: Option<Company>,
    pub location: Option<Location>,
}

#[derive(Clone, Debug, Deserialize)]
pub(super) struct Company {
    pub name: String,
    #[serde(flatten)]
    pub codes: Codes,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Location {
    pub id: String,
    pub external_id: Option<String>,
    pub tax_settings: Option<TaxSettings>,
    #[serde(flatten)]
    pub codes: Codes,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct TaxSettings {
    pub tax_registration_id: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Line {
    pub id: String,
    pub name: String,
    pub sku: Option<String>,
    /// Ordered, with what was refunded or taken off since.
    pub quantity: u32,
    /// Without that.
    pub current_quantity: u32,
    pub requires_shipping: bool,
    pub original_total_set: MoneyBag,
    pub discount_allocations: Vec<Allocation>,
    pub tax_lines: Vec<TaxLine>,
    pub duties: Vec<Duty>,
    pub custom_attributes: Vec<Attribute>,
    /// Only where units are asked for; `null` also where the article was deleted since.
    pub variant: Option<Variant>,
}

#[derive(Clone, Debug, Deserialize)]
pub(super) struct Variant {
    pub unit: Option<Metafield>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Allocation {
    pub allocated_amount_set: MoneyBag,
    pub discount_application: Application,
}

/// A discount: one with a code, or an automatic one, or one made by hand, which have a title.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Application {
    pub index: u32,
    pub code: Option<String>,
    pub title: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct TaxLine {
    /// A float in JSON: 5.5. Read as the text that it was written with.
    pub rate_percentage: Option<serde_json::Number>,
    pub price_set: MoneyBag,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Duty {
    pub id: String,
    pub price: MoneyBag,
    pub tax_lines: Vec<TaxLine>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Fee {
    pub id: String,
    pub name: String,
    pub price: MoneyBag,
    pub tax_lines: Vec<TaxLine>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ShippingLine {
    pub id: Option<String>,
    pub title: String,
    pub is_removed: bool,
    pub original_price_set: MoneyBag,
    pub discounted_price_set: MoneyBag,
    pub discount_allocations: Vec<Allocation>,
    pub tax_lines: Vec<TaxLine>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Transaction {
    pub kind: String,
    pub status: String,
    pub gateway: Option<String>,
    pub formatted_gateway: Option<String>,
    pub payment_id: Option<String>,
    pub amount_set: MoneyBag,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Refund {
    pub id: String,
    pub created_at: Option<String>,
    pub processed_at: String,
    pub note: Option<String>,
    /// What the payment provider paid back; nothing where nothing had been paid.
    pub total_refunded_set: MoneyBag,
    pub refund_line_items: Connection<RefundedLine>,
    pub refund_shipping_lines: Connection<RefundedShipping>,
    pub duties: Option<Vec<RefundedDuty>>,
    pub order_adjustments: Connection<Adjustment>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RefundedLine {
    pub quantity: u32,
    pub line_item: Id,
    pub subtotal_set: MoneyBag,
    pub total_tax_set: MoneyBag,
}

#[derive(Clone, Debug, Deserialize)]
pub(super) struct Id {
    pub id: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RefundedShipping {
    pub shipping_line: Id,
    pub subtotal_amount_set: MoneyBag,
    pub tax_amount_set: MoneyBag,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RefundedDuty {
    pub amount_set: MoneyBag,
    pub original_duty: Option<Id>,
}

/// What was given back besides the lines (below zero), or held back of them (above zero).
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Adjustment {
    pub reason: Option<String>,
    pub amount_set: MoneyBag,
    pub tax_amount_set: MoneyBag,
}

/// An agreement about an order: placed, edited, refunded, returned.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Agreement {
    #[serde(rename = "__typename")]
    pub kind: String,
    pub id: String,
    pub happened_at: String,
    pub sales: Connection<Sale>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Sale {
    #[serde(rename = "__typename")]
    pub kind: String,
    pub action_type: String,
    pub quantity: Option<i64>,
    /// With tax.
    pub total_amount: MoneyBag,
    pub total_tax_amount: MoneyBag,
    pub line_item: Option<Id>,
}
