"""Sidecars put beside a version by hand: recognised, locked, proven, downloadable, found by what is spoken in them."""

from __future__ import annotations

import urllib.request
from typing import Any

import pytest

from activity.models import Event
from assets.models import Master
from dam.core import storage, tenancy
from exchange.metadata.sidecars import recognised, spoken
from ingest.models import Manifest, Upload
from ingest.services import verify
from jobs.models import Job
from jobs.services import run
from orgs.models import Organization
from tests.assets.catalogue import deliver
from tests.cast import Answer, Cast
from tests.ingest.sending import acknowledged, digest, fresh_bytes, presign, upload

SRT = b"1\r\n00:00:01,000 --> 00:00:02,500\r\n<i>Zebracrossing</i> ahead\r\n\r\n2\r\n00:00:03,000 --> 00:00:04,000\r\nStop &amp; look\r\n"
VTT = "\ufeffWEBVTT - title\n\nNOTE nobody says this\n\nintro\n00:01.000 --> 00:02.000 align:start\n<v Anna>Grüße".encode()
CPL = b'<?xml version="1.0"?><!-- x --><CompositionPlaylist xmlns="http://www.smpte-ra.org/schemas/2067-3/2016"><Id/>'
XMP = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="r"/></x:xmpmeta>'
CUBE = (
    b'TITLE "Look"\n# made by hand\nLUT_3D_SIZE 2\n0 0 0\n1 0 0\n0 1 0\n1 1 0\n0 0 1\n1 0 1\n0 1 1\n1 1 1\n'
)
LUSTRE = b"# a comment\n0 64 128 192 256 320 384 448 512\n0 0 0\n0 0 64\n"
ALE = b"Heading\nFIELD_DELIM\tTABS\nVIDEO_FORMAT\t1080\nFPS\t24\n\nColumn\nName\tTracks\n\nData\nA001\tV\n"
BOMB = b'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "b"><!ENTITY c "&a;&a;">]><l>&c;</l>'


def put(cast: Cast, version: Any, body: bytes, name: str, **options: Any) -> Answer:
    sent = upload(cast, body, name=name, type="application/octet-stream")
    return cast.editor.post(f"/api/versions/{version.id}/sidecars", {"upload": sent["id"], **options})


@pytest.mark.parametrize(
    ("body", "name", "kind"),
    [
        (SRT, "en.srt", "srt"),
        (SRT, "whatever.txt", "srt"),
        (VTT, "de.vtt", "vtt"),
        ("WEBVTT\n\n".encode("utf-16"), "de.vtt", "vtt"),
        (CPL, "CPL.xml", "cpl"),
        (XMP, "clip.xmp", "xmp"),
        (b"<?xpacket begin='' id='W5M0MpCehiHzreSzNTczkc9d'?>" + XMP, "clip.xmp", "xmp"),
        (b"<fcpxml version='1.9'><resources/></fcpxml>", "edit.fcpxml", "xml"),
        (ALE, "reel.ale", "ale"),
        (CUBE, "look.cube", "lut"),
        (LUSTRE, "look.3dl", "lut"),
        (LUSTRE, "numbers.txt", None),
        (b"just some words", "en.srt", None),
        (b"<!DOCTYPE html><html><script>x</script></html>", "x.xml", None),
        (BOMB, "x.xml", None),
        (b"\x89PNG\r\n\x1a\n\0\0", "look.cube", None),
        (b"", "en.srt", None),
    ],
)
def test_a_sidecar_is_known_by_its_content_then_its_name(body: bytes, name: str, kind: str | None):
    assert recognised(body, name=name) == kind


def test_what_is_spoken_comes_without_times_and_markup():
    assert spoken(SRT.decode()) == "Zebracrossing ahead\nStop & look"
    assert spoken(VTT.decode()) == "Grüße"
    assert spoken("") == ""


def test_a_sidecar_becomes_a_locked_master_beside_its_version(committed_cast: Cast):
    cast = committed_cast
    made = acknowledged(cast, fresh_bytes())
    body = SRT + b"\n3\n00:00:05,000 --> 00:00:06,000\n" + made["asset"].encode() + b"\n"

    answer = cast.editor.post(
        f"/api/versions/{made['version']}/sidecars",
        {"upload": upload(cast, body, name="Grüße.srt", type="text/plain")["id"]},
    )

    assert answer.status == 201, answer
    assert (answer["kind"], answer["name"], answer["size"]) == ("srt", "Grüße.srt", len(body))
    assert answer["sha256"] == digest(body)
    listed = cast.viewer.get(f"/api/versions/{made['version']}/sidecars")["results"]
    assert [each["id"] for each in listed] == [answer["id"]]
    with tenancy.scope(cast.org_id):
        master = Master.objects.get(sha256=digest(body))
        assert Manifest.objects.get(sha256=digest(body)).document["sidecar"] == answer["id"]
        assert (Event.objects.get(verb="sidecar.added").after or {})["name"] == "Grüße.srt"
    held = storage.head("promoter", "masters", master.key, version_id=master.storage_version)
    assert held.lock is not None
    assert verify(organization_ids=[cast.org_id]).findings == []


