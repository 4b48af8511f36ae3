"""The issuer in Python and the check in njs agree, on good addresses and on damaged ones."""

import http.client
import random
import socket
import string
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from uuid import UUID

import pytest

from previews.edge_tokens import (
    Binding,
    Grant,
    Kind,
    SigningKey,
    client_network,
    edge_url,
    issue_token,
    long_id,
    object_key,
    short_id,
)
from tests.edge import oracle
from tests.edge.conftest import ALL_KINDS, KEY, SECOND_KEY, Published
from tests.edge.running import LOOPBACK, Edge, Origin

KEYS = {KEY.kid: KEY.secret, SECOND_KEY.kid: SECOND_KEY.secret}
HERE = client_network(LOOPBACK)
MUTATIONS = 11_000
BATCH = 50


class Asker:
    """One kept-alive connection; the edge answers thousands of refusals on it."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.connection = http.client.HTTPConnection(LOOPBACK, port, timeout=10)

    def status(self, path: str) -> int:
        try:
            self.connection.request("GET", path)
            answer = self.connection.getresponse()
            answer.read()
        except (http.client.HTTPException, ConnectionError):
            self.connection.close()
            return self.status(path)
        return answer.status

    def statuses(self, paths: Sequence[str]) -> list[int]:
        """Ask for many without waiting for each; whatever the edge hangs up on is asked alone."""
        lines = (f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n" for path in paths)
        found: list[int] = []
        with socket.create_connection((LOOPBACK, self.port), timeout=10) as connection:
            connection.sendall("".join(lines).encode())
            stream = connection.makefile("rb")
            while len(found) < len(paths) and (head := stream.readline()):
                length = 0
                while (line := stream.readline()) not in {b"\r\n", b""}:
                    if line.lower().startswith(b"content-length:"):
                        length = int(line[15:])
                stream.read(length)
                found.append(int(head[9:12]))
        return found + [self.status(path) for path in paths[len(found) :]]


@contextmanager
def asking(nginx: Edge) -> Iterator[Asker]:
    asker = Asker(nginx.config.port)
    yield asker
    asker.connection.close()


def random_grant(chance: random.Random) -> Grant:
    binding = chance.choice(list(Binding))
    bound = {Binding.NONE: "", Binding.NETWORK: chance.choice([HERE, "10.0.0"]), Binding.COOKIE: "absent"}
    return Grant(
        organization=UUID(int=chance.getrandbits(128)),
        digest=f"{chance.getrandbits(256):064x}",
        kinds=tuple(chance.sample(ALL_KINDS, chance.randint(1, 4))),
        share=UUID(int=chance.choice([0, chance.getrandbits(128)])),
        generation=chance.choice([0, 1, 9, 10, 999_999]),
        binding=binding,
        bound=bound[binding],
    )


def test_both_sides_judge_every_kind_of_grant_alike(nginx: Edge, origin: Origin) -> None:
    chance = random.Random(20_251_121)  # noqa: S311  repeatable, not secret
    now = int(time.time())
    keys = [KEY, SECOND_KEY, SigningKey("k9", "a-secret-of-another-deployment")]
    lives = [600, 60, 0, -300, 11 * 3600, 13 * 3600]

    with asking(nginx) as ask:
        for _ in range(300):
            grant = random_grant(chance)
            kind = chance.choice(ALL_KINDS)
            token = issue_token(chance.choice(keys), grant=grant, expires_s=now + chance.choice(lives))
            path = edge_url("", token=token, kind=kind, digest=grant.digest, rest="none.mp4")

            # The cookie is never sent, so what it binds to is never matched.
            bound = HERE if grant.binding is Binding.NETWORK else "\0absent"
            expected = oracle.verdict(path, keys=KEYS, now_s=time.time(), bound=bound)

            assert ask.status(path) == (404 if expected == 200 else expected), path
            if expected == 200:
                assert origin.requests[-1][0] == f"/previews/{object_key(grant, kind=kind, rest='none.mp4')}"


ALPHABET = string.ascii_letters + string.digits + "_-.~=/"


def _swap(path: str, chance: random.Random) -> str:
    """Change one character between `/e/` and the end of the digest."""
    at = chance.randrange(3, path.rindex("/"))
    return path[:at] + chance.choice(ALPHABET) + path[at + 1 :]


def _cut(path: str, chance: random.Random) -> str:
    at = chance.randrange(3, path.rindex("/"))
    return path[:at] + path[at + chance.randint(1, 5) :]


def _insert(path: str, chance: random.Random) -> str:
    at = chance.randrange(3, path.rindex("/"))
    return path[:at] + "".join(chance.choices(ALPHABET, k=chance.randint(1, 4))) + path[at:]


def _exchange(path: str, chance: random.Random) -> str:
    """Let two claims trade places."""
    parts = path.split("/")
    claims = parts[2].split(".")
    left, right = chance.sample(range(len(claims)), 2)
    claims[left], claims[right] = claims[right], claims[left]
    parts[2] = ".".join(claims)
    return "/".join(parts)


def _count(path: str, chance: random.Random) -> str:
    """Add to a number among the claims."""
    parts = path.split("/")
    claims = parts[2].split(".")
    which = chance.choice([1, 5])
    claims[which] = str(int(claims[which]) + chance.choice([-60, -1, 1, 60, 600]))
    parts[2] = ".".join(claims)
    return "/".join(parts)


def _resign_spelling(path: str, chance: random.Random) -> str:
    """Write the end of the signature with other spare bits."""
    parts = path.split("/")
    parts[2] = parts[2][:-1] + chance.choice(ALPHABET[:64])
    return "/".join(parts)


def test_no_damaged_address_is_let_in(nginx: Edge, preview: Published) -> None:
    chance = random.Random(7)  # noqa: S311  repeatable, not secret
    damages = [_swap, _swap, _cut, _insert, _exchange, _count, _resign_spelling]
    good = [
        preview.path(key=key, generation=generation) for key in (KEY, SECOND_KEY) for generation in (0, 3)
    ]
    damaged = [
        (original, chance.choice(damages)(original, chance)) for original in chance.choices(good, k=MUTATIONS)
    ]
    paths = [path for original, path in damaged if path != original]
    refused: dict[int, int] = {}

    with asking(nginx) as ask:
        for start in range(0, len(paths), BATCH):
            batch = paths[start : start + BATCH]
            for path, status in zip(batch, ask.statuses(batch), strict=True):
                assert status in {400, 401, 403, 404}, path
                if "//" not in path:
                    expected = oracle.verdict(path, keys=KEYS, now_s=time.time(), bound=HERE)
                    assert status == expected, path
                refused[status] = refused.get(status, 0) + 1

    assert sum(refused.values()) > 10_000
    assert refused[403] > MUTATIONS / 2


NETWORKS = {
    "192.0.2.17": "192.0.2",
    "::ffff:192.0.2.17": "192.0.2",
    "2001:db8:1:2ff::5": "20010db8000102",
    "::1": "00000000000000",
    "2001:db8::": "20010db8000000",
    "fe80::1:2:3:4": "fe800000000000",
    "1:2:3:4:5:6:7:8": "00010002000300",
}


@pytest.mark.parametrize(("address", "network"), NETWORKS.items())
def test_network_of_an_address(address: str, network: str) -> None:
    assert client_network(address) == network


def test_short_ids_have_one_spelling() -> None:
    identifier = UUID("019314f0-0000-7000-8000-0123456789ab")
    text = short_id(identifier)

    assert long_id(text) == identifier
    for other in (text[:-1], f"{text}=", text[:-1] + chr(ord(text[-1]) + 1), ""):
        with pytest.raises(ValueError, match=r".+"):
            long_id(other)


def test_grant_refuses_what_cannot_be_addressed(preview: Published) -> None:
    for wrong in (
        {"digest": preview.grant.digest.upper()},
        {"digest": "ab"},
        {"kinds": ()},
        {"generation": -1},
        {"generation": 1_000_000},
        {"bound": "x"},
        {"binding": Binding.COOKIE},
    ):
        with pytest.raises(ValueError, match=r".+"):
            replace(preview.grant, **wrong)


def test_kinds_are_written_in_one_order(preview: Published) -> None:
    both_ways = {
        preview.path(kinds=(Kind.DL, Kind.HLS), expires_s=1_800_000_000),
        preview.path(kinds=(Kind.HLS, Kind.DL, Kind.HLS), expires_s=1_800_000_000),
    }

    assert len(both_ways) == 1
