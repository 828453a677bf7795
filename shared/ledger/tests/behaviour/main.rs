//! What every ledger does, whatever table is under it: one suite, run on the ledger in memory and on
//! DynamoDB (the local cloud's).

mod accounts;
mod acknowledgements;
mod batches;
mod drops;
mod fencing;
mod given;
mod invoices;
mod lists;
mod ministack;
mod orders;
mod races;
mod runs;

/// A test each in memory; all in turn on DynamoDB, for the local cloud is started only once.
macro_rules! behaviours {
    ($($subject:ident: $($behaviour:ident,)*;)*) => {
        mod in_memory {
            $($(
                #[tokio::test(flavor = "multi_thread")]
                async fn $behaviour() {
                    super::$subject::$behaviour(passerelle_ledger::Ledger::in_memory()).await;
                }
            )*)*
        }

        #[tokio::test(flavor = "multi_thread")]
        async fn the_dynamodb_ledger_behaves() {
            let cloud = ministack::MiniStack::start().await;
            let mut failed = Vec::new();
            $($(
                let ledger = cloud.ledger(stringify!($behaviour)).await;
                if tokio::spawn($subject::$behaviour(ledger)).await.is_err() {
                    failed.push(concat!(stringify!($subject), ": ", stringify!($behaviour)));
                }
            )*)*
            assert!(failed.is_empty(), "these behave otherwise on DynamoDB (see above): {failed:#?}");
        }
    };
}

behaviours! {
    orders:
        a_new_order_is_ready_and_reads_back,
        the_same_order_again_changes_nothing,
        an_older_state_of_an_order_is_stale,
        a_changed_order_keeps_its_earlier_revisions,
        an_order_waits_until_it_is_a_sale,
        an_order_cancelled_before_export_is_not_exported,
        an_unreadable_order_is_quarantined_until_it_can_be_read,
        a_ready_order_can_be_set_aside_and_released,
        a_change_of_an_exported_order_is_an_amendment,
        an_amendment_that_changes_back_is_exported_again,
        a_claimed_order_stays_claimed_whatever_comes,
        orders_of_two_shops_with_the_same_id_are_two,
        an_order_remembers_its_revisions_and_its_states,
        a_change_that_is_none_for_the_erp_is_not_sent,
        an_order_that_no_item_can_hold_is_set_aside_without_its_content,
    ;
    batches:
        batches_of_a_day_are_numbered_from_one,
        a_batch_goes_from_open_to_written,
        claiming_again_claims_the_same,
        only_orders_still_ready_at_the_planned_revision_are_claimed,
        an_order_is_in_one_batch_only,
        an_order_that_changed_while_claimed_is_an_amendment,
        an_order_that_changed_and_changed_back_while_claimed_is_exported,
        an_order_that_became_unreadable_while_claimed_is_quarantined,
        an_amendment_goes_out_in_a_batch_of_its_own,
        a_sealed_batch_claims_nothing_and_keeps_its_members,
        only_a_sealed_batch_is_written_and_only_once,
        a_batch_of_250_orders_is_claimed_and_written_whole,
        the_largest_batch_fits_and_a_larger_one_is_refused,
        an_empty_batch_is_written_too,
        what_a_file_repaired_of_an_order_is_kept_with_it,
        an_order_keeps_only_as_many_repairs_as_a_page_shows,
    ;
    acknowledgements:
        an_accepted_order_has_its_number_and_stays_accepted,
        a_refused_order_is_set_aside_and_the_erp_has_it_not,
        a_refused_amendment_leaves_the_erp_with_what_it_had,
        an_acknowledgement_of_an_older_batch_changes_nothing,
        an_acknowledgement_leaves_a_newer_revision_waiting,
        what_was_let_in_after_a_refusal_is_accepted,
        an_acknowledgement_of_what_was_never_sent_is_distinguished,
        a_batch_is_acknowledged_when_each_of_its_orders_is,
        an_accepted_order_that_is_cancelled_becomes_an_amendment,
        an_old_file_again_does_not_hide_that_a_change_was_refused,
        after_a_refused_change_no_acknowledgement_is_expected,
        a_change_that_is_taken_back_when_the_erp_refuses_it_is_none,
        what_is_no_sale_any_more_when_the_erp_refuses_it_is_not_sent,
        what_is_released_is_sent_only_if_it_is_a_sale_that_the_erp_has_not,
        a_planned_change_of_what_the_erp_refused_is_not_claimed,
    ;
    fencing:
        an_adopted_batch_is_finished_by_its_successor,
        a_zombie_cannot_claim,
        a_zombie_cannot_seal,
        a_zombie_cannot_record_its_file,
        only_open_and_sealed_batches_are_adopted,
    ;
    runs:
        one_run_at_a_time_holds_a_lease,
        an_expired_lease_is_taken_by_another,
        a_zombie_cannot_release_the_lease_of_its_successor,
        a_lease_shows_when_its_job_last_ran,
        fencing_numbers_rise_even_after_a_release,
        a_cursor_is_kept_as_it_was_moved,
        a_zombie_cannot_move_a_cursor,
    ;
    accounts:
        an_account_is_compared_with_the_one_before,
        the_invoices_in_an_account_are_listed,
    ;
    drops:
        a_drop_begins_once_and_ends_once,
        a_rejected_drop_keeps_its_reason,
        versions_of_a_file_are_drops_of_their_own,
        the_longest_key_has_its_place,
        announcements_of_an_unfinished_drop_are_counted,
    ;
    invoices:
        an_invoice_that_no_item_can_hold_is_refused_by_itself,
        an_invoice_is_registered_once_and_reads_back,
        other_content_under_a_number_is_kept_beside_it,
        an_invoice_goes_from_registered_to_published,
        an_invoice_without_an_account_can_be_published_later,
        an_unpublishable_invoice_can_be_tried_again,
        announcements_are_counted_within_a_state,
        states_are_not_skipped,
    ;
    lists:
        a_list_is_in_order_of_time_whatever_its_limit,
        a_window_is_half_open,
        who_entered_a_state_at_the_same_instant_is_listed_by_name,
        an_item_is_listed_in_its_present_state_only,
        every_kind_is_listed,
        conflicts_of_all_numbers_are_listed,
        a_credit_note_counts_negative_in_a_list,
        what_is_settled_stays_so_with_its_first_words,
    ;
    races:
        sixteen_register_an_invoice_and_one_was_first,
        sixteen_record_an_order_and_one_was_first,
        sixteen_changes_of_an_order_are_distinguished,
        sixteen_take_a_lease_and_one_has_it,
        sixteen_open_batches_and_all_numbers_differ,
        two_runs_claim_the_same_orders_and_each_is_in_one_batch,
        a_batch_is_adopted_while_its_zombie_claims,
        orders_change_while_their_batch_is_written,
    ;
}
