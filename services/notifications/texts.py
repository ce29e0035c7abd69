"""Texts (lời thông báo): Vietnamese Jinja templates, one per event and channel; HTML and inbox are escaped.

A channel's folder holds ``<producer>.<Event><ending>``, or ``any<ending>`` for all events without one of their own.
A deployment may have its own in ``KHOI_NOTIFICATION_TEMPLATES``/<channel>. A template is given only what its channel
may say: one that asks for more does not get past the start.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from services.notifications.channels import CHANNELS, Channel
from services.notifications.domain.who_is_told import PRODUCERS, Told
from services.notifications.table import table
from shared.clock import on_screen
from shared.events.golden import sample
from shared.events.registry import Fact, type_of
from shared.settings import Settings, SettingsError

if TYPE_CHECKING:
    from jinja2 import Environment

SPOKEN = ("agrees", "outcome", "level", "attempt", "direct", "late", "mode", "returned")
"""Fields of events that a text may go by: codes and numbers of the procedure; no id, no path, no result of a ballot."""
_FOLDER = Path(__file__).parent / "channels"
ANY = "any"


class TextError(ValueError):
    """A text cannot be made; the message names the template."""


def values_of(told: Told, fact: Fact) -> dict[str, Any]:
    """Return what a channel that may say what happened is given of *fact*."""
    due: Any = getattr(fact, told.due) if told.due else None
    on: Any = getattr(fact, "on", None)
    spoken = {name: getattr(fact, name) for name in SPOKEN if name in fact.__struct_fields__}
    return {
        **spoken,
        "to": str(told.to),
        "clause": told.clause or "",
        "on": on_screen(on) if isinstance(on, date) else "",
        "due_on": on_screen(due) if isinstance(due, date) else "",
    }


def values_outside(settings: Settings, message_id: str, *, required: bool) -> dict[str, Any]:
    """Return what a channel is given that only says that there is something to see."""
    return {"khoi": settings.khoi_name, "see": address_of(settings, message_id), "required": required}


def address_of(settings: Settings, message_id: str) -> str:
    """Return where a message is to be seen."""
    return f"{settings.public_url.rstrip('/')}/api/notifications/inbox/messages/{message_id}"


def rendered(
    channel: str, event: str, values: Mapping[str, Any], *, own: Path | None = None
) -> dict[str, str]:
    """Return the text of *event* on *channel*, by ``<ending><block>``; raise TextError."""
    from jinja2 import TemplateError, TemplateNotFound  # noqa: PLC0415 -- a worker loads it with the first text

    environment = _environment(channel, own)
    found: dict[str, str] = {}
    for ending, blocks in CHANNELS[channel].parts.items():
        try:
            template = environment.select_template([f"{event}{ending}", f"{ANY}{ending}"])
            for name in blocks:
                block = template.blocks.get(name)
                if block is None:
                    raise TextError(f"{channel}/{template.name}: thiếu khối (no block) {name}")
                text = "".join(block(template.new_context(dict(values)))).strip()
                found[f"{ending}:{name}"] = text if name == "body" else " ".join(text.split())
        except TemplateNotFound as error:
            raise TextError(f"{channel}: không có lời thông báo (no template) {event}{ending}") from error
        except TemplateError as error:
            raise TextError(f"{channel}/{event}{ending}: {error}") from error
    return found


def sample_of(data: type[Fact]) -> Fact:
    """Return an invented event of that type: what was published as its example, about nobody."""
    import msgspec  # noqa: PLC0415 -- beside the decoder it needs

    found = sample(type_of(data).full_name)
    return msgspec.json.decode(found.data, type=data)


def preview(settings: Settings, told: Told, data: type[Fact], channel: Channel) -> dict[str, str]:
    """Return the text of one row on *channel* with sample data; raise TextError."""
    fact = sample_of(data)
    for name, value in told.when.items():
        import msgspec  # noqa: PLC0415 -- the same

        fact = msgspec.structs.replace(fact, **{name: value})
    values = (
        values_of(told, fact)
        if channel.says_what
        else values_outside(settings, "0" * 32, required=told.required)
    )
    return rendered(channel.name, told.event, values, own=settings.notification_templates)


def check_texts(settings: Settings) -> None:
    """Make every text of the table once with sample data; raise SettingsError naming the first that fails."""
    own = settings.notification_templates
    if own is not None and not own.is_dir():
        raise SettingsError(f"KHOI_NOTIFICATION_TEMPLATES: không có thư mục (no such folder) {own}")
    _check_own(settings)
    for data, rows in table().items():
        assert type_of(data).producer in PRODUCERS  # noqa: S101 -- the table was read by these names
        for told in rows:
            for channel in CHANNELS.values():
                _check(settings, told, data, channel)


def _check_own(settings: Settings) -> None:
    """Make the texts that no event causes: of reminders, by themselves and gathered, and of the digest."""
    item = {"label": "theo dõi", "to_do": "Ghi nhận.", "due_on": "01/02/2026", "overdue": True}
    samples: list[tuple[str, dict[str, Any]]] = [
        ("reminder", {"items": [item], "overdue": 1}),
        ("reminder", {"items": [item, item], "overdue": 0}),
        ("digest", {"unread": 1, "coming": 2, "overdue": 3}),
    ]
    for name, values in samples:
        try:
            rendered("inbox", name, values, own=settings.notification_templates)
        except TextError as error:
            raise SettingsError(f"KHOI_NOTIFICATION_TEMPLATES: {error}") from error


def _check(settings: Settings, told: Told, data: type[Fact], channel: Channel) -> None:
    try:
        text = preview(settings, told, data, channel)
    except TextError as error:
        raise SettingsError(f"KHOI_NOTIFICATION_TEMPLATES: {error}") from error
    head = next(iter(text.values()))
    if not head:
        raise SettingsError(
            f"KHOI_NOTIFICATION_TEMPLATES: {channel.name}/{told.event}: không có lời cho (nothing is said to) {told.to}"
        )


@lru_cache(maxsize=16)
def _environment(channel: str, own: Path | None) -> Environment:
    from jinja2 import FileSystemLoader, StrictUndefined  # noqa: PLC0415 -- a worker loads it with the first text
    from jinja2.sandbox import ImmutableSandboxedEnvironment  # noqa: PLC0415 -- the same

    folders = [_FOLDER / channel / "templates"]
    if own is not None:
        folders.insert(0, own / channel)
    return ImmutableSandboxedEnvironment(
        loader=FileSystemLoader(folders),
        autoescape=lambda name: name is None or not name.endswith(".txt.jinja"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
