"""Watermarks of links: the template that a share keeps, and the text that one guest's copies carry."""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from dam.core.access import Mark

#: Fields of a template that differ from guest to guest.
PERSONAL = frozenset({"name", "email", "date", "time"})
DEFAULT_TEXT = "Confidential · {share}"
DEFAULT_PERSONAL_TEXT = "{name} · {email}\n{date} · {share}"
DEFAULT_POSITION, DEFAULT_OPACITY = "bottom_right", 0.4
_FIELD = re.compile(r"\{(name|email|date|time|share)\}")
_SEPARATOR = " · "


@dataclass(frozen=True)
class Template:
    """What a share says of its watermark; `text` may hold `{name} {email} {date} {time} {share}`."""

    text: str
    per_viewer: bool
    position: str
    opacity: float


@dataclass(frozen=True)
class Viewer:
    """Whoever looks. `came_at` is when the visit began (UTC); `ip` stands in for an e-mail that was not given."""

    name: str
    email: str
    ip: str
    came_at: datetime


def template_of(value: Any) -> Template | None:
    """Return the template that a validated `watermark` asks for; None for none."""
    if not value and value != {}:
        return None
    given: dict[str, Any] = value if isinstance(value, dict) else {}
    if isinstance(value, str):
        given = {"text": value}
    text = str(given.get("text") or "")
    is_personal = bool(given.get("per_viewer")) or bool(PERSONAL & set(_FIELD.findall(text)))
    if not text:
        text = DEFAULT_PERSONAL_TEXT if is_personal else DEFAULT_TEXT
    elif is_personal and not PERSONAL & set(_FIELD.findall(text)):
        text = f"{text}\n{{name}} · {{email}}"
    return Template(
        text=text,
        per_viewer=is_personal,
        position=str(given.get("position") or DEFAULT_POSITION),
        opacity=float(given.get("opacity") or DEFAULT_OPACITY),
    )


def written(template: Template | None) -> str:
    """Return a template as a share's row keeps it; empty for none."""
    return json.dumps(asdict(template), ensure_ascii=False) if template else ""


def read(stored: str) -> Template | None:
    """Return the template of a share's row."""
    return Template(**json.loads(stored)) if stored else None


def document(stored: str) -> dict[str, Any] | None:
    """Return a share's watermark for the API; null for none."""
    template = read(stored)
    return asdict(template) if template else None


def mark_for(template: Template, *, share_name: str, viewer: Viewer) -> Mark:
    """Return what one viewer's copies carry. A field inside a name is left as it stands.

    Parts between ` · ` of which nothing is known are left out. `{time}` is when the visit began.
    """
    values = {
        "name": viewer.name or "Guest",
        "email": viewer.email or viewer.ip,
        "date": viewer.came_at.strftime("%Y-%m-%d"),
        "time": viewer.came_at.strftime("%H:%M UTC"),
        "share": share_name,
    }
    lines = (
        _SEPARATOR.join(
            filled
            for part in line.split(_SEPARATOR)
            if (filled := _FIELD.sub(lambda found: values[found[1]], part).strip())
        )
        for line in template.text.split("\n")
    )
    return Mark("\n".join(line for line in lines if line), template.position, template.opacity)
