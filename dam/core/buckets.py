"""Make the platform's buckets, with lock, versioning, CORS and lifecycle, and tell what is missing.

Buckets are made by whoever runs the store, not by the identities that work in them, so this module takes
its credentials as arguments and knows no settings.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

if TYPE_CHECKING:
    from types_boto3_s3.client import S3Client
    from types_boto3_s3.type_defs import (
        BucketLifecycleConfigurationTypeDef,
        CORSConfigurationTypeDef,
        CORSRuleOutputTypeDef,
        ObjectLockConfigurationTypeDef,
    )

ABORT_INCOMPLETE_DAYS = 7
DEFAULT_REGION = "us-east-1"


@dataclass(frozen=True)
class Store:
    """An S3 endpoint and a key pair that may make buckets there."""

    endpoint_url: str
    region: str
    key_id: str
    secret: str


@dataclass(frozen=True)
class BucketPlan:
    """What one bucket must be: `lock_mode` implies versioning, `put_origins` a CORS rule for browsers."""

    name: str
    lock_mode: str = ""
    lock_days: int = 0
    put_origins: tuple[str, ...] = ()
    aborts_incomplete: bool = False


@dataclass(frozen=True)
class BucketReport:
    """How a bucket stands after `ensure_bucket`: what still has to be done by hand, in words."""

    name: str
    made: bool
    missing: tuple[str, ...]


def connect(store: Store) -> "S3Client":
    """Open a client; no request is sent yet."""
    client = boto3.client(
        "s3",
        endpoint_url=store.endpoint_url,
        region_name=store.region,
        aws_access_key_id=store.key_id,
        aws_secret_access_key=store.secret,
        config=Config(
            signature_version="s3v4",
            s3={"addressing_style": "path"},
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
            connect_timeout=5,
            read_timeout=30,
            retries={"max_attempts": 3, "mode": "standard"},
            proxies={},
        ),
    )
    stay_at_endpoint(client)
    return client


def stay_at_endpoint(client: "S3Client") -> None:
    """Let a redirect of the store be an answer like any other.

    The library asks for the bucket's region first and, where that is redirected too, asks again without end. We are told
    one endpoint, and go nowhere else with our signatures.
    """
    client.meta.events.register("before-call.s3", _count_as_redirected)


def _count_as_redirected(params: dict[str, Any], **_: Any) -> None:
    params["context"].setdefault("s3_redirect", {})["redirected"] = True


def standard_plans(
    names: dict[str, str], *, lock_mode: str, lock_days: int, portal_origins: tuple[str, ...]
) -> list[BucketPlan]:
    """Answer the five buckets of the platform; `names` maps staging, masters, … to the real names."""
    return [
        BucketPlan(names["staging"], put_origins=portal_origins, aborts_incomplete=True),
        BucketPlan(names["masters"], lock_mode=lock_mode, lock_days=lock_days, aborts_incomplete=True),
        BucketPlan(names["previews"]),
        BucketPlan(names["docs"]),
        BucketPlan(names["backups"]),
    ]


def ensure_buckets(
    store: Store, *, plans: Iterable[BucketPlan], leave_existing: bool = False
) -> list[BucketReport]:
    """Make and configure every bucket as far as the rights allow."""
    client = connect(store)
    return [ensure_bucket(client, plan=plan, leave_existing=leave_existing) for plan in plans]


def ensure_bucket(client: "S3Client", *, plan: BucketPlan, leave_existing: bool) -> BucketReport:
    """Make one bucket where it is missing, then bring its settings to the plan.

    With `leave_existing`, a bucket that somebody else made keeps the settings they gave it; what the platform
    cannot do without is looked for, and named where it is not there.

    A setting that the store refuses is named in the report, never raised: an operator whose keys may not
    configure buckets reads there what to set by hand.
    """
    try:
        made = _make_if_absent(client, plan=plan)
    except (ClientError, BotoCoreError) as error:
        return BucketReport(plan.name, made=False, missing=(_words_for_making(plan, said=_said(error)),))
    missing = []
    for setting in _settings_of(client, plan=plan):
        try:
            if not made and leave_existing:
                if not setting.is_there():
                    missing.append(setting.late or setting.words)
            else:
                setting.apply()
        except (ClientError, BotoCoreError) as error:
            missing.append(f"{setting.words} ({_said(error)})")
    return BucketReport(plan.name, made=made, missing=tuple(missing))


def _words_for_making(plan: BucketPlan, *, said: str) -> str:
    how = " with Object Lock, which cannot be switched on later" if plan.lock_mode else ""
    return f"see or make the bucket {plan.name}{how} ({said})"


def _said(error: ClientError | BotoCoreError) -> str:
    if isinstance(error, ClientError):
        return str(error.response.get("Error", {}).get("Code", "refused"))
    return type(error).__name__


def _make_if_absent(client: "S3Client", *, plan: BucketPlan) -> bool:
    try:
        client.head_bucket(Bucket=plan.name)
    except ClientError as error:
        if error.response["ResponseMetadata"]["HTTPStatusCode"] != 404:
            raise
    else:
        return False
    _create(client, plan=plan)
    return True


def _create(client: "S3Client", *, plan: BucketPlan) -> None:
    """Create a bucket in the client's region; stores that know no such region get none."""
    # Object Lock can only be chosen at birth; it switches versioning on by itself.
    options: Any = {"Bucket": plan.name, "ObjectLockEnabledForBucket": bool(plan.lock_mode)}
    region: Any = client.meta.region_name  # the stubs know the regions of one vendor alone
    if region == DEFAULT_REGION:
        client.create_bucket(**options)
        return
    try:
        client.create_bucket(**options, CreateBucketConfiguration={"LocationConstraint": region})
    except ClientError as error:
        if _said(error) not in {"InvalidLocationConstraint", "InvalidArgument", "MalformedXML"}:
            raise
        client.create_bucket(**options)


