"""Dashboard and alerts ask for metrics that exist, and every alert has a page that says what to do."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
import yaml
from prometheus_client import REGISTRY, generate_latest

from dam.core.delivery import relay  # noqa: F401  these count too
from dam.core.web import limits  # noqa: F401  these count too
from tests.observability.journey import Journey
from tests.observability.platform_processes import ROOT, Platform

FOLDER = ROOT / "deploy" / "dashboards"
NAME = re.compile(r"\bdam_[a-z_]+")
SECTIONS = ("## What it means", "## What to do")
DASHBOARD: dict[str, Any] = json.loads((FOLDER / "platform.json").read_text())
RULES: list[dict[str, Any]] = [
    rule for group in yaml.safe_load((FOLDER / "alerts.yml").read_text())["groups"] for rule in group["rules"]
]
EXPRESSIONS = [target["expr"] for panel in DASHBOARD["panels"] for target in panel.get("targets", ())]


def test_every_metric_asked_for_is_told(running: Platform, journey: Journey):
    told = set(re.findall(r"^# TYPE (\S+)", running.get("/metrics").body.decode(), re.MULTILINE))
    # What has not happened yet in any process is known all the same.
    told |= set(re.findall(r"^# TYPE (\S+)", generate_latest(REGISTRY).decode(), re.MULTILINE))
    told |= {f"{name}{end}" for name in told for end in ("_bucket", "_sum", "_count")}
    asked = {
        name for text in [*EXPRESSIONS, *(rule["expr"] for rule in RULES)] for name in NAME.findall(text)
    }

    # Without an edge beside the suite's API only its absence is told; the edge's own tests hold its names.
    assert {name for name in asked - told if not name.startswith("dam_edge_")} == set()


def test_every_edge_metric_asked_for_is_one_that_the_edge_tells():
    source = (ROOT / "deploy" / "edge" / "njs" / "edge_control.js").read_text()
    asked = {
        name for text in [*EXPRESSIONS, *(rule["expr"] for rule in RULES)] for name in NAME.findall(text)
    }

    edge = {name.removeprefix("dam_") for name in asked if name.startswith("dam_edge_")} - {"edge_up"}
    assert {name for name in edge if name not in source} == set()


@pytest.mark.parametrize("expression", [*EXPRESSIONS, *(rule["expr"] for rule in RULES)])
def test_every_expression_closes_what_it_opens(expression: str):
    for opening, closing in ("()", "{}", "[]"):
        assert expression.count(opening) == expression.count(closing)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["alert"])
def test_every_alert_has_a_page(rule: dict[str, Any]):
    page = (ROOT / rule["annotations"]["runbook"]).read_text()

    assert rule["alert"] in page
    assert all(section in page for section in SECTIONS)
    assert rule["labels"]["severity"] in {"page", "ticket"}


def test_panels_have_ids_of_their_own_and_do_not_overlap():
    ids = [panel["id"] for panel in DASHBOARD["panels"]]
    places = [(panel["gridPos"]["x"], panel["gridPos"]["y"]) for panel in DASHBOARD["panels"]]

    assert len(set(ids)) == len(ids)
    assert len(set(places)) == len(places)
