//! The contract: what every backend does alike, one function per behaviour.
//!
//! [`contract!`](crate::contract!) runs all of it on one backend. A behaviour is written here once and named there once.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::format_push_string,
    clippy::missing_panics_doc,
    clippy::panic,
    reason = "test bodies, compiled for tests only"
)]

pub mod appending;
pub mod audit;
pub mod changing;
pub mod deleting;
pub mod files;
pub mod groups;
pub mod hooks;
pub mod importing;
pub mod inboxes;
pub mod jobs;
pub mod listing;
pub mod managing;
pub mod people;
pub mod reading;
pub mod records;
pub mod renaming;
pub mod rooms;
pub mod streams;
pub mod threads;
mod world;

/// Makes a test of every behaviour. Takes the name of an async function in scope that gives an empty store and what keeps
/// its place on disk: `(Arc<dyn Store>, impl Sized)`.
#[macro_export]
macro_rules! contract {
    ($open:ident) => {
        $crate::contract! { @modules $open
            appending {
                numbers_entries keeps_the_order_of_calls outlives_a_clock_that_goes_back repeats_get_the_first_answer
                refuses_unknown_receivers delivers_from_the_server_api keeps_notes_to_oneself
                a_name_registered_again_starts_empty resolves_directed_names
            }
            importing {
                keeps_their_time refuses_what_is_too_early of_the_present_is_a_send reaches_devices can_be_edited
            }
            reading {
                goes_both_ways ends_exactly jumps_what_is_deleted keeps_to_a_window_of_time filters_by_kind_and_sender
                shows_only_ones_own searches_far
            }
            inboxes {
                echoes_to_other_devices later_devices_start_at_the_end cursors_never_go_back keeps_to_the_audience
                signals_follow_their_message scans_past_what_is_deleted pages_are_bounded forgets_unused_devices
                a_forgotten_device_takes_its_own_cursors queues_are_in_order
            }
            deleting {
                by_ids by_many_ids through_a_time through_a_time_in_the_future through_now_when_positions_run_ahead
                by_conversation_and_all only_ones_own never_undone
            }
            listing {
                counters_follow_deletions sending_from_a_device_reads ordered_in_pages emptied_ones_lose_their_pin
                emptied_ones_lose_their_marks
                others_keep_their_pin unlisted_ones_come_back unlisted_with_messages changes_make_events pins_are_bounded
                reading_is_ones_own every_view_is_found
            }
            streams {
                events_reach_other_devices deletions_are_told two_origins_stay_apart quiet_deletions_are_facts_only
                a_floor_swallows_ranges ids_are_bounded cut_anywhere facts_do_not_expire
            }
            groups {
                created_with_its_owner changes_all_or_none bounded joiners_see_what_comes_after
                former_members_see_up_to_the_end rejoining_brings_nothing_back rejoining_keeps_what_was_deleted
                ended_groups_stay_readable
            }
            changing {
                recalled_messages_are_nobodys who_deleted_it_hears_nothing recalls_and_deletions_count_once
                the_last_edit_is_shown receipts_are_for_who_sees_the_message messages_are_found former_members_are_told changes_are_refused
            }
            records {
                read_by_key written_all_or_none records_end go_with_their_account the_blocked_and_strangers_cannot_write
                the_muted_cannot_write groups_change_with_their_records
            }
            rooms {
                are_sent_to_as_rooms are_listed_newest_first are_counted_apart who_leaves_a_room_keeps_nothing
                are_purged_when_all_have_left ended_ones_are_forgotten are_on_no_list_and_deletions_say_so
            }
            threads {
                hang_on_a_message are_listed_by_their_group are_left_with_the_group end_with_the_group
                are_on_no_list_of_conversations the_muted_of_the_group_are_muted
            }
            managing {
                groups_are_listed changes_are_about_members the_disabled_cannot_write shielded_queues_are_not_listed
            }
            people {
                apps_are_unique accounts_are_unique tokens_expire a_new_password_drops_tokens
                accounts_out_of_use_have_no_tokens deleted_accounts_leave_the_logs the_others_keep_what_they_have
                devices_are_bounded logins_say_where_a_device_stands
                logins_say_what_was_acknowledged logins_say_what_was_sent closes
            }
            files {
                are_noted go_with_their_last_message unsent_ones_go removals_are_tried_again stay_in_their_application
                go_with_old_signals go_with_their_account unsent_ones_are_bounded stay_with_edited_messages
                stay_while_they_are_shared go_with_the_group_that_shares_them
            }
            hooks {
                are_told_until_done come_with_their_message deleted_messages_are_told_without_their_bodies are_bounded
            }
            audit {
                acts_are_audited held_conversations_are_not_purged held_users_keep_their_conversations held_signals_stay
                held_conversations_keep_what_was_recalled_and_edited
            }
            renaming {
                what_was_written_in_groups what_was_written_in_rooms what_was_done_in_groups files_and_edits_stay waits_for_holds
            }
            jobs {
                purges_after_the_last_viewer purges_what_former_members_gave_up retires_old_messages sweeps_what_is_old
                purges_what_hangs_on_messages
            }
        }
    };
    (@modules $open:ident $($module:ident { $($behaviour:ident)* })*) => {
        $(mod $module {
            $crate::contract! { @tests $open $module $($behaviour)* }
        })*
    };
    (@tests $open:ident $module:ident $($behaviour:ident)*) => {
        $(#[tokio::test]
        async fn $behaviour() {
            let (store, _place) = super::$open().await;
            $crate::contract::$module::$behaviour(&*store).await;
        })*
    };
}