@dataclass(frozen=True)
class _Setting:
    """One thing that a bucket must have: in words, how to see it, how to make it so; `late` is how to mend it."""

    words: str
    is_there: Callable[[], bool]
    apply: Callable[[], None]
    late: str = ""


def _settings_of(client: "S3Client", *, plan: BucketPlan) -> list[_Setting]:
    name, settings = plan.name, list[_Setting]()
    if plan.lock_mode:
        words = f"set a default retention of {plan.lock_mode} {plan.lock_days} days on {name}"
        late = f"make {name} anew with Object Lock, which cannot be switched on later"
        settings.append(
            _Setting(
                words, lambda: _has_lock(client, plan=plan), lambda: _apply_lock(client, plan=plan), late
            )
        )
    if plan.put_origins:
        words = f"allow PUT from {', '.join(plan.put_origins)} and expose ETag in the CORS rules of {name}"
        settings.append(
            _Setting(words, lambda: _has_cors(client, plan=plan), lambda: _apply_cors(client, plan=plan))
        )
    if plan.aborts_incomplete:
        words = f"abort incomplete multipart uploads after {ABORT_INCOMPLETE_DAYS} days in {name}"
        settings.append(
            _Setting(
                words, lambda: _has_abort(client, plan=plan), lambda: _apply_lifecycle(client, plan=plan)
            )
        )
    return settings


def _has_lock(client: "S3Client", *, plan: BucketPlan) -> bool:
    """Tell whether a bucket locks at all; a default is not needed, each master is locked by name."""
    try:
        found = client.get_object_lock_configuration(Bucket=plan.name)["ObjectLockConfiguration"]
    except ClientError as error:
        if _said(error) == "ObjectLockConfigurationNotFoundError":
            return False
        raise
    return found.get("ObjectLockEnabled") == "Enabled"


def _has_cors(client: "S3Client", *, plan: BucketPlan) -> bool:
    try:
        rules = client.get_bucket_cors(Bucket=plan.name)["CORSRules"]
    except ClientError as error:
        if _said(error) == "NoSuchCORSConfiguration":
            return False
        raise
    return all(any(_lets_in(rule, origin=origin) for rule in rules) for origin in plan.put_origins)


def _lets_in(rule: "CORSRuleOutputTypeDef", *, origin: str) -> bool:
    names = {each.lower() for each in rule.get("ExposeHeaders", [])}
    origins = rule["AllowedOrigins"]
    return "PUT" in rule["AllowedMethods"] and "etag" in names and bool({"*", origin} & set(origins))


def _has_abort(client: "S3Client", *, plan: BucketPlan) -> bool:
    """Tell whether any rule aborts what was never finished; the platform's janitor does so too."""
    try:
        rules = client.get_bucket_lifecycle_configuration(Bucket=plan.name)["Rules"]
    except ClientError as error:
        if _said(error) == "NoSuchLifecycleConfiguration":
            return False
        raise
    return any(each.get("AbortIncompleteMultipartUpload") and each["Status"] == "Enabled" for each in rules)


def _apply_lock(client: "S3Client", *, plan: BucketPlan) -> None:
    wanted: ObjectLockConfigurationTypeDef = {
        "ObjectLockEnabled": "Enabled",
        "Rule": {"DefaultRetention": {"Mode": plan.lock_mode, "Days": plan.lock_days}},  # type: ignore[typeddict-item]
    }
    found = client.get_object_lock_configuration(Bucket=plan.name).get("ObjectLockConfiguration")
    if found != wanted:
        client.put_object_lock_configuration(Bucket=plan.name, ObjectLockConfiguration=wanted)


def _apply_cors(client: "S3Client", *, plan: BucketPlan) -> None:
    rules: CORSConfigurationTypeDef = {
        "CORSRules": [
            {
                "AllowedMethods": ["PUT"],
                "AllowedOrigins": list(plan.put_origins),
                "AllowedHeaders": ["*"],
                "ExposeHeaders": ["ETag"],
                "MaxAgeSeconds": 3600,
            }
        ]
    }
    client.put_bucket_cors(Bucket=plan.name, CORSConfiguration=rules)


def _apply_lifecycle(client: "S3Client", *, plan: BucketPlan) -> None:
    rules: BucketLifecycleConfigurationTypeDef = {
        "Rules": [
            {
                "ID": "abort-incomplete",
                "Status": "Enabled",
                "Filter": {"Prefix": ""},
                "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": ABORT_INCOMPLETE_DAYS},
            }
        ]
    }
    client.put_bucket_lifecycle_configuration(Bucket=plan.name, LifecycleConfiguration=rules)
