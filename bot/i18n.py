"""Translatable sentences, and the language in which a reader sees them.

A sentence is written once, in English, where it is needed: ``_("No request has the number {number}.", number=n)``.
It stays a ``Text`` (template and values apart) until a renderer translates it into the reader's language and escapes
the values, and only the values, for its platform.
"""

import gettext
import io
import json
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import NewType
from zoneinfo import ZoneInfo

from babel.dates import format_datetime
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from bot.time_zones import find_zone
from bot.values import field, value_class

_LOCALES = Path(__file__).parent / "locales"
LANGUAGES = ("en", "fr")
"""The languages with a complete catalogue."""
_MOST_KEPT = 4096
"""How many translations stay in memory: more than the catalogues have."""


EncodedText = NewType("EncodedText", str)
"""A ``Text`` as JSON: what ``Text.to_json`` returns."""


@value_class
class Words:
    """A command to type (``auth``, ``create 123``). Each platform shows it as its users type it.

    An example from the command table is a ``Text``: its command word and its note are in the reader's language.
    """

    words: "str | Text"


@value_class
class Link:
    """An address, shown as a link. It may hold a secret of the reader, so its ``repr`` leaves it out."""

    url: str = field(repr=False)
    label: "Text | None" = None


@value_class
class ChannelRef:
    """A channel, by its platform's id. A platform shows its own channels by the name that its users know.

    For any other channel it shows ``name``, linked to ``url`` if there is one.
    """

    id: str
    url: str = ""
    name: "Text | str" = ""


@value_class
class Text:
    """A sentence that is not translated yet: an English template, its values and, if it counts, its plural."""

    template: str
    values: Mapping[str, object] = field(default_factory=dict)
    plural: str | None = None
    count: int | None = None

    def __hash__(self) -> int:
        """Return the hash of the template. The values may be of any type, and a sentence that differs in them is not equal."""
        return hash(self.template)

    def __str__(self) -> str:
        return Language("en").say(self)

    def without_values(self) -> str:
        """Return the English template. Sentences in it are filled in, and every other value stays a name in braces."""
        sentence = self.template
        for name, value in self.values.items():
            if isinstance(value, Text):
                sentence = sentence.replace(f"{{{name}}}", value.without_values())
        return sentence

    def to_json(self) -> EncodedText:
        """Return the sentence as JSON, to be stored and translated later."""
        return EncodedText(json.dumps(_encode_value(self), ensure_ascii=False))

    @classmethod
    def from_json(cls, written: str) -> "Text":
        """Return the sentence that ``to_json`` was given. Raises TypeError for other JSON."""
        read = _decode_value(json.loads(written))
        if not isinstance(read, Text):
            raise TypeError("not an encoded sentence")
        return read


def _encode_value(value: object) -> object:  # noqa: PLR0911 - one case a kind of value
    match value:
        case Text():
            values = {name: _encode_value(inner) for name, inner in value.values.items()}
            return {"text": value.template, "values": values, "plural": value.plural, "count": value.count}
        case Words():
            return {"words": _encode_value(value.words)}
        case ChannelRef():
            return {"channel": value.id, "url": value.url, "name": _encode_value(value.name)}
        case tuple():
            return [_encode_value(one) for one in value]
        case datetime():
            return {"at": value.isoformat()}
        case timedelta():
            return {"seconds": int(value.total_seconds())}
        case _:
            return value if isinstance(value, int) else str(value)


def _decode_value(value: object) -> object:  # noqa: PLR0911 - one case a kind of value
    match value:
        case {"text": str(template), "values": dict(values), "plural": plural, "count": count}:
            return Text(
                template, {name: _decode_value(inner) for name, inner in values.items()}, plural, count
            )
        case {"words": words}:
            read = _decode_value(words)
            return Words(read if isinstance(read, Text) else str(read))
        case {"channel": str(channel), **more}:
            name = _decode_value(more.get("name", ""))
            return ChannelRef(
                channel, str(more.get("url", "")), name if isinstance(name, Text) else str(name)
            )
        case list():
            return tuple(_decode_value(one) for one in value)
        case {"at": str(at)}:
            return datetime.fromisoformat(at)
        case {"seconds": int(seconds)}:
            return timedelta(seconds=seconds)
        case _:
            return value


def _(template: str, **values: object) -> Text:
    """Make a sentence.

    Values may be users' text, ``Words``, ``Link``, ``ChannelRef``, other ``Text``, ``datetime`` and ``timedelta``.
    A tuple of them is shown as a list with commas.
    """
    return Text(template, values)


def labelled(label: Text | str, value: object) -> Text:
    """Return a value behind its label. The sign between them is the language's own: French writes a space before it."""
    return _("{label}: {value}", label=label, value=value)


def explained(label: Text, hint: Text) -> Text:
    """Return a choice before the sentence that explains it, where a chat has one line for both."""
    return Text("{label}. {hint}", {"label": label, "hint": hint})


def n_(singular: str, plural: str, count: int, **values: object) -> Text:
    """Make a sentence that counts: ``{count}`` is among its values."""
    return Text(singular, {"count": count, **values}, plural, count)


