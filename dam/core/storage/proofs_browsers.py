"""Proving that parts and downloads go the way browsers take: by signed addresses, from the portal's pages."""

from __future__ import annotations

import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.message import Message

from dam import env
from dam.core.storage import multipart, objects
from dam.core.storage.clients import bucket, configuration
from dam.core.storage.failures import StorageError
from dam.core.storage.proof import OTHER_STORE, Proof, answer_of, failed, grant, must

PART = b"proof"
MOST_BYTES = 4096
_LENGTHS = "the store must check signed headers (SigV4); quotas cannot be kept without"


@dataclass(frozen=True)
class _Answer:
    """What a browser sees of an answer; `status` 0 is none at all."""

    status: int
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""

    def lets_in(self, origin: str) -> bool:
        return self.headers.get("access-control-allow-origin", "") in {"*", origin}

    def lists(self, name: str, word: str) -> bool:
        words = {each.strip().lower() for each in self.headers.get(name, "").split(",")}
        return bool({word.lower(), "*"} & words)


def prove_uploads(key: str) -> Iterator[Proof]:
    """Yield what becomes of a part that is sent whole, too long, and from a page; `key` in staging is left complete."""
    try:
        upload_id = multipart.create_multipart("uploader", "staging", key)
    except StorageError as error:
        yield failed("uploads", f"the uploader may not open one ({error.reason})", grant("uploader"))
        return
    url = multipart.presign_part(
        "uploader", "staging", key, upload_id=upload_id, number=1, size=len(PART), expires_s=60
    )
    origin = env.read_optional_origin("DAM_PORTAL_URL")
    longer = _ask("PUT", url, PART + b"!").status
    taken = _ask("PUT", url, PART, origin=origin)
    public = configuration().public_url
    yield Proof(
        "signed parts",
        taken.status == 200,
        f"a part is taken: {taken.status}",
        f"check the public address ({public}) and that the store can be reached from here by it",
    )
    yield Proof("signed lengths", longer >= 400, f"one byte more than signed: {longer}", _LENGTHS)
    if origin and taken.status == 200:
        yield _pages(_ask("OPTIONS", url, None, origin=origin), taken, origin=origin)
    yield from _completed(key, upload_id=upload_id, etag=taken.headers.get("etag", ""))


def _completed(key: str, *, upload_id: str, etag: str) -> Iterator[Proof]:
    """Let the uploader complete what it sent; what cannot be completed is aborted."""
    listed = answer_of(lambda: multipart.list_parts("promoter", "staging", key, upload_id=upload_id))
    yield must("promoter sees parts", listed, identity="promoter")
    parts = [multipart.Part(1, len(PART), etag.strip('"'))]
    made = answer_of(
        lambda: multipart.complete_multipart("uploader", "staging", key, upload_id=upload_id, parts=parts)
    )
    if made is not None:
        answer_of(lambda: multipart.abort_multipart("uploader", "staging", key, upload_id=upload_id))
        yield must("uploader completes uploads", made, identity="uploader")


def _pages(asked: _Answer, taken: _Answer, *, origin: str) -> Proof:
    """Judge what a page of the portal may do: browsers ask first, and show it no header that is not exposed."""
    remedy = f"allow PUT from {origin} and expose ETag in the CORS rules of {bucket('staging')}"
    if not asked.lets_in(origin) or not asked.lists("access-control-allow-methods", "PUT"):
        detail = f"pages of {origin} may not send parts (asked first: {asked.status})"
    elif not taken.lets_in(origin):
        detail = f"pages of {origin} see no answer to the parts they send"
    elif not taken.lists("access-control-expose-headers", "ETag"):
        detail = f"pages of {origin} do not see the ETag of the parts they send"
    else:
        return Proof(
            "uploads of browsers", ok=True, detail=f"pages of {origin} send parts and see their ETag"
        )
    return failed("uploads of browsers", detail, remedy)


def prove_download(key: str, version_id: str) -> Proof:
    """Fetch a version of a master by a signed address, as downloads do; its body is `PART`."""
    url = objects.presign_get("reader", "masters", key, version_id=version_id, filename="a.txt", expires_s=60)
    found = _ask("GET", url, None)
    if found.status != 200 or found.body != PART:
        remedy = f"check {configuration().public_url} and the rights of reader that docs/operating.md names"
        return failed("signed downloads", f"a master is given: {found.status}", remedy)
    if "a.txt" not in found.headers.get("content-disposition", ""):
        return Proof("signed downloads", None, "the store does not pass on the file name", OTHER_STORE)
    return Proof("signed downloads", ok=True, detail="a master is given under its file name")


def _ask(method: str, url: str, body: bytes | None, *, origin: str = "") -> _Answer:
    """Ask as a browser does, with nothing but the length and where the page came from."""
    request = urllib.request.Request(url, data=body, method=method)  # noqa: S310 - the store's own address
    if body is not None:
        request.add_unredirected_header("Content-Type", "")
    if origin:
        request.add_header("Origin", origin)
    if method == "OPTIONS":
        request.add_header("Access-Control-Request-Method", "PUT")
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=configuration().timeout_s) as answer:
            return _Answer(int(answer.status), _lowered(answer.headers), answer.read(MOST_BYTES))
    except urllib.error.HTTPError as error:
        return _Answer(error.code, _lowered(error.headers))
    except OSError:
        return _Answer(0)


def _lowered(headers: Message) -> dict[str, str]:
    return {name.lower(): text for name, text in headers.items()}
