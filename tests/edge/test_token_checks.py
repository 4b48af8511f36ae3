"""Who is let in, and what the others are told."""

import time
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest

from previews.edge_tokens import Binding, Kind, SigningKey, client_network, expiry_s
from tests.edge.conftest import KEY, SECOND_KEY, Published
from tests.edge.running import request


def test_good_token_opens_every_kind_it_names(preview: Published) -> None:
    for (kind, rest), body in preview.files.items():
        answer = preview.get(rest, kind=kind)

        assert (answer.status, answer.body) == (200, body)


def test_second_signing_key_is_taken_too(preview: Published) -> None:
    assert preview.get(key=SECOND_KEY).status == 200


REFUSED: dict[str, tuple[dict[str, Any], int]] = {
    "expired_beyond_the_tolerance": ({"expires_s": -31}, 401),
    "issued_for_thirteen_hours": ({"expires_s": 13 * 3600}, 403),
    "signed_with_an_unknown_key": ({"key": SigningKey("k9", "never-told-to-the-edge-secret")}, 401),
    "signed_with_the_wrong_secret": ({"key": SigningKey("k1", SECOND_KEY.secret)}, 403),
    "key_id_toString": ({"key": SigningKey("toString", "a-secret-for-a-builtin-name")}, 401),
    "key_id_valueOf": ({"key": SigningKey("valueOf", "a-secret-for-a-builtin-name")}, 401),
    "for_pictures_used_for_playlists": ({"kinds": (Kind.IMG,)}, 403),
    "for_playback_used_for_download": (
        {"kinds": (Kind.MP4, Kind.HLS, Kind.IMG), "kind": Kind.DL, "rest": "proxy.mp4"},
        403,
    ),
    "for_playlists_used_for_mp4": ({"kinds": (Kind.HLS,), "kind": Kind.MP4, "rest": "proxy.mp4"}, 403),
    "bound_to_another_network": ({"binding": Binding.NETWORK, "bound": "10.1.2"}, 403),
    "bound_to_a_cookie_that_is_absent": ({"binding": Binding.COOKIE, "bound": "visitor"}, 403),
}


@pytest.mark.parametrize(("options", "status"), REFUSED.values(), ids=REFUSED.keys())
def test_token_is_refused_when(preview: Published, options: dict[str, Any], status: int) -> None:
    options = dict(options)
    if "expires_s" in options:
        options["expires_s"] += int(time.time())

    answer = preview.get(**options)

    assert answer.status == status
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["Cache-Control"] == "no-store"


def test_token_expired_within_the_tolerance_is_taken(preview: Published) -> None:
    assert preview.get(expires_s=int(time.time()) - 20).status == 200


def test_token_does_not_open_another_digest(preview: Published) -> None:
    path = preview.path().replace(preview.grant.digest, "0" * 64)

    assert request(preview.port, path).status == 403


def test_token_does_not_open_another_organization(
    preview: Published, nginx: Any, publish: Callable[..., Published]
) -> None:
    foreign = publish(nginx, digest=preview.grant.digest)
    own_token, foreign_token = (path.split("/")[2].split(".") for path in (preview.path(), foreign.path()))
    own_token[3] = foreign_token[3]

    answer = request(preview.port, preview.path().replace(preview.path().split("/")[2], ".".join(own_token)))

    assert answer.status == 403


CLAIMS = {"kid": 0, "expiry": 1, "kinds": 2, "organization": 3, "share": 4, "generation": 5, "binding": 6}
SWAPS = {
    "kid": "k2",
    "expiry": None,
    "kinds": "h",
    "organization": "B" * 21 + "A",
    "share": "A" * 22,
    "generation": "1",
    "binding": "i",
}


@pytest.mark.parametrize("claim", CLAIMS)
def test_changed_claim_breaks_the_signature(preview: Published, claim: str) -> None:
    path = preview.path()
    token = path.split("/")[2]
    claims = token.split(".")
    claims[CLAIMS[claim]] = SWAPS[claim] or str(int(claims[1]) + 60)

    assert request(preview.port, path.replace(token, ".".join(claims))).status == 403


SIGNATURES: dict[str, Callable[[str], str]] = {
    "cut": lambda token: token[:-1],
    "empty": lambda token: token[:-43],
    "missing": lambda token: token[:-44],
    "padded": lambda token: f"{token}=",
    "longer": lambda token: f"{token}A",
    "in_another_spelling": lambda token: token[:-1] + chr(ord(token[-1]) + 1),
    "of_zeros": lambda token: token[:-43] + "A" * 43,
    "with_a_claim_more": lambda token: token.replace(".n.", ".n.n."),
}


@pytest.mark.parametrize("change", SIGNATURES.values(), ids=SIGNATURES.keys())
def test_signature_is_refused_when(preview: Published, change: Callable[[str], str]) -> None:
    path = preview.path()
    token = path.split("/")[2]

    assert request(preview.port, path.replace(token, change(token))).status == 403


def test_token_bound_to_a_network_opens_there_and_believes_no_header(preview: Published) -> None:
    here: dict[str, Any] = {"binding": Binding.NETWORK, "bound": client_network("127.0.0.1")}
    elsewhere: dict[str, Any] = {"binding": Binding.NETWORK, "bound": client_network("203.0.113.7")}
    spoofed = {"X-Forwarded-For": "203.0.113.7", "X-Real-IP": "203.0.113.7"}

    assert preview.get(**here).status == 200
    assert preview.get(**elsewhere, headers=spoofed).status == 403


def test_token_bound_to_a_cookie_opens_with_it_alone(preview: Published) -> None:
    bound: dict[str, Any] = {"binding": Binding.COOKIE, "bound": "visitor"}

    assert preview.get(**bound, headers={"Cookie": "dam_edge=visitor"}).status == 200
    assert preview.get(**bound, headers={"Cookie": "dam_edge=other"}).status == 403


def test_binding_cannot_be_stripped_from_a_token(preview: Published) -> None:
    path = preview.path(binding=Binding.COOKIE, bound="visitor")

    assert request(preview.port, path.replace(".c.", ".n.")).status == 403


def test_same_viewer_gets_the_same_address_within_a_minute(preview: Published) -> None:
    minute = 1_800_000_000 // 60 * 60

    addresses = {preview.path(expires_s=expiry_s(minute + second)) for second in (1, 17, 59)}

    assert len(addresses) == 1
    assert expiry_s(minute + 1) % 60 == 0


def test_expiry_never_ends_before_the_promised_life() -> None:
    assert all(expiry_s(now, ttl_s=600) >= now + 600 for now in range(1_800_000_000, 1_800_000_130))


def test_short_life_at_most_doubles() -> None:
    assert {expiry_s(now, ttl_s=5) - now for now in range(1_800_000_000, 1_800_000_020)} <= set(range(5, 11))


@pytest.mark.parametrize(
    "rest", ["../x.m3u8", "a//b.m3u8", "/a.m3u8", ".hidden", "a b.m3u8", "a%2e.m3u8", "x" * 201]
)
def test_address_of_a_path_that_the_edge_would_refuse_is_not_made(preview: Published, rest: str) -> None:
    with pytest.raises(ValueError, match="not a path"):
        preview.path(rest)


def test_secret_does_not_show_in_a_key_that_is_printed() -> None:
    assert KEY.secret not in repr(KEY)
    assert SigningKey.parse("k7:0123456789abcdef") == SigningKey("k7", "0123456789abcdef")
    assert SigningKey.parse("0123456789abcdef").kid == "k1"


def test_share_of_another_link_changes_the_address(preview: Published) -> None:
    assert preview.path(share=uuid4()) != preview.path(share=uuid4())
