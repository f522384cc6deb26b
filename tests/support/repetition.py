"""Whether a call to an outside system may be made once more after its outcome was lost: one entry for each call of a port."""

from bot.ports import Chat, Doctor, Mailer, ServiceDesk, TeamViewer, Texter

PORTS = (TeamViewer, ServiceDesk, Mailer, Texter, Chat, Doctor)
ATTEMPTED = (
    "It is made within attempting() alone: a mark is stored before, and taken back if the call never left."
)
READS = "It changes nothing."
HARMLESS = "A second call changes nothing more."
FOUND_FIRST = "What it adds carries a reference, which is looked for before every call."
LEASED = "It is made under the lease on the tokens, which is its mark."
IN_A_BROWSER = "No job makes it: a person waits for it in a browser, and starts again."
AT_LEAST_ONCE = "A second message may appear: people see that it is the same."

REPETITION = {
    "TeamViewer.exchange": IN_A_BROWSER,
    "TeamViewer.refresh": LEASED,
    "TeamViewer.revoke": HARMLESS,
    "TeamViewer.account": READS,
    "TeamViewer.create_session": ATTEMPTED,
    "TeamViewer.find_session": READS,
    "TeamViewer.open_sessions": READS,
    "TeamViewer.session_status": READS,
    "TeamViewer.assigned_session": READS,
    "TeamViewer.assign_session": HARMLESS,
    "TeamViewer.send_sms": ATTEMPTED,
    "TeamViewer.close_session": HARMLESS,
    "TeamViewer.connection_reports": READS,
    "ServiceDesk.request": READS,
    "ServiceDesk.request_by_id": READS,
    "ServiceDesk.search": READS,
    "ServiceDesk.assigned_requests": READS,
    "ServiceDesk.technicians": READS,
    "ServiceDesk.reply": ATTEMPTED,
    "ServiceDesk.has_reply": READS,
    "ServiceDesk.add_note": FOUND_FIRST,
    "ServiceDesk.find_note": READS,
    "ServiceDesk.edit_note": HARMLESS,
    "ServiceDesk.add_worklog": ATTEMPTED,
    "ServiceDesk.find_worklog": READS,
    "ServiceDesk.edit_worklog": HARMLESS,
    "Mailer.send": ATTEMPTED,
    "Texter.send": ATTEMPTED,
    "Chat.tenants_of": READS,
    "Chat.link_to": READS,
    "Chat.is_shared_outside": READS,
    "Chat.profile": READS,
    "Chat.find_accounts": READS,
    "Chat.update_message": HARMLESS,
    "Chat.post": AT_LEAST_ONCE,
    "Chat.post_private": AT_LEAST_ONCE,
    "Chat.find_post": READS,
    "Chat.find_private_post": READS,
    "Chat.reply": AT_LEAST_ONCE,
    "Chat.publish_home": HARMLESS,
    "Chat.unfurl": HARMLESS,
    "Chat.update_card": HARMLESS,
    "Chat.send_answer": AT_LEAST_ONCE,
    "Chat.deliver_answer": AT_LEAST_ONCE,
    "Doctor.examine": READS,
}
"""Every call of every outside system. The fakes refuse an ATTEMPTED call that is made without an attempt."""
