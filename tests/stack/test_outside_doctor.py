"""`doctor` proves a store: what holds is said, what does not is said with its remedy, and nothing is left."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import boto3
import pytest
from botocore.config import Config

from dam.stack import doctor_storage
from dam.stack.doctor import Finding
from dam.stack.keys import load_or_make
from dam.stack.services import BackendHandle
from tests.faults.fault_proxy import (
    DENIED,
    FOR_EVER,
    LOCK_HIDDEN,
    NOT_IMPLEMENTED,
    SWALLOWED,
    Fault,
    FaultProxy,
    Reply,
    fault_proxy,
)

EXPOSED = "Access-Control-Expose-Headers"
LATE = datetime.now(UTC) + timedelta(minutes=20)


def refusal(status: int, code: str, **told: str) -> Reply:
    """What S3 answers that does not do what it was asked; `told` are further elements of the error."""
    inside = "".join(f"<{name}>{text}</{name}>" for name, text in {"Code": code, **told}.items())
    return Reply(status, {"Content-Type": "application/xml"}, f"<Error>{inside}</Error>".encode())


def portal_of(stores: BackendHandle) -> str:
    """The origin whose pages the stores' buckets let in."""
    return f"http://127.0.0.1:{stores.layout.ports.front}"


def looked_at(environment: dict[str, str]) -> dict[str, Finding]:
    return {each.subject: each for each in doctor_storage.look(environment)}


def left_in(stores: BackendHandle) -> list[str]:
    pair = load_or_make(stores.layout.secrets_file).s3["provisioner"]
    client = boto3.client(
        "s3",
        endpoint_url=stores.env["S3_ENDPOINT_URL"],
        region_name="us-east-1",
        aws_access_key_id=pair.key_id,
        aws_secret_access_key=pair.secret,
        config=Config(s3={"addressing_style": "path"}),
    )
    left = []
    for name in ("staging", "masters", "previews", "docs", "backups"):
        versions = client.list_object_versions(Bucket=name, Prefix="doctor/")
        left += [each["Key"] for each in (*versions.get("Versions", []), *versions.get("DeleteMarkers", []))]
        left += [each["Key"] for each in client.list_multipart_uploads(Bucket=name).get("Uploads", [])]
    return left


def test_the_embedded_store_proves_all_but_the_policy(stores: BackendHandle) -> None:
    found = looked_at({**stores.env, "DAM_PORTAL_URL": portal_of(stores)})

    assert [each for each in found.values() if each.ok is False] == []
    assert found["Object Lock"].detail == "a locked version can be neither deleted nor shortened"
    assert found["versioning"].ok
    assert found["signed lengths"].ok
    assert found["uploads of browsers"].ok
    assert found["signed downloads"].ok
    assert found["copies into masters"].ok
    assert found["legal hold"].ok
    assert found["storage clock"].ok
    assert found["uploader does not read masters"].ok
    assert found["gpu-writer does not write masters"].ok
    assert found["purge"].ok
    assert [each for each in found.values() if each.level == "warn"] == []
    assert "not enforced by this store" in found["bucket policy"].detail
    assert left_in(stores) == []


def test_an_identity_that_may_too_much_is_named(stores: BackendHandle) -> None:
    keys = load_or_make(stores.layout.secrets_file).s3
    broad = {
        "S3_EDGE_READER_KEY_ID": keys["provisioner"].key_id,
        "S3_EDGE_READER_SECRET": keys["provisioner"].secret,
    }

    found = looked_at({**stores.env, **broad})

    assert found["edge-reader writes masters"].ok is False
    assert "narrow the rights of edge-reader" in found["edge-reader writes masters"].remedy
    assert found["edge-reader reads staging"].ok is False
    assert left_in(stores) == []


def test_one_key_for_everything_is_warned_of_and_a_bypass_found(stores: BackendHandle) -> None:
    pair = load_or_make(stores.layout.secrets_file).s3["provisioner"]
    one = {
        "S3_ENDPOINT_URL": stores.env["S3_ENDPOINT_URL"],
        "S3_KEY_ID": pair.key_id,
        "S3_SECRET": pair.secret,
    }

    found = looked_at(one)

    assert "one key serves" in found["identities"].detail
    assert "bucket policy" not in found
    assert (found["Object Lock"].ok, found["Object Lock"].detail) == (
        False,
        "the promoter deleted a locked version with bypass",
    )
    assert "BypassGovernanceRetention" in found["Object Lock"].remedy
    assert left_in(stores) == []


