"""The forty ports of a stack, and who has them."""

from collections.abc import Iterator

from dam.stack.doctor import Finding
from dam.stack.layout import PORTS_PER_STACK, Layout
from dam.stack.listeners import owner_of, refusal_of


def look(layout: Layout, *, is_running: bool) -> Iterator[Finding]:
    first, last = layout.ports.base, layout.ports.base + PORTS_PER_STACK - 1
    if is_running:
        yield Finding("ports", ok=True, detail=f"{first}-{last} belong to the running stack")
        return
    taken = [port for port in range(first, last + 1) if refusal_of(port) is not None]
    named = ", ".join(f"{port} ({owner_of(port) or 'another user'})" for port in taken)
    detail = f"taken: {named}" if taken else f"{first}-{last} are free"
    yield Finding("ports", not taken, detail, "stop what listens there, or start with another --port")
