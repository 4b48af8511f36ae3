"""Custom fields that one trade or another begins with, as data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Preset:
    """Fields that belong together in one trade: (key, name, type, choices, help) each."""

    name: str
    title: str
    fields: tuple[tuple[str, str, str, tuple[str, ...], str], ...]


PRESETS: Mapping[str, Preset] = {
    each.name: each
    for each in (
        Preset(
            "advertising",
            "Advertising",
            (
                ("year", "Year", "number", (), "The year of first airing."),
                ("advertiser", "Advertiser", "text", (), "Who the film is for."),
                ("niche", "Niche", "text", (), "The market or category."),
                ("shares", "Shares", "number", (), "How often it was shared."),
            ),
        ),
        Preset(
            "production",
            "Production",
            (
                ("episode", "Episode", "text", (), ""),
                ("scene", "Scene", "text", (), "As on the slate, 42A."),
                ("take", "Take", "number", (), ""),
                ("camera", "Camera", "choice", ("A", "B", "C", "D"), ""),
                ("roll", "Roll", "text", (), "Camera or sound roll."),
            ),
        ),
        Preset(
            "photography",
            "Photography",
            (
                ("shoot_name", "Shoot", "text", (), ""),
                ("photographer", "Photographer", "text", (), ""),
                ("commissioned_by", "Client", "text", (), "Who commissioned it."),
            ),
        ),
        Preset(
            "physical",
            "Physical item",
            (
                ("barcode", "Barcode", "text", (), ""),
                ("location", "Location", "text", (), "Where it stands."),
                ("condition", "Condition", "choice", ("new", "good", "worn", "damaged", "lost"), ""),
                ("value", "Value", "number", (), "In the organisation's currency."),
            ),
        ),
    )
}
