"""No change that happens while an outside call is under way is lost: the list of every place, and of the test for it.

Most work reads a state, makes an outside call and then writes a row. The tests in ``test_changes_to_*.py`` change the
state while the call is under way, run every job to its end, and expect the change in everything that shows it.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

import bot

ANSWERS_ONLY = "it answers a person once, and writes nothing afterwards"
PINGS_ONLY = "it says what was so when it was sent, and writes nothing afterwards"
NO_CALL = "it writes before any outside call, or in a transaction that reads what it writes"
READ_LATER = "it only enqueues a job, and that job reads the state when it runs"
TEST_PREFIX = "test_"

STEPS = {
    "announce_change: enqueue the posts": READ_LATER,
    "announce_change: announce": ANSWERS_ONLY,
    "channel_posts: begin to post": NO_CALL,
    "announce_change: report the failure": READ_LATER,
    "apply_admin_change: apply the change": "test_admin_who_loses_the_role_while_their_grant_is_looked_up_grants_nothing",
    "tell_card_place: tell where the card is": ANSWERS_ONLY,
    "chat_retries: enqueue the retry": READ_LATER,
    "closed_request: report the closed request": ANSWERS_ONLY,
    "invite: invite the colleague": "test_session_that_ends_while_a_colleague_is_looked_up_invites_nobody",
    "invite: withdraw the invitation": NO_CALL,
    "invite: report the refusal": READ_LATER,
    "post_invitation: post the invitation": "test_invitation_withdrawn_while_its_card_is_posted_ends_without_a_way_in",
    "post_invitation: try the next account": READ_LATER,
    "post_invitation: ping the invited technician": PINGS_ONLY,
    "post_invitation: add the note to the request": "it says who was invited, which stays so",
    "apply_admin_change: report the refusal": READ_LATER,
    "confirm_address: confirm the account": "test_account_whose_address_changes_while_it_is_confirmed_is_confirmed_as_it_is_then",
    "confirm_address: report the refusal": READ_LATER,
    "confirm_connection: confirm": ANSWERS_ONLY,
    "confirm_connection: ask": ANSWERS_ONLY,
    "creation_steps: look up the request": "test_session_given_up_while_its_request_is_looked_up_keeps_the_reason",
    "creation_steps: open the session": "test_session_ended_while_teamviewer_creates_it_is_closed_there",
    "creation_steps: check that it is open": NO_CALL,
    "creation_steps: end it if a rule asks for a mail": NO_CALL,
    "creation_steps: close the orphaned session": "test_session_ended_while_teamviewer_creates_it_is_closed_there",
    "creation_steps: mark it as failed": NO_CALL,
    "creation_steps: drop the session": "test_dropped_session_leaves_the_home_that_showed_it",
    "deliver_answer: deliver the answer": ANSWERS_ONLY,
    "end_session: close it at TeamViewer": "test_end_that_the_sweep_sees_first_is_still_recorded_for_who_ended_it",
    "end_session: confirm": ANSWERS_ONLY,
    "end_session: enqueue the refreshes": READ_LATER,
    "end_session: end it": "test_requester_who_joins_while_the_session_is_ended_is_not_forgotten",
    "end_session: report the failure": "test_end_that_fails_while_the_session_ends_at_teamviewer_leaves_it_ended",
    "expiry_reminder: remind": "test_session_that_ends_between_the_mark_and_the_reminder_is_not_reminded_of",
    "homes: show the home": "test_change_while_a_home_is_posted_as_a_new_message_goes_into_that_message",
    "homes: enqueue the requests": READ_LATER,
    "homes: refresh the home": "test_older_home_that_arrives_last_does_not_win",
    "identify_user: read the profile": "test_older_profile_that_arrives_after_a_newer_one_is_dropped",
    "identify_user: read the technicians": "test_older_technician_list_that_arrives_after_a_newer_one_is_dropped",
    "identify_user: carry the command out": "test_command_carried_out_by_another_process_meanwhile_is_carried_out_once",
    "identify_user: report the problem": READ_LATER,
    "invite_in_chat: invite the requester": "test_session_that_ends_while_its_requester_is_invited_leaves_no_way_in",
    "invite_in_chat: mark the invitation": NO_CALL,
    "invite_in_chat: refresh the invitation": "test_session_that_ends_while_its_invitation_is_refreshed_leaves_no_way_in",
    "lost_connection: report the lost connection": ANSWERS_ONLY,
    "notices: send notice {}": "test_session_that_ends_while_a_notice_is_sent_keeps_that_it_was_sent",
    "notices: turn notice {} into a mail": NO_CALL,
    "notices: mail notice {}": "test_notice_sent_by_another_process_while_this_one_is_refused_is_not_mailed_too",
    "notices: turn notice {} into a note": NO_CALL,
    "notices: add notice {} as a note": "test_notice_finished_by_another_process_while_its_note_is_added_keeps_that_result",
    "move_session: assign the session": "test_session_that_ends_while_it_is_assigned_is_closed_in_the_new_account",
    "move_session: replace the session": "test_session_that_ends_while_it_is_replaced_leaves_nothing_open",
    "move_session: enqueue the next try": READ_LATER,
    "move_session: give up": NO_CALL,
    "move_session: close what was left open": "test_session_that_ends_while_it_is_replaced_leaves_nothing_open",
    "offer_session: store the offer": "test_session_that_ends_while_the_colleague_is_looked_up_is_not_offered",
    "offer_session: report the refusal": READ_LATER,
    "offer_session: end the offer": NO_CALL,
    "offer_session: send the message": ANSWERS_ONLY,
    "offer_session: report that nobody was reached": "test_offer_that_is_declined_while_its_message_fails_stays_declined",
    "plan_jobs: look up the request": "test_plan_cancelled_while_its_request_is_looked_up_stays_cancelled",
    "plan_jobs: drop the plan": NO_CALL,
    "plan_jobs: show the plan": "test_plan_moved_while_its_card_is_posted_ends_with_a_current_card",
    "plan_jobs: look who the requester is": "test_plan_cancelled_while_its_requester_is_looked_up_stays_cancelled",
    "plan_jobs: mail the former requester": ANSWERS_ONLY,
    "plan_jobs: mail the requester": "test_plan_moved_while_its_mail_is_sent_gets_a_mail_of_its_own",
    "plan_jobs: reply on the request": "test_plan_cancelled_while_its_reply_is_sent_gets_a_reply_of_its_own",
    "plan_jobs: store that it failed": NO_CALL,
    "plan_jobs: add the note to the request": "it says what was changed, and a later change gets a note of its own",
    "plan_jobs: send the message": ANSWERS_ONLY,
    "transfer_note: add the note to the request": ANSWERS_ONLY,
    "notices: mark notice {}": "test_notice_sent_by_another_process_while_this_send_fails_stays_sent",
    "outage_cards: post the card of the outage": "test_session_that_ends_while_the_card_of_its_outage_is_posted_is_shown_as_ended",
    "outage_cards: say that there is no card": NO_CALL,
    "outage_cards: refresh the card of the outage": "test_older_refresh_of_an_outage_that_arrives_last_does_not_win",
    "outage_cards: settle the card of the outage": READ_LATER,
    "pings: ping the creator": PINGS_ONLY,
    "pings: enqueue the pings": READ_LATER,
    "pings: read the connection reports": "test_requester_who_returns_while_reports_are_read_is_not_reported_as_gone",
    "connection_reports: read the connection reports": "test_session_that_ends_while_its_reports_are_read_stays_ended_and_gets_them",
    "end_session: look who is there": "test_connection_reported_while_it_is_looked_who_is_there_is_kept",
    "notices: report the result": NO_CALL,
    "notice_notes: enqueue the note": NO_CALL,
    "notice_notes: add the note to the request": "test_notice_that_is_sent_while_the_note_is_written_gets_a_note_of_its_own",
    "monthly_report: post the report": ANSWERS_ONLY,
    "post_card: post the card": "test_session_that_changes_while_its_card_is_posted_ends_with_a_current_card",
    "post_card: send the supporter link": ANSWERS_ONLY,
    "post_card: settle the post": READ_LATER,
    "refresh_cards: enqueue the refreshes": READ_LATER,
    "refresh_cards: enqueue a batch of cards": READ_LATER,
    "refresh_cards: enqueue a batch of homes": READ_LATER,
    "refresh_cards: refresh the card": "test_older_refresh_that_arrives_last_does_not_win",
    "renew_session: replace the session at TeamViewer": "test_session_that_ends_while_teamviewer_creates_its_new_one_is_not_renewed",
    "renew_session: report the failure": NO_CALL,
    "renew_session: close the session before": "test_session_that_ends_while_the_one_before_is_closed_stays_ended",
    "renew_session: add the note to the request": PINGS_ONLY,
    "replies: answer": ANSWERS_ONLY,
    "reread_profile: read the changed profile": "test_older_profile_that_arrives_after_a_newer_one_is_dropped",
    "reread_profile: refresh what shows its links": READ_LATER,
    "revoke_connections: revoke {}": "test_connection_made_while_an_earlier_one_is_revoked_stays",
    "revoke_connections: report the delay": READ_LATER,
    "show_preview: show the preview": "test_session_that_ends_while_a_preview_is_shown_leaves_it",
    "run_checks: make the checks": READ_LATER,
    "show_request: show the request": "test_session_that_ends_while_a_request_is_shown_ends_with_a_current_card",
    "show_request: report the problem": ANSWERS_ONLY,
    "warn_admins: enqueue the warnings": READ_LATER,
    "warn_admins: warn in the channel": ANSWERS_ONLY,
    "warn_admins: enqueue private warnings": READ_LATER,
    "warn_admins: warn the SDAdmin": ANSWERS_ONLY,
    "user_lookup: read the technicians": "test_older_technician_list_that_arrives_after_a_newer_one_is_dropped",
    "write_record: write the note": "test_report_that_arrives_while_the_note_is_added_reaches_it",
    "write_record: add a correcting note": "test_report_that_arrives_while_the_note_is_replaced_reaches_the_request",
    "write_record: write the worklog": "test_report_that_arrives_while_the_worklog_is_added_reaches_it",
    "write_record: store the outcome": "test_record_written_by_another_process_during_a_failure_is_not_audited_as_failed",
}
"""Every step of every workflow: the test that changes the state during it, or why no change can be lost there."""

WRITERS = {
    "command_dispatcher.CommandDispatcher._dispatch_once": NO_CALL,
    "command_dispatcher.CommandDispatcher.accept": NO_CALL,
    "command_dispatcher.CommandDispatcher.run_unanswered": NO_CALL,
    "tokens.LeasedTokens._lease": NO_CALL,
    "tokens.LeasedTokens._store": "test_connection_deleted_during_a_token_refresh_stays_deleted",
    "tokens.LeasedTokens._release": NO_CALL,
    "tokens.LeasedTokens._end_lease": NO_CALL,
    "use_cases.account_changed.expire_account": READ_LATER,
    "use_cases.authorize.start_sign_in": NO_CALL,
    "use_cases.authorize.finish_sign_in": NO_CALL,
    "use_cases.authorize._hold_for_revocation": "test_integration_switched_off_during_a_sign_in_connects_nothing",
    "use_cases.authorize._store_finished": "it stores a new row of its own, and compares it with the connection when it is read",
    "use_cases.authorize.confirm_account": NO_CALL,
    "use_cases.authorize.abandon_sign_in": NO_CALL,
    "use_cases.authorize._connect_account": "test_second_sign_in_during_the_first_leaves_one_connection_in_use",
    "use_cases.authorize._ask_for_confirmation": "test_integration_switched_off_before_a_confirmation_is_asked_for_connects_nothing",
    "use_cases.enter.use_way_in": "test_invitation_withdrawn_while_its_technician_is_looked_at_gives_no_link",
    "workflows.invite.Inviter.invite": "test_session_that_ends_while_a_colleague_is_looked_up_invites_nobody",
    "workflows.invite.Inviter.withdraw": "it withdraws the invitation that is open when it writes",
    "workflows.post_invitation.InvitationPoster._store": "test_invitation_withdrawn_while_its_card_is_posted_ends_without_a_way_in",
    "workflows.post_invitation.InvitationPoster._store.store": "test_invitation_withdrawn_while_its_card_is_posted_ends_without_a_way_in",
    "workflows.post_invitation.InvitationPoster.try_next_account": READ_LATER,
    "workflows.refresh_cards.CardRefresher._update_card_of_invitation": "an invitation that is over stays so: a new one gets a new card",
    "use_cases.rate.rate_session": NO_CALL,
    "use_cases.request_closed.end_sessions_of_closed_request": NO_CALL,
    "workflows.announce_change.announce_change.enqueue_posts": READ_LATER,
    "workflows.confirm_address.AccountConfirmer.confirm_address": "test_account_whose_address_changes_while_it_is_confirmed_is_confirmed_as_it_is_then",
    "workflows.apply_admin_change.AdminChanger.apply_change": "test_technician_taken_off_the_list_while_they_are_made_an_admin_is_refused",
    "workflows.chat_retries.ChatRetries._enqueue_retry": READ_LATER,
    "workflows.chat_retries.ChatRetries.call_or_retry.begin_and_call": "test_session_that_ends_while_a_retry_begins_ends_with_a_current_card",
    "workflows.count_sessions._count_batch": NO_CALL,
    "workflows.monthly_report.MonthlyReporter.enqueue_due": READ_LATER,
    "workflows.create_session.SessionCreator.look_up_request": "test_session_ended_while_its_request_is_looked_up_stays_ended",
    "workflows.create_session.SessionCreator.open_session": "test_session_ended_while_teamviewer_creates_it_is_closed_there",
    "workflows.create_session.SessionCreator.drop": "test_dropped_session_leaves_the_home_that_showed_it",
    "workflows.create_session.SessionCreator._report_wait": "test_end_while_the_creation_is_reported_as_slow_is_not_overwritten",
    "workflows.create_session.SessionCreator._mark_attempted": NO_CALL,
    "workflows.create_session.SessionCreator._unmark_attempted": "test_session_ended_while_its_creation_is_withheld_stays_ended",
    "workflows.create_session.SessionCreator._store_problem": "test_session_ended_while_teamviewer_is_away_shows_no_trouble",
    "workflows.end_session.SessionEnder.enqueue_refreshes": READ_LATER,
    "workflows.end_session.SessionEnder.mark_as_ended": "test_requester_who_joins_while_the_session_is_ended_is_not_forgotten",
    "workflows.end_session.SessionEnder.confirm_end": NO_CALL,
    "workflows.end_session.SessionEnder.report_failure": "test_end_that_fails_while_the_session_ends_at_teamviewer_leaves_it_ended",
    "workflows.expiry_reminder.enqueue_due_reminders": NO_CALL,
    "workflows.homes.show_home.identify": NO_CALL,
    "workflows.homes.HomePublisher.publish_home": READ_LATER,
    "workflows.homes.HomePublisher.refresh_home": "test_older_home_that_arrives_last_does_not_win",
    "workflows.homes.show_home.enqueue_refresh_with_requests": READ_LATER,
    "workflows.identify_user.WaitingCommands.carry_out": "test_integration_switched_off_while_a_sender_is_looked_up_refuses_their_command",
    "workflows.invite_in_chat.RequesterInviter._find": "test_notice_finished_while_its_requester_is_looked_for_is_not_sent",
    "workflows.invite_in_chat.RequesterInviter._search_elsewhere": NO_CALL,
    "workflows.invite_in_chat.RequesterInviter._send.mark": NO_CALL,
    "workflows.invite_in_chat.RequesterInviter._unmark": "an attempt belongs to one job, and one process runs it",
    "workflows.invite_in_chat.RequesterInviter._finish": "test_not_now_pressed_before_the_message_is_stored_is_kept",
    "workflows.invite_in_chat.RequesterInviter.refresh": NO_CALL,
    "workflows.invite_in_chat.RequesterInviter._show": "test_session_that_ends_while_its_invitation_is_refreshed_leaves_no_way_in",
    "workflows.lease.leased": NO_CALL,
    "workflows.lease.leased.release": NO_CALL,
    "workflows.limitations.LimitationMonitor.record": NO_CALL,
    "workflows.mail_rule.MailRule.end_unmailed": NO_CALL,
    "workflows.limitations.LimitationMonitor.clear": "test_limitation_found_again_while_the_old_one_is_cleared_stays",
    "workflows.notice_attempt.notice_attempt.mark": NO_CALL,
    "workflows.notice_attempt.unmark_attempted": "test_notice_sent_by_another_process_while_its_reply_is_refused_stays_sent",
    "workflows.lease._renew_lease": NO_CALL,
    "workflows.notices.NoticeSender._finish": "test_notice_finished_by_another_process_during_the_send_keeps_that_result",
    "workflows.notices.NoticeSender._turn_reply_into_mail": NO_CALL,
    "workflows.notices.NoticeSender._turn_into_note": NO_CALL,
    "workflows.pings.Pinger.enqueue_departure": READ_LATER,
    "workflows.connection_reports.ReportReader._store": "test_older_reports_that_arrive_last_do_not_take_a_connection_away",
    "workflows.end_session.SessionEnder.look_who_is_there": "test_connection_reported_while_it_is_looked_who_is_there_is_kept",
    "workflows.notice_notes.NoteWriter.add_note_at_latest": NO_CALL,
    "workflows.notice_notes.NoteWriter.add_first_note": "test_notice_that_is_sent_while_the_note_is_written_gets_a_note_of_its_own",
    "workflows.notice_notes.NoteWriter.add_later_note": NO_CALL,
    "workflows.notices.NoticeSender.report_result": NO_CALL,
    "workflows.notices.NoticeSender._store_failure": "test_notice_sent_by_another_process_while_this_send_fails_stays_sent",
    "workflows.move_session.SessionMover.replace_session.mark": NO_CALL,
    "workflows.move_session.SessionMover.replace_session.take_back": NO_CALL,
    "workflows.move_session.SessionMover._load": NO_CALL,
    "workflows.move_session.SessionMover._hand_over": "test_session_that_ends_while_it_is_assigned_is_closed_in_the_new_account",
    "workflows.move_session.SessionMover.enqueue_try": READ_LATER,
    "workflows.move_session.SessionMover.give_up": NO_CALL,
    "workflows.offer_messages.OfferMessenger._send_once.mark": NO_CALL,
    "workflows.offer_messages.OfferMessenger._send_once.take_back": "an attempt belongs to one job, and one process runs it",
    "workflows.offer_messages.OfferMessenger._store": "test_offer_that_is_settled_while_its_message_is_sent_keeps_no_buttons",
    "workflows.offer_session.SessionOfferer.offer": "test_technician_who_loses_the_session_while_the_colleague_is_looked_up_offers_nothing",
    "workflows.offer_session.SessionOfferer.expire": NO_CALL,
    "workflows.offer_session.SessionOfferer.report_unreachable": "test_offer_that_is_declined_while_its_message_fails_stays_declined",
    "workflows.transfer_leftovers.LeftoverCloser._close_or_give_up": NO_CALL,
    "workflows.transfer_leftovers.LeftoverCloser._close": "what is left open belongs to one transfer, and a repeated close is harmless",
    "workflows.transfer_leftovers.LeftoverCloser._postpone": NO_CALL,
    "workflows.plans.PlanFollower.look_up_request": "test_plan_cancelled_while_its_request_is_looked_up_stays_cancelled",
    "workflows.plans.PlanFollower.drop": NO_CALL,
    "workflows.plans.PlanFollower.follow_requester": "test_plan_cancelled_while_its_requester_is_looked_up_stays_cancelled",
    "workflows.plans.PlanFollower._update": "a message that does not exist never exists again",
    "workflows.plans.PlanFollower._post": "test_plan_moved_while_its_card_is_posted_ends_with_a_current_card",
    "workflows.plans.PlanFollower._post.mark": NO_CALL,
    "workflows.plans.PlanFollower._unmark": "an attempt belongs to one job, and one process runs it",
    "workflows.plans.PlanFollower._store_mail": "test_plan_moved_while_its_mail_is_sent_gets_a_mail_of_its_own",
    "workflows.start_plans.remind_of_due_plans.remind": NO_CALL,
    "workflows.start_plans.start_due_plans.start": NO_CALL,
    "workflows.orphaned_sessions.OrphanCloser.fail_session": "test_session_ended_while_its_creation_gets_no_answer_is_closed_at_teamviewer",
    "workflows.orphaned_sessions.OrphanCloser._set_close_after": "test_orphan_looked_for_while_another_process_closes_it_is_closed_once_more",
    "workflows.outage_cards.OutageCards.post.mark": NO_CALL,
    "workflows.outage_cards.OutageCards._unmark": "an attempt belongs to one job, and one process runs it",
    "workflows.outage_cards.OutageCards._store_place.store": "test_place_that_becomes_known_while_the_card_is_posted_is_retired",
    "workflows.outage_cards.OutageCards.refresh": NO_CALL,
    "workflows.outage_cards.OutageCards._show": "test_older_refresh_of_an_outage_that_arrives_last_does_not_win",
    "workflows.outage_cards.OutageCards._retire": READ_LATER,
    "workflows.outage_cards.OutageCards.report_unposted": NO_CALL,
    "workflows.post_card.CardPoster._enqueue_message_instead": "test_session_that_opens_while_its_card_is_refused_has_a_way_in",
    "workflows.post_card.CardPoster._enqueue_refresh": READ_LATER,
    "workflows.post_card.CardPoster._store_card.store": "test_session_that_ends_while_an_earlier_post_is_looked_for_ends_with_a_current_card",
    "workflows.post_once.OncePoster.post.mark": NO_CALL,
    "workflows.post_once.OncePoster._delete": "an attempt belongs to one job, and one process runs it",
    "workflows.refresh_cards.CardRefresher.enqueue_homes": READ_LATER,
    "workflows.refresh_cards.CardRefresher.enqueue_batch_of_cards": READ_LATER,
    "workflows.refresh_cards.CardRefresher.enqueue_batch_of_homes": READ_LATER,
    "workflows.refresh_cards.CardRefresher.enqueue_refreshes": READ_LATER,
    "workflows.refresh_cards.CardRefresher._begin": "test_session_that_ends_while_its_cards_are_refreshed_ends_with_current_cards",
    "workflows.record_schedule.enqueue_due_records": NO_CALL,
    "workflows.refresh_cards.CardRefresher.retire_card": "test_card_replaced_while_it_is_refreshed_does_not_stay_with_buttons",
    "workflows.refresh_cards.CardRefresher._retire_card_of_former_technician": "a card that was retired is never shown again",
    "workflows.refresh_cards.CardRefresher._update_card": "a message that does not exist never exists again",
    "workflows.former_sessions.FormerSessionCloser.abandon_stuck": NO_CALL,
    "workflows.former_sessions.FormerSessionCloser._set_close_after": "test_session_before_that_another_process_closes_meanwhile_is_closed_once_more",
    "workflows.renew_session.SessionRenewer._mark_attempted": NO_CALL,
    "workflows.renew_session.SessionRenewer._unmark_attempted": "test_session_ended_while_its_renewal_is_withheld_stays_ended",
    "workflows.renew_session.SessionRenewer._replace": "test_session_that_ends_while_teamviewer_creates_its_new_one_is_not_renewed",
    "workflows.renew_session.SessionRenewer.close_former": READ_LATER,
    "workflows.renew_session.SessionRenewer.report_failure": NO_CALL,
    "workflows.replies.Replies.enqueue_answer": READ_LATER,
    "workflows.reread_profile._enqueue_refreshes": READ_LATER,
    "workflows.retention._run_in_transaction": NO_CALL,
    "workflows.revoke_connections.ConnectionRevoker.revoke": "test_connection_made_while_an_earlier_one_is_revoked_stays",
    "workflows.revoke_connections.ConnectionRevoker._revoke_or_postpone": "test_revocation_done_by_another_process_meanwhile_is_not_postponed",
    "workflows.session_changes.SessionChanges.change": NO_CALL,
    "workflows.show_request.show_request.answer": "test_session_that_ends_while_a_request_is_shown_ends_with_a_current_card",
    "workflows.sms.SmsSender._with_mobile_number": "test_session_that_ends_while_its_number_is_read_again_gets_no_sms",
    "workflows.sweep.Sweeper._enqueue_technicians": READ_LATER,
    "workflows.sweep.Sweeper.sweep": NO_CALL,
    "workflows.sweep.Sweeper._expire": NO_CALL,
    "workflows.sweep.Sweeper._apply_status": "test_session_ended_while_the_sweep_asks_teamviewer_keeps_who_ended_it",
    "workflows.warn_admins.AdminWarner.enqueue_private_warnings": READ_LATER,
    "workflows.warn_admins.AdminWarner.enqueue_warnings": READ_LATER,
    "account_check.AccountCheck.read_profile": "test_older_profile_that_arrives_after_a_newer_one_is_dropped",
    "workflows.user_lookup.UserLookup.refresh_technicians": "test_older_technician_list_that_arrives_after_a_newer_one_is_dropped",
    "workflows.write_record.SessionRecorder.store_outcome": "test_record_written_by_another_process_during_a_failure_is_not_audited_as_failed",
    "workflows.write_record.SessionRecorder._store": "test_two_jobs_at_once_add_one_note",
}
"""Every function that opens a transaction to write: the test that changes the state before it, or why none is needed."""


def syntax_trees(folder: str) -> Iterator[tuple[str, ast.Module]]:
    """Yield the dotted name and the syntax tree of each module in a folder of the product."""
    root = Path(bot.__file__).parent
    for path in sorted((root / folder).rglob("*.py")):
        yield ".".join(path.relative_to(root).with_suffix("").parts), ast.parse(path.read_text())


def calls_within(node: ast.AST, place: tuple[str, ...]) -> Iterator[tuple[str, ast.Call]]:
    """Yield each method call in a syntax tree, with the dotted name of the function that holds it."""
    for child in ast.iter_child_nodes(node):
        inner = place
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            inner = (*place, child.name)
        if isinstance(child, ast.Call) and isinstance(child.func, ast.Attribute):
            yield ".".join(place), child
        yield from calls_within(child, inner)


def step_name(call: ast.Call) -> str:
    """Return the name of a step, with ``{}`` for what is put in when it runs."""
    name = call.args[0]
    if isinstance(name, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in name.values)
    assert isinstance(name, ast.Constant), "a step has a literal name"
    return str(name.value)


def runs_a_step(module: str, call: ast.Call) -> bool:
    """Whether a call runs a step: by itself, or as the one call of a chat job, whose name the caller gives."""
    method = ast.unparse(call.func)
    if not method.endswith((".run_step", ".call_or_retry")):
        return False
    return module != "workflows.chat_retries" or not isinstance(call.args[0], ast.Name)


def opens_a_write(call: ast.Call) -> bool:
    """Whether a call begins a transaction that writes: by itself, or through a change of a session."""
    method = ast.unparse(call.func)
    opens = ("unit_of_work.write", "unit_of_work.accept", "_sessions.change", "_sessions.change_where_needed")
    return method.endswith(opens)


def test_every_step_is_tested_or_says_why_no_change_can_be_lost() -> None:
    steps = {
        f"{module.removeprefix('workflows.')}: {step_name(call)}"
        for module, tree in syntax_trees("workflows")
        for _place, call in calls_within(tree, ())
        if runs_a_step(module, call)
    }
    assert steps == set(STEPS)


def test_every_write_is_tested_or_says_why_no_change_can_be_lost() -> None:
    writers = {
        f"{module}.{place}"
        for module, tree in syntax_trees("")
        for place, call in calls_within(tree, ())
        if opens_a_write(call)
    }
    assert writers == set(WRITERS)


def test_every_test_that_the_tables_name_exists() -> None:
    named = {entry for entry in [*STEPS.values(), *WRITERS.values()] if entry.startswith(TEST_PREFIX)}
    tests = {
        line.partition("def ")[2].partition("(")[0]
        for path in Path(__file__).parent.glob("test_changes_to_*.py")
        for line in path.read_text().splitlines()
    }
    assert named <= tests
