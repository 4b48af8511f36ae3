"""Signed addresses of previews: what the API hands out and the edge checks without asking anyone.

An address is `{edge}/e/{token}/{kind}/{digest}/{rest}`. The token is a path segment, so relative URIs inside
a playlist stay valid under it, and every viewer shares one cached playlist:

    kid . expiry . kinds . organisation . share . generation . binding . signature

Organisation and share are UUIDs as 22 characters of base64url (a share of all zeros means none). The
signature is HMAC-SHA256 over the seven fields before it, the digest in the path and the value the token is
bound to; so a token opens one digest of one organisation and nothing else. Where the bytes lie follows from
the same fields: see `object_key`. `deploy/edge/njs/edge_token.js` is the other half.
"""

import base64
import hashlib
import hmac
import ipaddress
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import NewType
from uuid import UUID

EdgeToken = NewType("EdgeToken", str)

#: Seconds an address lives unless the deployment says otherwise (`EDGE_TOKEN_TTL`).
DEFAULT_TTL_S = 600
#: Expiries are rounded up to this, so that one viewer gets the same address for a while and caches work.
EXPIRY_STEP_S = 60
#: The edge refuses tokens that live longer: whoever issued them made a mistake.
LONGEST_TTL_S = 12 * 3600
HIGHEST_GENERATION = 999_999
NO_SHARE = UUID(int=0)

_DOMAIN = "dam-edge-1"
_KID = re.compile(r"[A-Za-z0-9]{1,8}", re.ASCII)
_DIGEST = re.compile(r"[0-9a-f]{64}", re.ASCII)
_REST = re.compile(r"[\w-][\w.-]*(?:/[\w-][\w.-]*){0,4}", re.ASCII)
_LONGEST_REST = 200
_SHORTEST_SECRET = 16


class Kind(StrEnum):
    """What a path addresses; `dl` is the MP4 as an attachment."""

    HLS = "hls"
    MP4 = "mp4"
    IMG = "img"
    DL = "dl"


_LETTER = {Kind.HLS: "h", Kind.MP4: "m", Kind.IMG: "i", Kind.DL: "d"}
_FOLDER = {Kind.HLS: "hls", Kind.MP4: "mp4", Kind.IMG: "img", Kind.DL: "mp4"}


