"""A store that an operator brings gets the buckets it lacks, and keeps the ones it has."""

import uuid
from dataclasses import replace

import pytest

from dam.core import buckets
from dam.stack.keys import load_or_make
from dam.stack.services import BackendHandle


@pytest.fixture
def store(stores: BackendHandle) -> buckets.Store:
    pair = load_or_make(stores.layout.secrets_file).s3["provisioner"]
    return buckets.Store(stores.env["S3_ENDPOINT_URL"], "us-east-1", pair.key_id, pair.secret)


@pytest.fixture
def promoter(stores: BackendHandle, store: buckets.Store) -> buckets.Store:
    return replace(store, key_id=stores.env["S3_PROMOTER_KEY_ID"], secret=stores.env["S3_PROMOTER_SECRET"])


@pytest.fixture
def names() -> dict[str, str]:
    prefix = uuid.uuid4().hex[:8]
    return {name: f"{prefix}-{name}" for name in ("staging", "masters", "previews", "docs", "backups")}


def plans_for(names: dict[str, str]) -> list[buckets.BucketPlan]:
    return buckets.standard_plans(
        names, lock_mode="GOVERNANCE", lock_days=30, portal_origins=("https://dam.example",)
    )


def test_missing_buckets_are_made_with_lock_cors_and_lifecycle(store, names):
    reports = buckets.ensure_buckets(store, plans=plans_for(names), leave_existing=True)

    client = buckets.connect(store)
    lock = client.get_object_lock_configuration(Bucket=names["masters"])["ObjectLockConfiguration"]
    cors = client.get_bucket_cors(Bucket=names["staging"])["CORSRules"][0]
    rules = client.get_bucket_lifecycle_configuration(Bucket=names["staging"])["Rules"]
    assert [report.missing for report in reports] == [()] * 5
    assert lock["Rule"]["DefaultRetention"] == {"Mode": "GOVERNANCE", "Days": 30}
    assert (cors["AllowedMethods"], cors["ExposeHeaders"]) == (["PUT"], ["ETag"])
    assert rules[0]["AbortIncompleteMultipartUpload"] == {"DaysAfterInitiation": 7}


def test_settings_of_an_existing_bucket_are_left_alone(store, names):
    client = buckets.connect(store)
    client.create_bucket(Bucket=names["staging"])
    client.put_bucket_cors(
        Bucket=names["staging"],
        CORSConfiguration={
            "CORSRules": [{"AllowedMethods": ["GET"], "AllowedOrigins": ["https://other.example"]}]
        },
    )

    buckets.ensure_buckets(store, plans=plans_for(names)[:1], leave_existing=True)

    assert client.get_bucket_cors(Bucket=names["staging"])["CORSRules"][0]["AllowedMethods"] == ["GET"]


def test_what_the_rights_do_not_allow_is_said_in_words(promoter, names):
    reports = buckets.ensure_buckets(promoter, plans=plans_for(names), leave_existing=True)
    assert all(name in report.missing[0] for name, report in zip(names.values(), reports, strict=True))


def test_an_existing_bucket_tells_what_it_lacks(store, names):
    client = buckets.connect(store)
    for name in (names["staging"], names["masters"]):
        client.create_bucket(Bucket=name)

    staging, masters, *_ = buckets.ensure_buckets(store, plans=plans_for(names)[:2], leave_existing=True)

    assert "allow PUT from https://dam.example and expose ETag" in staging.missing[0]
    assert "anew with Object Lock" in masters.missing[0]
    assert [len(each.missing) for each in (staging, masters)] == [2, 2]


def test_a_region_that_the_store_does_not_know_is_no_hindrance(store, names):
    elsewhere = replace(store, region="eu-central-1")

    reports = buckets.ensure_buckets(elsewhere, plans=plans_for(names)[1:2], leave_existing=True)

    assert [(report.made, report.missing) for report in reports] == [(True, ())]
