"""The embedded stores come up with the roles, identities and buckets of the platform."""

import socket
import urllib.error
import urllib.request
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import boto3
import psycopg
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from dam.stack.keys import load_or_make
from dam.stack.servers import s3
from dam.stack.servers.s3 import heap_mib
from dam.stack.services import BackendHandle


def client(stores: BackendHandle, identity: str):
    prefix = f"S3_{identity.upper().replace('-', '_')}"
    return boto3.client(
        "s3",
        endpoint_url=stores.env["S3_ENDPOINT_URL"],
        region_name="us-east-1",
        aws_access_key_id=stores.env[f"{prefix}_KEY_ID"],
        aws_secret_access_key=stores.env[f"{prefix}_SECRET"],
        config=Config(
            signature_version="s3v4",
            s3={"addressing_style": "path"},
            request_checksum_calculation="when_required",
            proxies={},
        ),
    )


def status_of(error: pytest.ExceptionInfo[ClientError]) -> int:
    return error.value.response["ResponseMetadata"]["HTTPStatusCode"]


def test_app_role_owns_nothing_and_cannot_bypass_row_security(stores):
    with psycopg.connect(stores.env["DATABASE_URL"]) as connection:
        row = connection.execute(
            "SELECT rolsuper, rolbypassrls, rolcreatedb, rolcreaterole FROM pg_roles WHERE rolname = current_user"
        ).fetchone()
        assert row == (False, False, False, False)


def test_migrator_owns_the_database_and_may_act_as_definer_only_by_set_role(stores):
    with psycopg.connect(stores.env["DATABASE_MIGRATOR_URL"], autocommit=True) as connection:
        owner = connection.execute(
            "SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = current_database()"
        ).fetchone()
        grant = connection.execute(
            "SELECT inherit_option, set_option, admin_option FROM pg_auth_members "
            "WHERE roleid = 'dam_definer'::regrole AND member = current_user::regrole"
        ).fetchone()

    assert owner == ("dam_migrator",)
    assert grant == (False, True, False)


def test_database_sorts_by_code_point_in_utf8(stores):
    with psycopg.connect(stores.env["DATABASE_URL"]) as connection:
        row = connection.execute(
            "SELECT pg_encoding_to_char(encoding), datlocale FROM pg_database WHERE datname = current_database()"
        ).fetchone()
    assert row == ("UTF8", "C.UTF-8")


def test_database_refuses_a_wrong_password(stores):
    wrong = stores.env["DATABASE_URL"].replace("dam_app:", "dam_app:x")
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(wrong)


def test_stores_listen_on_loopback_only(stores):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect(("192.0.2.1", 9))
        own_address = probe.getsockname()[0]
    for port in (stores.layout.ports.postgres, stores.layout.ports.redis, stores.layout.ports.s3):
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection((own_address, port), timeout=1)


def test_masters_are_locked_by_default_and_versioned(stores):
    promoter, key = client(stores, "promoter"), f"{uuid.uuid4()}/master"
    put = promoter.put_object(Bucket="masters", Key=key, Body=b"m")

    head = promoter.head_object(Bucket="masters", Key=key, VersionId=put["VersionId"])
    assert head["ObjectLockMode"] == "GOVERNANCE"
    assert head["ObjectLockRetainUntilDate"] > datetime.now(UTC) + timedelta(days=29)
    with pytest.raises(ClientError) as refused:
        promoter.delete_object(
            Bucket="masters", Key=key, VersionId=put["VersionId"], BypassGovernanceRetention=True
        )
    assert status_of(refused) == 403


def test_purger_cannot_delete_before_the_retention_ends(stores):
    key = f"{uuid.uuid4()}/master"
    put = client(stores, "promoter").put_object(Bucket="masters", Key=key, Body=b"m")
    with pytest.raises(ClientError) as refused:
        client(stores, "purger").delete_object(Bucket="masters", Key=key, VersionId=put["VersionId"])
    assert status_of(refused) == 403


def test_uploader_opens_parts_in_staging_and_nothing_else(stores):
    uploader, key = client(stores, "uploader"), f"{uuid.uuid4()}/upload"
    upload = uploader.create_multipart_upload(Bucket="staging", Key=key)["UploadId"]
    part = uploader.upload_part(Bucket="staging", Key=key, UploadId=upload, PartNumber=1, Body=b"part")
    uploader.complete_multipart_upload(
        Bucket="staging",
        Key=key,
        UploadId=upload,
        MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]},
    )

    attempts: tuple[Callable[[], object], ...] = (
        lambda: uploader.get_object(Bucket="staging", Key=key),
        lambda: uploader.put_object(Bucket="masters", Key=key, Body=b"x"),
        lambda: uploader.list_objects_v2(Bucket="masters"),
        lambda: uploader.put_object(Bucket="previews", Key=key, Body=b"x"),
    )
    for attempt in attempts:
        with pytest.raises(ClientError) as refused:
            attempt()
        assert status_of(refused) == 403


