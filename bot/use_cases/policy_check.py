"""The one place that decides by the rules of SDAdmins whether a session may be created.

A command asks before it accepts a session (``require_allowed``), or plans one (``require_plan_allowed``). The job asks when it has read the request
(``require_request_allowed``), and right before it calls TeamViewer (``require_still_allowed``). A session that changes hands
is asked about as the colleague's (``require_transfer_allowed``).
"""

from collections.abc import Sequence
from datetime import datetime

from bot.errors import NotAllowed
from bot.i18n import Text, _
from bot.installation import Installation
from bot.model.ids import Email
from bot.model.policy import Creation, Limit, NumberedRule, Origin, Per, RequireMail
from bot.model.request import Request
from bot.model.session import Session
from bot.unit_of_work import Transaction
from bot.use_cases.context import CommandContext
from bot.values import replace
from bot.views.policy import rule_text

_MOST_NAMED = 3
"""How many SDAdmins a refusal names."""


async def require_allowed(
    new: Sequence[Session], rules: Sequence[NumberedRule], context: CommandContext, *, another: bool
) -> None:
    """Raise NotAllowed if a rule refuses these sessions, as far as it does not depend on their requests.

    Only those count that would be stored: one that is open already is shown. Otherwise store what rules ask about them.
    Two commands at the same moment wait for each other where the number of sessions is limited.
    ``rules`` were read in this transaction.
    """
    if any(isinstance(one.rule.demand, Limit) for one in rules):
        await context.tx.policy.lock()
    wanted = [one for one in new if rules and await is_new(one, context, another=another)]
    for session in wanted[:1]:
        creation = _creation(session, _origin(context))
        await _require_allowed(creation, rules, context.tx, context.installation)
        for one in rules:
            if isinstance(one.rule.demand, Limit):
                count, limit = len(wanted), one.rule.demand
                await _require_room(creation, count, one, limit, context.tx, context.installation)


async def require_plan_allowed(planned: Sequence[Session], context: CommandContext) -> None:
    """Raise NotAllowed if a rule refuses sessions that are planned for later, as far as it does not depend on their requests.

    They are created at the planned time, because rules may have hours. How many are open then is not known: of those limits
    only one is checked that the command itself exceeds. The whole is asked again at that time.
    """
    rules = await context.tx.policy.rules()
    for session in planned[:1]:
        creation = _creation(session, _origin(context))
        await _require_allowed(creation, rules, context.tx, context.installation)
        for one in rules:
            limit = one.rule.demand
            if (
                isinstance(limit, Limit)
                and len(planned) > limit.most
                and one.rule.applies_to(creation, context.installation.timezone)
            ):
                raise NotAllowed(await _refusal(one, context.tx, context.installation))


async def store_origin(session: Session, context: CommandContext) -> None:
    """Store what rules ask about a session that was accepted."""
    await context.tx.policy.store_origin(session.id, _origin(context))


async def require_request_allowed(
    session: Session,
    request: Request,
    rules: Sequence[NumberedRule],
    tx: Transaction,
    installation: Installation,
) -> None:
    """Raise NotAllowed if a rule refuses an accepted session, now that its request was read.

    ``rules`` may have changed while it was read: ``require_still_allowed`` asks again.
    """
    origin = await tx.policy.origin(session.id)
    creation = replace(_creation(session, origin), site=request.site, group=request.group)
    if not request.requester.email:
        creation = replace(creation, is_mailed=False)
    await _require_allowed(creation, rules, tx, installation)


async def require_plannable(
    planned: Session, request: Request, origin: Origin, tx: Transaction, installation: Installation
) -> None:
    """Raise NotAllowed if a rule refuses a session that is planned for later, now that its request was read.

    ``planned`` is created at the planned time, because rules may have hours. What is open then is not known yet.
    """
    creation = replace(_creation(planned, origin), site=request.site, group=request.group)
    if not request.requester.email:
        creation = replace(creation, is_mailed=False)
    await _require_allowed(creation, await tx.policy.rules(), tx, installation)


async def require_still_allowed(
    session: Session, rules: Sequence[NumberedRule], tx: Transaction, installation: Installation
) -> None:
    """Raise NotAllowed if a rule that was added meanwhile refuses an accepted session. ``rules`` were read in this transaction."""
    if rules:
        creation = _creation(session, await tx.policy.origin(session.id))
        await _require_allowed(creation, rules, tx, installation)


