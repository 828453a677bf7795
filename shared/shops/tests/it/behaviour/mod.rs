//! What every shop does, whatever its system. A new shop adds a stand-in in `tests/it/stand_in/` and one
//! line to the table at the end.

mod faults;
mod reading;
mod writing;

use jiff::Timestamp;

pub fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_795_485_404 + second).expect("a time")
}

macro_rules! behaves {
    ($system:ty: $($subject:ident: $($behaviour:ident)*;)*) => {
        $($(#[tokio::test]
        async fn $behaviour() {
            super::$subject::$behaviour::<$system>().await;
        })*)*
    };
}

/// The table: the file of the stand-in, and its type.
macro_rules! every_shop {
    ($($shop:ident: $system:ident;)*) => {
        $(mod $shop {
            behaves! { crate::stand_in::$shop::$system:
                reading:
                    every_order_is_read_whatever_the_page_size
                    the_next_run_reads_what_changed_at_or_after_the_watermark
                    one_order_that_cannot_be_understood_does_not_hold_up_the_others
                    one_order_is_fetched_by_its_id
                    an_order_comes_with_its_refunds;
                writing:
                    an_invoice_is_published_once
                    an_account_is_found_by_exactly_its_code_and_none_is_guessed
                    an_acknowledgement_is_written_once
                    a_list_has_the_erps_numbers_where_the_system_keeps_them
                    our_acknowledgement_is_no_change_and_a_later_cancellation_is_one;
                faults:
                    what_fails_once_is_asked_again_at_once
                    a_shop_that_is_down_is_for_the_next_run
                    a_slow_shop_takes_no_longer_than_there_is_time
                    a_rotated_secret_is_recognised_and_the_new_one_works
                    a_page_that_moved_is_not_followed
                    an_order_that_always_fails_is_set_aside_and_the_others_go_on
                    a_webhook_is_followed_only_with_the_shops_signature;
            }
        })*
    };
}

every_shop! {
    prestashop: PrestaShop;
    woocommerce: WooCommerce;
    magento: Magento;
    shopify: Shopify;
}