@pytest.mark.parametrize(
    ("identity", "bucket"),
    [
        ("gpu-writer", "masters"),
        ("gpu-writer", "staging"),
        ("edge-reader", "previews"),
        ("reader", "masters"),
        ("backup-writer", "masters"),
        ("promoter", "previews"),
        ("purger", "staging"),
    ],
)
def test_identity_may_not_write_elsewhere(stores, identity, bucket):
    with pytest.raises(ClientError) as refused:
        client(stores, identity).put_object(Bucket=bucket, Key="intruder", Body=b"x")
    assert status_of(refused) == 403


@pytest.mark.parametrize(
    ("identity", "bucket"), [("gpu-writer", "previews"), ("promoter", "docs"), ("backup-writer", "backups")]
)
def test_identity_writes_where_its_duty_lies(stores, identity, bucket):
    put = client(stores, identity).put_object(Bucket=bucket, Key=f"{uuid.uuid4()}/thing", Body=b"x")
    assert put["ResponseMetadata"]["HTTPStatusCode"] == 200


def test_staging_answers_a_browser_of_the_portal_and_no_other(stores):
    portal = f"http://127.0.0.1:{stores.layout.ports.front}"
    assert preflight(stores, origin=portal) == portal
    assert preflight(stores, origin="https://evil.example") is None


def preflight(stores: BackendHandle, *, origin: str) -> str | None:
    request = (
        f"OPTIONS /staging/some/key HTTP/1.1\r\nHost: 127.0.0.1\r\nOrigin: {origin}\r\n"
        "Access-Control-Request-Method: PUT\r\nConnection: close\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", stores.layout.ports.s3), timeout=5) as link:
        link.sendall(request.encode())
        answer = b"".join(iter(lambda: link.recv(4096), b"")).decode()
    headers = dict(line.split(": ", 1) for line in answer.split("\r\n")[1:] if ": " in line)
    return headers.get("Access-Control-Allow-Origin")


def test_bytes_copied_between_buckets_by_part_arrive_whole_and_locked(stores):
    promoter, key = client(stores, "promoter"), str(uuid.uuid4())
    body = uuid.uuid4().bytes * 400_000
    uploader = client(stores, "uploader")
    upload = uploader.create_multipart_upload(Bucket="staging", Key=key)["UploadId"]
    part = uploader.upload_part(Bucket="staging", Key=key, UploadId=upload, PartNumber=1, Body=body)
    parts = {"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]}
    uploader.complete_multipart_upload(Bucket="staging", Key=key, UploadId=upload, MultipartUpload=parts)

    copy = promoter.create_multipart_upload(Bucket="masters", Key=key)["UploadId"]
    copied = promoter.upload_part_copy(
        Bucket="masters", Key=key, UploadId=copy, PartNumber=1, CopySource={"Bucket": "staging", "Key": key}
    )
    done = promoter.complete_multipart_upload(
        Bucket="masters",
        Key=key,
        UploadId=copy,
        MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": copied["CopyPartResult"]["ETag"]}]},
    )

    got = client(stores, "reader").get_object(Bucket="masters", Key=key, VersionId=done["VersionId"])
    assert got["Body"].read() == body
    assert got["ObjectLockMode"] == "GOVERNANCE"


@pytest.mark.parametrize("method", ["GET", "DELETE", "PUT"])
def test_no_local_program_passes_the_gateway_by(stores, method):
    key = str(uuid.uuid4())
    client(stores, "gpu-writer").put_object(Bucket="previews", Key=key, Body=b"x")
    filer = f"http://127.0.0.1:{stores.layout.ports.weed_filer}/buckets/previews/{key}"
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(urllib.request.Request(filer, method=method), timeout=5)
    assert refused.value.code == 401


@pytest.mark.parametrize(
    ("memory_gib", "heap"), [(1, 256), (4, 256), (8, 512), (12, 768), (24, 768), (512, 768)]
)
def test_the_heap_of_the_store_grows_with_the_machine_within_bounds(memory_gib: int, heap: int) -> None:
    assert heap_mib(memory_gib * 1024**3) == heap


def test_the_store_is_told_how_large_its_heap_may_grow(
    stores: BackendHandle, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(s3, "machine_bytes", lambda: 4 * 1024**3)

    command = s3.S3(stores.layout, keys=load_or_make(stores.layout.secrets_file)).command()

    assert command.env["GOMEMLIMIT"] == "256MiB"
