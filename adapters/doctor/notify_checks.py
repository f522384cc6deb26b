"""Checks of mail and SMS. Nothing is sent."""

import asyncio

from adapters.doctor.examination import Examination
from adapters.doctor.outcome import (
    SEE_SETTINGS,
    CannotTell,
    Outcome,
    fails,
    is_not_set_up,
    is_unknown,
    works,
)
from adapters.notify.gateway_url import NUMBER_PLACEHOLDER
from adapters.notify.mailer import SmtpMailer
from adapters.settings import reveal_setting
from bot.i18n import Text, _
from bot.model.notice import Channel

_SOME_NUMBER = "+15005550006"
"""Stands where the number belongs while the gateway's URL is read. Nothing is sent to it."""


async def check_mail(examination: Examination) -> Outcome:
    """Connect to the mail server, encrypt and sign in, and send nothing."""
    settings = examination.settings
    if settings.smtp_url is None:
        return is_not_set_up(
            _("Technicians get no e-mail, and requesters none if ServiceDesk Plus refuses the reply.")
        )
    try:
        mailer = SmtpMailer(reveal_setting(settings.smtp_url).reveal(), settings.mail_from)
    except ValueError:
        raise CannotTell(SEE_SETTINGS) from None
    if not mailer.is_configured:
        raise CannotTell(SEE_SETTINGS)
    await mailer.sign_in()
    return works(_("The mail server lets the bot in. No e-mail was sent."))


async def check_sms(examination: Examination) -> Outcome:
    """Look who sends SMS, and whether the gateway's URL can be read."""
    region = _region_text(examination.installed.phone_region)
    match examination.installed.sms_channel:
        case None:
            return is_not_set_up(_("No SMS is sent: TVBOT_SMS_VIA is none."))
        case Channel.SMS:
            url = examination.settings.sms_url
            if url is None:
                raise CannotTell(SEE_SETTINGS)
            template = reveal_setting(url).reveal()
            if NUMBER_PLACEHOLDER not in template:
                raise CannotTell(SEE_SETTINGS)
            if not await asyncio.to_thread(_is_readable, template.replace(NUMBER_PLACEHOLDER, _SOME_NUMBER)):
                return fails(_("TVBOT_SMS_URL names no gateway that the bot knows."))
            return is_unknown(
                _(
                    "The gateway’s address can be read. The first SMS shows whether the gateway accepts it. {region}",
                    region=region,
                )
            )
        case _:
            return is_unknown(
                _(
                    "TeamViewer sends SMS. The first one shows whether the licence allows it. {region}",
                    region=region,
                )
            )


def _region_text(region: str | None) -> Text:
    if region is None:
        return _("Numbers without a country code get none.")
    return _("Numbers without a country code belong to {country}.", country=region)


def _is_readable(url: str) -> bool:
    from adapters.notify.gateway import (  # noqa: PLC0415 - Apprise is large, and loaded only where it is needed
        read_gateway_url,
        silence_apprise_logs,
    )

    silence_apprise_logs()
    return read_gateway_url(url) is not None
