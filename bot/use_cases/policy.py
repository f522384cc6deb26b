"""The rules about which sessions may be created: list, try, add and remove them. The permission check is the first line of each."""

from datetime import timedelta

from bot.commands import AddRule, OpenPolicyForm, RemoveRule, ShowPolicy, TryRule
from bot.errors import NotAllowed, NotFound
from bot.i18n import Text, Words, _, n_
from bot.jobs import AnnounceChange
from bot.model.audit import Action, AuditEntry
from bot.model.effect import Effect
from bot.model.policy import MOST_RULES, NumberedRule, Rule, Trial, try_rule
from bot.policy_syntax import in_channel, parse_rule, rule_words
from bot.use_cases.admin import require_admin_here
from bot.use_cases.context import CommandContext
from bot.views.pages import Message, View
from bot.views.parts import Button, Confirmation, Style, confirm
from bot.views.policy import PolicyForm, PolicyPage, rule_text

TRIED_DAYS = 30
"""The past days that a rule is tried on."""
MOST_TRIED = 5_000
"""The most past sessions that a rule is tried on: the answer does not wait longer than a chat does."""
_SHOWN = 10
_OPEN_FOR = timedelta(days=2)
"""How much longer ago a session may have been created that still counts for a limit. A link works for a day."""


async def show_policy(context: CommandContext) -> View:
    """List the rules."""
    require_admin_here(context)
    return await _policy_page(context)


def open_policy_form(context: CommandContext) -> View:
    """Return the form for a new rule."""
    require_admin_here(context)
    place = context.command_request.place
    return PolicyForm("" if place.is_private else place.channel, context.installation.timezone)


async def try_rule_on_past_sessions(command: TryRule, context: CommandContext) -> View:
    """Show which sessions of the last 30 days a rule would have refused. Raises Misunderstood."""
    require_admin_here(context)
    rule = _read_rule(command.words, context)
    own_zone = context.installation.timezone
    since = context.now - timedelta(days=TRIED_DAYS)
    past = await context.tx.policy.created_since(since - _OPEN_FOR, limit=MOST_TRIED)
    trial = try_rule(rule, past, own_zone, since=since)
    sentence = rule_text(rule, own_zone)
    buttons = [
        Button(_("Add this rule"), AddRule(rule_words(rule)), Style.PRIMARY),
        Button(_("Another rule"), OpenPolicyForm()),
        Button(_("Rules"), ShowPolicy()),
    ]
    details = _trial_texts(trial, is_cut=len(past) == MOST_TRIED)
    return Message(_("Not added yet: {rule}.", rule=sentence), details=details, buttons=buttons)


async def add_rule(command: AddRule, context: CommandContext) -> View:
    """Add a rule. It holds for every session that is created from now on. Raises Misunderstood, NotAllowed."""
    require_admin_here(context)
    rule = _read_rule(command.words, context)
    # Locked, because two SDAdmins may add a rule at the same moment.
    await context.tx.policy.lock()
    rules = await context.tx.policy.rules()
    same = next((one for one in rules if one.rule == rule), None)
    if same is None and len(rules) >= MOST_RULES:
        raise NotAllowed(
            _(
                "There are {limit} rules already, and no more are possible. Remove one first: {words}",
                limit=MOST_RULES,
                words=Words("admin policy remove 3"),
            )
        )
    added = same or await context.tx.policy.add(rule)
    sentence = rule_text(rule, context.installation.timezone)
    effect = Effect.NOTHING if same else Effect.CHANGED
    said = confirm(
        effect,
        changed=_("Rule {number} holds from now on: {rule}.", number=added.number, rule=sentence),
        nothing=_("Rule {number} says this already. Nothing was changed.", number=added.number),
    )
    if effect is Effect.CHANGED:
        text = _(
            "{name} added rule {number} about sessions: {rule}.",
            name=context.by.name,
            number=added.number,
            rule=sentence,
        )
        await _record_and_announce(added, Action.RULE_ADDED, text, context)
    return await _policy_page(context, said)


async def remove_rule(command: RemoveRule, context: CommandContext) -> View:
    """Remove a rule. Raises NotFound."""
    require_admin_here(context)
    await context.tx.policy.lock()
    rules = await context.tx.policy.rules()
    removed = next((one for one in rules if one.number == command.number), None)
    if removed is None:
        raise NotFound(
            _(
                "There is no rule {number}. To see the rules, type {words}.",
                number=command.number,
                words=Words("admin policy"),
            )
        )
    await context.tx.policy.remove(removed.number)
    sentence = rule_text(removed.rule, context.installation.timezone)
    said = confirm(
        Effect.CHANGED,
        changed=_("Rule {number} no longer holds: {rule}.", number=removed.number, rule=sentence),
        nothing=_("Nothing was changed."),
    )
    text = _(
        "{name} removed rule {number} about sessions: {rule}.",
        name=context.by.name,
        number=removed.number,
        rule=sentence,
    )
    await _record_and_announce(removed, Action.RULE_REMOVED, text, context)
    return await _policy_page(context, said)


def _read_rule(words: str, context: CommandContext) -> Rule:
    """Read a rule that was typed, or that a button or a form carries. Raises Misunderstood."""
    place = context.command_request.place
    rule = in_channel(parse_rule(words), "" if place.is_private else place.room)
    # What is stored must be readable: the words of a rule may be longer than what was typed.
    return parse_rule(rule_words(rule))


async def _policy_page(context: CommandContext, said: Confirmation | None = None) -> PolicyPage:
    return PolicyPage(
        await context.tx.policy.rules(),
        context.installation.timezone,
        said,
        is_shared=context.installation.is_admin_channel(context.command_request.place.room),
    )


async def _record_and_announce(
    changed: NumberedRule, action: Action, text: Text, context: CommandContext
) -> None:
    subject = f"{changed.number}: {rule_words(changed.rule)}"
    await context.tx.audit.append(AuditEntry(context.now, context.by.email, action, subject))
    await context.enqueue(AnnounceChange(text.to_json(), context.command_request.key))


def _trial_texts(trial: Trial, *, is_cut: bool) -> list[Text]:
    """Say what a rule would have refused, and what is not known."""
    texts = [
        _(
            "Of {seen} sessions in the last {days} days it would have refused {refused}.",
            seen=trial.seen,
            days=TRIED_DAYS,
            refused=len(trial.refused),
        )
    ]
    if trial.refused:
        numbers = tuple(f"#{one.number}" for one in trial.refused[:_SHOWN])
        texts.append(_("The latest of them: {requests}", requests=numbers))
    if trial.unknown:
        texts.append(
            n_(
                "For {count} session it is not known: what the rule asks about was not stored then.",
                "For {count} sessions it is not known: what the rule asks about was not stored then.",
                trial.unknown,
            )
        )
    if is_cut:
        texts.append(_("Only the newest {count} sessions were looked at.", count=MOST_TRIED))
    return texts