class Binding(StrEnum):
    """What, beside the address itself, a viewer must bring along."""

    NONE = "n"
    NETWORK = "i"
    COOKIE = "c"


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A secret shared by the API and the edges; `kid` tells keys apart while they are exchanged.

    Raises:
        ValueError: when the id is not 1-8 letters and digits, or the secret is shorter than 16 characters.
    """

    kid: str
    secret: str

    def __post_init__(self) -> None:
        """Refuse what no edge would take."""
        if _KID.fullmatch(self.kid) is None:
            raise ValueError("the id of an edge signing key is 1 to 8 letters and digits")
        if len(self.secret) < _SHORTEST_SECRET:
            raise ValueError(f"an edge signing key has at least {_SHORTEST_SECRET} characters")

    @classmethod
    def parse(cls, text: str) -> "SigningKey":
        """Read `kid:secret`, or a bare secret, whose id is then `k1`.

        Raises:
            ValueError: as the constructor does.
        """
        kid, colon, secret = text.partition(":")
        return cls(kid, secret) if colon else cls("k1", text)

    @classmethod
    def parse_all(cls, text: str) -> "tuple[SigningKey, ...]":
        """Read keys apart by commas or line ends: the first signs, all of them are taken by the edges.

        Raises:
            ValueError: there is none, two bear the same id, or as the constructor does.
        """
        keys = tuple(cls.parse(each.strip()) for each in re.split(r"[,\n]", text) if each.strip())
        if not keys:
            raise ValueError("there is no edge signing key")
        if len({each.kid for each in keys}) < len(keys):
            raise ValueError("two edge signing keys bear the same id")
        return keys

    def __str__(self) -> str:
        """Return what `parse` reads; the one place where the secret is told."""
        return f"{self.kid}:{self.secret}"

    def __repr__(self) -> str:
        """Keep the secret out of logs and tracebacks."""
        return f"SigningKey(kid={self.kid!r})"


class KeyFile:
    """Signing keys in a file that is read anew when it changes, so that keys are exchanged without a restart."""

    def __init__(self, path: Path) -> None:
        """Name the file; it is first read when a key is asked for."""
        self.path = path
        self._seen: tuple[int, int, int] | None = None
        self._keys: tuple[SigningKey, ...] = ()

    def keys(self) -> tuple[SigningKey, ...]:
        """Return the keys, the one that signs first.

        A file that is gone or malformed changes nothing for whoever has read it before.

        Raises:
            OSError, ValueError: it cannot be read, and never was.
        """
        try:
            told = self.path.stat()
            seen = (told.st_mtime_ns, told.st_ino, told.st_size)
            if seen != self._seen:
                self._keys, self._seen = SigningKey.parse_all(self.path.read_text(encoding="utf-8")), seen
        except (OSError, ValueError):
            if not self._keys:
                raise
        return self._keys


@dataclass(frozen=True, slots=True)
class Grant:
    """What a token opens: some kinds of one digest of one organisation, perhaps through one share.

    Attributes:
        organization: whose previews these are.
        digest: lower-case hex SHA-256 that names the folder (of the master, or of a watermarked rendition).
        kinds: what may be fetched.
        share: the share the viewer came through; revoking it ends the token.
        generation: 0, or the number of the rebuilt generation the files lie under.
        binding: what the viewer must bring along.
        bound: the value of it: `client_network(address)` or the cookie's value; empty without a binding.
    """

    organization: UUID
    digest: str
    kinds: tuple[Kind, ...]
    share: UUID = NO_SHARE
    generation: int = 0
    binding: Binding = Binding.NONE
    bound: str = ""

    def __post_init__(self) -> None:
        """Refuse what cannot be addressed."""
        if _DIGEST.fullmatch(self.digest) is None:
            raise ValueError("a digest is 64 lower-case hexadecimal characters")
        if not self.kinds:
            raise ValueError("a grant names at least one kind")
        if not 0 <= self.generation <= HIGHEST_GENERATION:
            raise ValueError(f"a generation lies between 0 and {HIGHEST_GENERATION}")
        if (self.binding is Binding.NONE) != (self.bound == ""):
            raise ValueError("a binding and the bound value come together")


def short_id(identifier: UUID) -> str:
    """Return a UUID as 22 characters of base64url, its form in tokens, logs and revocations."""
    return base64.urlsafe_b64encode(identifier.bytes)[:22].decode()


def long_id(text: str) -> UUID:
    """Return the UUID that `short_id` wrote.

    Raises:
        ValueError: when it is not such a form, or not the canonical one.
    """
    if len(text) != 22:
        raise ValueError("a short id has 22 characters")
    identifier = UUID(bytes=base64.urlsafe_b64decode(f"{text}=="))
    if short_id(identifier) != text:
        raise ValueError("not the canonical form of a short id")
    return identifier


def expiry_s(now_s: float, *, ttl_s: int = DEFAULT_TTL_S) -> int:
    """Return the Unix time at which a token issued now ends, rounded up to `EXPIRY_STEP_S`.

    A life shorter than that step is rounded up to a multiple of itself: it at most doubles.

    Raises:
        ValueError: when `ttl_s` is not between 1 second and `LONGEST_TTL_S`, less the rounding.
    """
    if not 1 <= ttl_s <= LONGEST_TTL_S - EXPIRY_STEP_S:
        raise ValueError(f"a token lives between 1 and {LONGEST_TTL_S - EXPIRY_STEP_S} seconds")
    step_s = min(EXPIRY_STEP_S, ttl_s)
    return -(-(int(now_s) + ttl_s) // step_s) * step_s


def issue_token(key: SigningKey, *, grant: Grant, expires_s: int) -> EdgeToken:
    """Sign a grant until `expires_s` (Unix time, from `expiry_s`)."""
    kinds = _letters(grant.kinds)
    head = (
        f"{key.kid}.{expires_s}.{kinds}.{short_id(grant.organization)}.{short_id(grant.share)}"
        f".{grant.generation}.{grant.binding}"
    )
    message = f"{_DOMAIN}\n{head}\n{grant.digest}\n{grant.bound}"
    mac = hmac.digest(key.secret.encode(), message.encode(), hashlib.sha256)
    return EdgeToken(f"{head}.{base64.urlsafe_b64encode(mac)[:43].decode()}")


def token_maker(
    key: SigningKey, *, kind: Kind, organization: UUID, share: UUID, expires_s: int
) -> Callable[[str, int], EdgeToken]:
    """Return what signs one kind for many digests: `(digest, generation)` → the token that `issue_token` makes."""
    before = f"{key.kid}.{expires_s}.{_LETTER[kind]}.{short_id(organization)}.{short_id(share)}."
    after = f".{Binding.NONE.value}"
    # What every message begins with is digested once; a copy goes on from there.
    begun = hmac.new(key.secret.encode(), f"{_DOMAIN}\n{before}".encode(), hashlib.sha256)

    def make(digest: str, generation: int) -> EdgeToken:
        rest = f"{generation}{after}"
        mac = begun.copy()
        mac.update(f"{rest}\n{digest}\n".encode())
        return EdgeToken(f"{before}{rest}.{base64.urlsafe_b64encode(mac.digest())[:43].decode()}")

    return make


def edge_url(base_url: str, *, token: EdgeToken, kind: Kind, digest: str, rest: str) -> str:
    """Return the address of one file under a token of the same digest.

    Raises:
        ValueError: when `rest` is not a path the edge would take (`v0/index.m3u8`).
    """
    if len(rest) > _LONGEST_REST or _REST.fullmatch(rest) is None:
        raise ValueError(f"not a path below a preview folder: {rest!r}")
    return f"{base_url.rstrip('/')}/e/{token}/{kind}/{digest}/{rest}"


def object_key(grant: Grant, *, kind: Kind, rest: str) -> str:
    """Return the key in the previews bucket that the edge reads for one file of a grant."""
    generation = f"g{grant.generation}/" if grant.generation else ""
    return f"{grant.organization}/{generation}{_FOLDER[kind]}/{grant.digest}/{rest}"


def client_network(address: str) -> str:
    """Return the network a viewer is bound to: /24 of IPv4, /56 of IPv6.

    It survives a new lease or a privacy address, not a change of network.

    Raises:
        ValueError: when it is not an address.
    """
    parsed = ipaddress.ip_address(address)
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped is None:
            return parsed.packed[:7].hex()
        parsed = parsed.ipv4_mapped
    return str(parsed).rpartition(".")[0]


def revocation_of_share(share: UUID) -> str:
    """Return the entry of the revocation list that ends every token of a share."""
    return f"s:{short_id(share)}"


def revocation_of_organization(organization: UUID) -> str:
    """Return the entry of the revocation list that ends every token of an organisation."""
    return f"o:{short_id(organization)}"


def revocation_of_digest(digest: str) -> str:
    """Return the entry of the revocation list that ends every token of a digest, whoever holds it."""
    return f"a:{digest}"


def _letters(kinds: Iterable[Kind]) -> str:
    wanted = set(kinds)
    return "".join(letter for kind, letter in _LETTER.items() if kind in wanted)