def test_what_comes_beside_a_held_version_is_held(committed_cast: Cast):
    cast = committed_cast
    made = acknowledged(cast, fresh_bytes())
    assert cast.owner.put(f"/api/versions/{made['version']}/hold", {"on": True}).status == 200
    body = SRT + made["asset"].encode() + b"\n"

    sent = upload(cast, body, name="en.srt", type="text/plain")
    assert cast.editor.post(f"/api/versions/{made['version']}/sidecars", {"upload": sent["id"]}).status == 201

    with tenancy.scope(cast.org_id):
        [job] = Job.objects.filter(kind="hold", state="queued")
    assert run(job.id, organization_id=cast.org_id)
    with tenancy.scope(cast.org_id):
        master = Master.objects.get(sha256=digest(body))
    assert storage.head("reader", "masters", master.key, version_id=master.storage_version).held


def test_a_sidecar_is_downloaded_by_editors_alone(cast: Cast):
    _, version = deliver(cast.project)
    made = put(cast, version, SRT, "en.srt")
    path = f"/api/sidecars/{made['id']}/download"

    found = cast.editor.get(path)

    assert found.status == 302
    with urllib.request.urlopen(found.headers["Location"]) as sent:  # noqa: S310 - the store's own address
        assert sent.read() == SRT
        assert 'filename="en.srt"' in sent.headers["Content-Disposition"]
    assert cast.viewer.get(path).status == 403
    assert cast.stranger.get(path).status == 404


def test_what_is_spoken_is_found(cast: Cast):
    asset, version = deliver(cast.project, title="Nothing of the kind")

    put(cast, version, SRT, "en.srt")

    found = cast.viewer.get("/api/assets?q=zebracrossing")["results"]
    assert [each["id"] for each in found] == [str(asset.id)]


def test_the_same_upload_or_the_same_bytes_are_the_same_sidecar(cast: Cast):
    _, version = deliver(cast.project)
    _, other = deliver(cast.project)
    sent = upload(cast, SRT, name="en.srt", type="text/plain")
    path = f"/api/versions/{version.id}/sidecars"

    first = cast.editor.post(path, {"upload": sent["id"]})
    again = cast.editor.post(path, {"upload": sent["id"]})
    resent = put(cast, version, SRT, "copy.srt")
    elsewhere = put(cast, other, SRT, "en.srt")

    assert [each.status for each in (first, again, resent, elsewhere)] == [201, 200, 200, 201]
    assert first["id"] == again["id"] == resent["id"] != elsewhere["id"]
    with tenancy.scope(cast.org_id):
        assert Master.objects.filter(sha256=digest(SRT)).count() == 1
        organization = Organization.objects.get(id=cast.org_id)
        assert organization.storage_reserved == 0
        assert organization.storage_used == len(SRT)
        assert {each.state for each in Upload.objects.all()} == {"promoted"}


def test_a_kind_may_be_said_and_must_be_so(cast: Cast):
    _, version = deliver(cast.project)

    assert put(cast, version, CPL, "CPL.xml", kind="xml")["kind"] == "xml"
    assert set(put(cast, version, SRT, "en.srt", kind="lut").errors) == {"kind"}
    assert set(put(cast, version, SRT, "en.srt", kind="subtitle").errors) == {"kind"}
    assert set(put(cast, version, b"MZ\0\0", "en.srt").errors) == {"upload"}


def test_bytes_that_are_not_what_was_declared_are_refused(cast: Cast):
    _, version = deliver(cast.project)
    sent = upload(cast, SRT, name="en.srt", type="text/plain", sha256="a" * 64)

    answer = cast.editor.post(f"/api/versions/{version.id}/sidecars", {"upload": sent["id"]})

    assert (answer.status, answer.problem) == (409, "digest-mismatch")
    assert cast.viewer.get(f"/api/versions/{version.id}/sidecars")["results"] == []


def test_an_upload_must_be_complete_and_of_the_versions_project(cast: Cast):
    _, version = deliver(cast.project)
    path = f"/api/versions/{version.id}/sidecars"
    opened = presign(cast)["upload"]["id"]
    theirs = cast.stranger.post(
        "/api/presign", {"project": str(cast.foreign.id), "name": "x.srt", "size": 5, "type": "text/plain"}
    )["upload"]["id"]

    assert cast.editor.post(path, {"upload": opened}).problem == "upload-incomplete"
    assert set(cast.editor.post(path, {"upload": theirs}).errors) == {"upload"}
    assert set(cast.editor.post(path, {}).errors) == {"upload"}
    assert set(cast.editor.post(path, {"upload": opened, "name": "x"}).errors) == {"name"}
    assert cast.reviewer.post(path, {"upload": opened}).status == 403
    assert cast.stranger.post(path, {"upload": theirs}).status == 404
