"""What the settings say about the installation: its organisation, who sends SMS, and whose phone numbers have no country code."""

from datetime import timedelta
from typing import assert_never

from adapters.channels import parse_admin_channels
from adapters.servicedesk.data_centers import DATA_CENTERS
from adapters.settings import NO_PHONE_REGION, Settings
from bot.installation import Installation
from bot.model.ids import OrgId, email
from bot.model.notice import Channel
from bot.model.sanitize import remove_invisible
from bot.model.session_record import RecordKind
from bot.services import Chats


def describe_installation(settings: Settings, chats: Chats) -> Installation:
    """Return what the product must know about its installation."""
    return Installation(
        org_id=organisation(settings),
        public_url=settings.public_url or "",
        language=settings.language,
        retention=timedelta(days=settings.retention_days),
        admins=frozenset(email(remove_invisible(address)) for address in settings.admins),
        admin_channels=parse_admin_channels(settings.admin_channels),
        sms_channel=sms_channel(settings),
        record=RecordKind(settings.servicedesk_record),
        timezone=settings.timezone,
        creations_per_hour=settings.creations_per_hour,
        tells_requester_in_chat=settings.tell_requester_in_chat,
        report_names=settings.report_names,
        capabilities={platform: chat.capabilities for platform, chat in chats.items()},
    )


def sms_channel(settings: Settings) -> Channel | None:
    """Return who sends SMS. None: nobody."""
    match settings.sms_via:
        case "auto":
            return Channel.SMS if settings.sms_url else Channel.TEAMVIEWER_SMS
        case "teamviewer":
            return Channel.TEAMVIEWER_SMS
        case "gateway":
            return Channel.SMS
        case "none":
            return None
        case _:
            assert_never(settings.sms_via)


def phone_region(settings: Settings) -> str | None:
    """Return the country of phone numbers without a country code. None: such numbers are refused."""
    if settings.phone_region is None:
        return DATA_CENTERS[settings.servicedesk_data_center].country
    return None if settings.phone_region == NO_PHONE_REGION else settings.phone_region


def organisation(settings: Settings) -> OrgId:
    """Return the organisation's id: one ServiceDesk Plus portal is one organisation."""
    return OrgId(settings.servicedesk_portal or "default")
