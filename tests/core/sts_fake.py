"""A token service on a real socket, in one address with the real store, as many S3 products have it.

It gives out sessions for a role and lets nothing through without a valid one: requests are checked for their
token, signed anew with the key behind it, and forwarded.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

from tests.faults.fault_proxy import FaultProxy, Reply, Request, forwarded, signed_anew

_NAMESPACE = "https://sts.amazonaws.com/doc/2011-06-15/"


@dataclass(frozen=True)
class Session:
    key_id: str
    """The lasting key that asked."""
    ends_at: datetime


@dataclass
class SessionStore(FaultProxy):
    """`lifetime_s` is how long a session holds; `is_away` makes the token service fail, not the store."""

    roles: Mapping[str, str] = field(default_factory=dict)
    lifetime_s: float = 3600
    is_away: bool = False
    sessions: dict[str, Session] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def _answer(self, request: Request) -> Reply:
        if request.method == "POST" and b"Action=AssumeRole" in request.body:
            return self._assume(request)
        parts = urlsplit(request.target)
        query = dict(parse_qsl(parts.query, keep_blank_values=True))
        token = request.headers.get("X-Amz-Security-Token") or query.get("X-Amz-Security-Token", "")
        session = self.sessions.get(token)
        if session is None:
            return _refused("InvalidToken")
        if session.ends_at < datetime.now(UTC):
            return _refused("ExpiredToken")
        plain = {name: text for name, text in query.items() if not name.lower().startswith("x-amz-")}
        target = f"{parts.path}?{urlencode(plain)}" if plain else parts.path
        request = replace(request, target=target) if "X-Amz-Security-Token" in query else request
        self.seen.append(request)
        return forwarded(signed_anew(request, keys=self.keys, key_id=session.key_id), upstream=self.upstream)

    def _assume(self, request: Request) -> Reply:
        asked = {name: texts[0] for name, texts in parse_qs(request.body.decode()).items()}
        key_id = request.headers["Authorization"].partition("Credential=")[2].partition("/")[0]
        self.asked.append(asked["RoleSessionName"])
        if self.is_away:
            return Reply(503, {}, b"")
        if self.roles.get(asked["RoleArn"]) != key_id:
            refusal = b"<ErrorResponse><Error><Code>AccessDenied</Code></Error></ErrorResponse>"
            return Reply(403, {"Content-Type": "text/xml"}, refusal)
        token = secrets.token_hex(16)
        ends_at = datetime.now(UTC) + timedelta(seconds=self.lifetime_s)
        self.sessions[token] = Session(key_id, ends_at)
        body = (
            f'<AssumeRoleResponse xmlns="{_NAMESPACE}"><AssumeRoleResult><Credentials>'
            f"<AccessKeyId>ASIA{token[:12]}</AccessKeyId><SecretAccessKey>{secrets.token_hex(20)}</SecretAccessKey>"
            f"<SessionToken>{token}</SessionToken><Expiration>{ends_at.isoformat()}</Expiration>"
            "</Credentials></AssumeRoleResult></AssumeRoleResponse>"
        )
        return Reply(200, {"Content-Type": "text/xml"}, body.encode())


def _refused(code: str) -> Reply:
    body = f"<Error><Code>{code}</Code><Message>no</Message></Error>".encode()
    return Reply(403, {"Content-Type": "application/xml"}, body)


@contextmanager
def session_store(
    upstream: str, *, keys: Mapping[str, str], roles: Mapping[str, str]
) -> Iterator[SessionStore]:
    """Run the service for a block; `roles` says which key id may assume which role."""
    store = SessionStore(upstream, keys, roles=roles)
    try:
        yield store
    finally:
        store.close()