def test_missing_buckets_and_rights_are_named(stores: BackendHandle) -> None:
    pair = load_or_make(stores.layout.secrets_file).s3["provisioner"]
    broad = {"S3_PROMOTER_KEY_ID": pair.key_id, "S3_PROMOTER_SECRET": pair.secret}

    found = looked_at({**stores.env, **broad, "S3_BUCKET_MASTERS": "elsewhere", "S3_BUCKET_DOCS": "nowhere"})

    assert "make it with Object Lock" in found["bucket elsewhere"].remedy
    assert found["bucket nowhere"].ok is False


@pytest.fixture
def proxy(stores: BackendHandle):
    keys = {pair.key_id: pair.secret for pair in load_or_make(stores.layout.secrets_file).s3.values()}
    with fault_proxy(stores.env["S3_ENDPOINT_URL"], keys=keys) as running:
        yield running


HIDDEN_ETAG = Fault("no ETag for pages", after=lambda reply: reply.with_header(EXPOSED, None))


@pytest.mark.parametrize(
    ("call", "fault"), [(("HEAD", "^/masters/"), LOCK_HIDDEN), (("DELETE", "versionId="), SWALLOWED)]
)
def test_a_store_that_only_pretends_to_lock_is_found_out(
    stores: BackendHandle, proxy: FaultProxy, call: tuple[str, str], fault: Fault
) -> None:
    proxy.add(*call, fault, times=FOR_EVER)
    proxy.add("GET", "uploadId=", NOT_IMPLEMENTED, times=FOR_EVER)
    proxy.add("PUT", "^/masters/.+partNumber=", DENIED, times=FOR_EVER)
    proxy.add("PUT", "^/staging/", HIDDEN_ETAG, times=FOR_EVER)
    through = {"S3_ENDPOINT_URL": proxy.url, "S3_PUBLIC_URL": proxy.url, "DAM_PORTAL_URL": portal_of(stores)}

    found = looked_at({**stores.env, **through})

    assert found["copies into masters"].level == "warn"
    assert found["uploads of browsers"].detail.endswith("do not see the ETag of the parts they send")
    assert "expose ETag in the CORS rules of staging" in found["uploads of browsers"].remedy

    assert "does not know this call" in found["promoter sees parts"].detail
    assert "another" in found["promoter sees parts"].remedy
    assert found["Object Lock"].ok is False
    assert "with Object Lock" in found["Object Lock"].remedy


@pytest.mark.parametrize(
    ("answer", "subject", "remedy"),
    [
        (
            refusal(403, "RequestTimeTooSkewed").with_header("Date", format_datetime(LATE, usegmt=True)),
            "storage clock",
            "set the clock",
        ),
        (
            refusal(301, "PermanentRedirect", Endpoint="s3.eu-central-1.example.com"),
            "storage",
            "set S3_ENDPOINT_URL and S3_REGION",
        ),
        (
            refusal(400, "AuthorizationHeaderMalformed", Region="eu-west-3"),
            "storage",
            "set S3_REGION to eu-west-3",
        ),
        (refusal(403, "SignatureDoesNotMatch"), "storage", "check S3_PROMOTER_KEY_ID"),
    ],
    ids=["clock", "redirect", "region", "secret"],
)
def test_a_store_that_refuses_the_first_call_says_what_to_set(
    stores: BackendHandle, proxy: FaultProxy, answer: Reply, subject: str, remedy: str
) -> None:
    for method in ("GET", "HEAD"):
        proxy.add(method, "^/staging", Fault("refused", instead=lambda _: answer), times=FOR_EVER)

    found = looked_at({**stores.env, "S3_ENDPOINT_URL": proxy.url, "S3_ATTEMPTS": "1"})

    assert [each for each in found if not found[each].ok] == [subject]
    assert remedy in found[subject].remedy


def test_a_store_that_does_not_answer_is_one_finding() -> None:
    [finding] = doctor_storage.look(
        {"S3_ENDPOINT_URL": "http://127.0.0.1:9", "S3_KEY_ID": "a", "S3_SECRET": "b", "S3_ATTEMPTS": "1"}
    )

    assert (finding.subject, finding.ok) == ("storage", False)
    assert "S3_ENDPOINT_URL" in finding.remedy