async def require_renewal_allowed(
    session: Session, renewed_at: datetime, tx: Transaction, installation: Installation
) -> None:
    """Raise NotAllowed if a rule refuses the renewal of a session. Rules may have hours, so its own time counts."""
    renewed = replace(session, created_at=renewed_at)
    await require_still_allowed(renewed, await tx.policy.rules(), tx, installation)


async def require_transfer_allowed(
    session: Session, to: Email, tx: Transaction, installation: Installation
) -> None:
    """Raise NotAllowed if a rule refuses a session to the colleague who takes it over.

    A limit for each technician counts the colleague's sessions, and this one is one more. The organization has as many as before.
    """
    rules = await tx.policy.rules()
    if not rules:
        return
    is_admin = to in installation.admins or to in await tx.people.granted_admins()
    creation = _creation(session, await tx.policy.origin(session.id))
    theirs = replace(creation, technician=to, is_admin=is_admin)
    await _require_allowed(theirs, rules, tx, installation)
    for one in rules:
        if isinstance(one.rule.demand, Limit) and one.rule.demand.per is Per.TECHNICIAN:
            # Two acceptances at the same moment wait for each other.
            await tx.policy.lock()
            await _require_room(theirs, 1, one, one.rule.demand, tx, installation)


def asks_for_mail(rules: Sequence[NumberedRule]) -> bool:
    """Whether a rule asks that the requester of a session gets a mail."""
    return any(isinstance(one.rule.demand, RequireMail) for one in rules)


async def find_mail_refusal(session: Session, tx: Transaction, installation: Installation) -> Text | None:
    """Return the refusal of a session whose requester got no mail. None where no rule asks for it."""
    creation = replace(_creation(session, await tx.policy.origin(session.id)), is_mailed=False)
    for one in await tx.policy.rules():
        if isinstance(one.rule.demand, RequireMail) and one.rule.refuses(creation, installation.timezone):
            return await _refusal(one, tx, installation)
    return None


async def is_new(session: Session, context: CommandContext, *, another: bool) -> bool:
    """Whether a session would be stored: the command does not run again, and none is open in its place."""
    if await context.tx.sessions.get(session.id) is not None:
        return False
    if another:
        return True
    return not any(
        one.technician == session.technician and one.kind is session.kind and one.is_usable
        for one in await context.tx.sessions.open_of_request(session.number)
    )


def _origin(context: CommandContext) -> Origin:
    place = context.command_request.place
    return Origin("" if place.is_private else place.room, is_admin=context.by.is_admin)


def _creation(session: Session, origin: Origin | None) -> Creation:
    creation = Creation(session.kind, session.technician, session.created_at)
    if origin is None:
        return creation
    return replace(
        creation, channel=origin.channel, is_admin=origin.is_admin, site=origin.site, group=origin.group
    )


async def _require_allowed(
    creation: Creation, rules: Sequence[NumberedRule], tx: Transaction, installation: Installation
) -> None:
    for one in rules:
        if one.rule.refuses(creation, installation.timezone):
            refusal = await _refusal(one, tx, installation)
            if isinstance(one.rule.demand, RequireMail):
                refusal = _("The request shows no e-mail address. {refusal}", refusal=refusal)
            raise NotAllowed(refusal)


async def _require_room(  # noqa: PLR0917 - what is counted, and against what
    creation: Creation,
    count: int,
    rule: NumberedRule,
    limit: Limit,
    tx: Transaction,
    installation: Installation,
) -> None:
    """Raise NotAllowed if so many more sessions would be more than a limit."""
    if not rule.rule.applies_to(creation, installation.timezone):
        return
    technician = creation.technician if limit.per is Per.TECHNICIAN else None
    if await tx.policy.count_open(technician=technician, kind=rule.rule.kind) + count > limit.most:
        raise NotAllowed(await _refusal(rule, tx, installation))


async def _refusal(refusing: NumberedRule, tx: Transaction, installation: Installation) -> Text:
    """Name the rule, and the SDAdmins who can change it."""
    sentence = rule_text(refusing.rule, installation.timezone)
    admins = sorted(installation.admins | await tx.people.granted_admins())
    if not admins:
        return _(
            "Rule {number} does not allow this: {rule}. Ask your SDAdmin.",
            number=refusing.number,
            rule=sentence,
        )
    names = tuple([await _name(one, tx) for one in admins[:_MOST_NAMED]])
    return _(
        "Rule {number} does not allow this: {rule}. Ask an SDAdmin: {names}.",
        number=refusing.number,
        rule=sentence,
        names=names,
    )


async def _name(admin: Email, tx: Transaction) -> str:
    return await tx.people.technician_name(admin) or admin
