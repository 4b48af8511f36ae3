"""A second, slow and literal reading of the token rules, to compare the edge with."""

import base64
import hashlib
import hmac
from collections.abc import Mapping

LETTERS = {"hls": "h", "mp4": "m", "img": "i", "dl": "d"}
WORD = set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-")
TOKEN_WORD = WORD | set(".~=")


def _canonical_base64(text: str, *, length: int, size: int) -> bool:
    if len(text) != length or not set(text) <= WORD:
        return False
    raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    return len(raw) == size and base64.urlsafe_b64encode(raw).decode().rstrip("=") == text


def _number(text: str) -> bool:
    return text.isascii() and text.isdigit() and (text == "0" or not text.startswith("0"))


def _well_formed(claims: list[str]) -> bool:
    if len(claims) != 8:
        return False
    kid, expiry, kinds, organization, share, generation, binding, signature = claims
    return (
        1 <= len(kid) <= 8
        and kid.isascii()
        and kid.isalnum()
        and len(expiry) == 10
        and _number(expiry)
        and 1 <= len(kinds) <= 4
        and set(kinds) <= set("hmid")
        and _canonical_base64(organization, length=22, size=16)
        and _canonical_base64(share, length=22, size=16)
        and len(generation) <= 6
        and _number(generation)
        and binding in {"n", "i", "c"}
        and _canonical_base64(signature, length=43, size=32)
    )


def _canonical_path(parts: list[str]) -> bool:
    if len(parts) < 6 or parts[0] != "" or parts[1] != "e" or parts[3] not in LETTERS:
        return False
    rest = parts[5:]
    return (
        1 <= len(parts[2]) <= 256
        and set(parts[2]) <= TOKEN_WORD
        and len(parts[4]) == 64
        and set(parts[4]) <= set("0123456789abcdef")
        and len(rest) <= 5
        and len("/".join(rest)) <= 200
        and all(segment and segment[0] in WORD and set(segment) <= WORD | {"."} for segment in rest)
    )


def verdict(path: str, *, keys: Mapping[str, str], now_s: float, bound: str) -> int:
    """Return what the edge must say of an address before it looks for the object."""
    parts = path.split("/")
    if not _canonical_path(parts):
        return 400
    claims = parts[2].split(".")
    if not _well_formed(claims):
        return 403
    if claims[0] not in keys:
        return 401
    message = "\n".join(["dam-edge-1", parts[2][:-44], parts[4], "" if claims[6] == "n" else bound])
    mac = hmac.new(keys[claims[0]].encode(), message.encode(), hashlib.sha256).digest()
    if base64.urlsafe_b64encode(mac).decode().rstrip("=") != claims[7]:
        return 403
    if now_s > int(claims[1]) + 30:
        return 401
    if int(claims[1]) > now_s + 12 * 3600 + 30 or LETTERS[parts[3]] not in claims[2]:
        return 403
    return 200
