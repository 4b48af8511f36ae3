"""Ask every subject, and print what was found."""

import json
import os
from collections.abc import Iterator
from pathlib import Path

from dam.stack.commands import console, people
from dam.stack.config import DEFAULT_PORT
from dam.stack.doctor import Finding, machine, media, ports, programs, services
from dam.stack.layout import Layout
from dam.stack.supervising.state import StackState, running_state

_MARKS = {"ok": "ok  ", "warn": "warn", "note": "note", "fail": "FAIL"}


def run(data_dir: Path, *, as_json: bool) -> int:
    """Print every finding; answer 1 when one fails."""
    if as_json:
        return _print_json(list(findings(data_dir)))
    failures = warnings = 0
    for finding in findings(data_dir):
        _print(finding)
        failures += finding.level == "fail"
        warnings += finding.level == "warn"
    console.say(
        f"\n{failures or 'nothing'} to mend, {warnings or 'no'} warning{'' if warnings == 1 else 's'}"
    )
    return 1 if failures else 0


def findings(data_dir: Path) -> Iterator[Finding]:
    state = running_state(Layout.of(data_dir, base_port=0).run)
    port = state.port if state else int(os.environ.get("DAM_PORT", DEFAULT_PORT))
    layout = Layout.of(data_dir, base_port=port)
    yield from machine.look(layout, is_running=state is not None)
    yield from programs.look()
    yield from media.look()
    yield from ports.look(layout, is_running=state is not None)
    if state is not None or os.environ.get("DATABASE_URL"):
        yield from _stack(state)
        yield from services.look(people.environment_of(data_dir), state=state)
    else:
        yield Finding("services", None, "no stack runs here; start one to have its services looked at")


def _stack(state: StackState | None) -> Iterator[Finding]:
    """Repeat what the supervisor complains of."""
    for warning in state.warnings if state else ():
        yield Finding("stack", None, warning, "see bin/dam status")
    for service in state.services if state else ():
        if service.note:
            yield Finding(service.name, None, service.note, f"see logs/{service.name}.log")


def _print_json(found: list[Finding]) -> int:
    lines = [
        {
            "subject": finding.subject,
            "level": finding.level,
            "detail": finding.detail,
            "remedy": finding.remedy if finding.level in {"warn", "fail"} else "",
        }
        for finding in found
    ]
    failed = any(line["level"] == "fail" for line in lines)
    print(json.dumps({"ok": not failed, "findings": lines}, indent=2))
    return 1 if failed else 0


def _print(finding: Finding) -> None:
    console.say(f"{_MARKS[finding.level]}  {finding.subject}: {finding.detail}")
    if finding.level in {"warn", "fail"}:
        console.say(f"      → {finding.remedy}")