@lru_cache
def _catalogue(language: str) -> gettext.NullTranslations:
    """Compile a catalogue, once in each process, so that no compiled file can be out of date."""
    if language == "en":
        return gettext.NullTranslations()
    with (_LOCALES / f"{language}.po").open("rb") as file:
        catalogue = read_po(file, locale=language)
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


@lru_cache(maxsize=_MOST_KEPT)
def _translate(language: str, template: str) -> str:
    """Return a template in a language. Its places for values are not filled in."""
    return _catalogue(language).gettext(template)


@lru_cache(maxsize=_MOST_KEPT)
def _translate_constant(language: str, sentence: str) -> str:
    """Return a sentence without values in a language."""
    return _catalogue(language).gettext(sentence).format()


def nearest(locale: str | None) -> str:
    """Return the available language that is nearest to a platform's locale (``fr-CA`` → ``fr``)."""
    language = (locale or "en").replace("_", "-").split("-")[0].lower()
    return language if language in LANGUAGES else "en"


def _as_is(value: str) -> str:
    return value


def _typed(words: str) -> str:
    return f"`/tv {words}`"


def _bare(url: str, _label: str) -> str:
    return url


def _named(channel: ChannelRef, name: str) -> str:
    return name or channel.id


@value_class
class Language:
    """A reader's language and time zone, and the markup of a platform.

    Attributes:
        code: The language (``fr``).
        timezone: The time zone, by its IANA name.
        escape: Escapes a value.
        typed: Shows a command to type.
        dated: Shows a moment, on a platform whose clients format it themselves.
        linked: Shows an address under a label that is escaped already.
        named: Shows a channel, given its name in this language (or none), escaped.
        mention: What is typed before a command where the bot must be mentioned (``@tvbot``), else empty.
        unit_space: What stands in a duration between the numbers and the units, so that a platform can keep it on one line.
    """

    code: str
    timezone: str = "UTC"
    escape: Callable[[str], str] = _as_is
    typed: Callable[[str], str] = _typed
    dated: Callable[[datetime], str] | None = None
    linked: Callable[[str, str], str] = _bare
    named: Callable[[ChannelRef, str], str] = _named
    mention: str = ""
    unit_space: str = " "

    def __hash__(self) -> int:
        """Return the hash of what tells readers apart."""
        return hash((self.code, self.timezone))

    def say(self, text: Text | str) -> str:
        """Translate a sentence and escape its values. A plain ``str`` is a value, so all of it is escaped."""
        if isinstance(text, str):
            return self.escape(text)
        if text.plural is not None and text.count is not None:
            template = _catalogue(self.code).ngettext(text.template, text.plural, text.count)
        elif text.values:
            template = _translate(self.code, text.template)
        else:
            return _translate_constant(self.code, text.template)
        # Most values are plain text.
        values = {
            name: self.escape(value) if isinstance(value, str) else self._value(value)
            for name, value in text.values.items()
        }
        return template.format_map(values)

    def _value(self, value: object) -> str:
        match value:
            case Text():
                return self.say(value)
            case Words() | Link() | ChannelRef():
                return self._reference(value)
            case tuple():
                return ", ".join(self._value(one) for one in value)
            case datetime():
                return self.moment(value)
            case timedelta():
                return self.duration(int(value.total_seconds()))
            case _:
                return self.escape(str(value))

    def _reference(self, value: Words | Link | ChannelRef) -> str:
        match value:
            case Words():
                return self.typed(self.spell(value))
            case Link():
                return self.linked(value.url, self.say(value.label) if value.label else value.url)
            case ChannelRef():
                return self.named(value, self.say(value.name) if value.name else "")

    def spell(self, command: Words) -> str:
        """Return a command as it is typed here: in the reader's language, after the mention. It is not escaped."""
        words = command.words
        said = (
            _catalogue(self.code).gettext(words) if isinstance(words, str) else Language(self.code).say(words)
        )
        return f"{self.mention} {said}".lstrip()

    def moment(self, at: datetime) -> str:
        """Format a date and a time in the reader's time zone."""
        # Slack's clients format a moment themselves, in the reader's own time zone.
        if self.dated is not None:
            return self.dated(at)
        zone = find_zone(self.timezone)
        try:
            return format_datetime(at, "d MMM, HH:mm zzz", tzinfo=zone, locale=self.code)
        except OverflowError:  # at the end of time there is no later time zone
            return format_datetime(at, "d MMM, HH:mm zzz", tzinfo=ZoneInfo("UTC"), locale=self.code)

    def duration(self, seconds: int) -> str:
        """Format a duration: ``42 s``, ``2 min 16 s`` or ``1 h 2 min``. The units are the same in every language."""
        minutes, second = divmod(max(seconds, 0), 60)
        hours, minute = divmod(minutes, 60)
        parts = [(hours, "h"), (minute, "min"), (0 if hours else second, "s")]
        shown = [f"{count}{self.unit_space}{unit}" for count, unit in parts if count]
        return self.unit_space.join(shown) or f"0{self.unit_space}s"
