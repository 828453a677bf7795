//! What every shop does, whatever its system. A new shop adds a stand-in in `tests/stand_in/` and one
//! line to the table at the end.

/// Whether MySQL finds a text by another: it ignores case, and spaces at the end.
fn is_found_by(text: &str, other: &str) -> bool {
    text.trim_end().eq_ignore_ascii_case(other.trim_end())
}

#[path = "../stand_in/faults.rs"]
mod stand_in;

mod faults;
mod reading;
mod writing;

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use jiff::Timestamp;
use passerelle_domain::OrderState;
use passerelle_shops::Shop;

use stand_in::Faults;

/// A shop of some system, in this process, that tests can change.
#[async_trait]
pub trait StandIn: Sized {
    /// Whether the system sends no webhooks.
    const WITHOUT_WEBHOOKS: bool = false;
    /// Whether an order can be moved to a state of the shop's own; one for accepted orders is configured.
    const OWN_STATES: bool = true;
    /// Whether its lists tell the ERP's numbers.
    const LISTS_ERP_NUMBERS: bool = false;
    /// A shop without orders, named `rungis`. Its secrets contain `hunter2`.
    async fn start() -> Self;
    /// A new connection with it, with the secret as it is now.
    fn connect(&self, page_size: u16) -> Arc<dyn Shop>;
    /// The same, with one attempt a call: faults that stay are found out sooner.
    fn connect_hasty(&self, page_size: u16) -> Arc<dyn Shop>;
    /// Creates or changes an order of 10.00 net, 10.55 with VAT.
    fn put(&self, id: u32, modified: Timestamp, state: OrderState);
    /// Makes an order one that cannot be understood.
    fn spoil(&self, id: u32);
    /// Makes every call fail with 500 whose answer would tell this order's content.
    fn break_order(&self, id: u32);
    /// Ends that.
    fn mend_order(&self, id: u32);
    /// Refunds 1.00 of an order, without a line.
    fn refund(&self, id: u32, modified: Timestamp);
    /// Opens an account.
    fn add_customer(&self, code: &str, account: u32);
    /// How many calls changed an order.
    fn writes(&self) -> usize;
    /// Takes another secret from now on; connections made before have the old one.
    fn rotate_secret(&self);
    /// What goes wrong with answers.
    fn faults(&self) -> &Faults;
    /// The shop's message about the change of an order: its headers in small letters, and its body.
    fn webhook(&self, id: u32) -> Option<(BTreeMap<String, String>, Vec<u8>)>;
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_795_485_404 + second).expect("a time")
}

macro_rules! behaves {
    ($stand_in:ty: $($subject:ident: $($behaviour:ident)*;)*) => {
        $($(#[tokio::test]
        async fn $behaviour() {
            crate::$subject::$behaviour::<$stand_in>().await;
        })*)*
    };
}

/// The table: the stand-in's file, and its type.
macro_rules! every_shop {
    ($($shop:ident: $stand_in:ident in $path:literal;)*) => {
        $(#[path = $path]
        mod $shop;

        #[allow(non_snake_case, reason = "named after the stand-in's type")]
        mod $stand_in {
            behaves! { crate::$shop::$stand_in:
                reading:
                    every_order_is_read_whatever_the_page_size
                    the_next_run_reads_what_changed_at_or_after_the_watermark
                    one_order_that_cannot_be_understood_does_not_hold_up_the_others
                    one_order_is_fetched_by_its_id
                    an_order_comes_with_its_refunds;
                writing:
                    an_invoice_is_published_once
                    an_account_is_found_by_exactly_its_code_and_none_is_guessed
                    what_became_of_an_order_is_reported_once
                    a_list_tells_the_erps_numbers_where_it_has_them
                    our_own_answer_is_no_change_of_the_order_and_a_cancellation_after_it_is_one;
                faults:
                    what_fails_once_is_asked_again_at_once
                    a_shop_that_is_down_is_for_the_next_run
                    a_slow_shop_takes_no_longer_than_there_is_time
                    a_rotated_secret_is_told_apart_and_the_new_one_works
                    a_page_that_moved_is_not_followed
                    an_order_that_always_fails_is_set_aside_and_the_others_go_on
                    a_webhook_is_followed_only_with_the_shops_signature;
            }
        })*
    };
}

every_shop! {
    prestashop: StandInPrestaShop in "../stand_in/prestashop.rs";
    woocommerce: StandInWooCommerce in "../stand_in/woocommerce.rs";
    magento: StandInMagento in "../stand_in/magento.rs";
    shopify: StandInShopify in "../stand_in/shopify.rs";
}
