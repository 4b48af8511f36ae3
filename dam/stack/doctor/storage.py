"""The store: reachable, its buckets there, and Object Lock that really locks."""

import time
from email.utils import parsedate_to_datetime
from urllib.request import ProxyHandler, build_opener

from dam.core import buckets
from dam.stack.doctor import Finding

MOST_SKEW_S = 60


def clock(subject: str, *, skew_s: float) -> Finding:
    return Finding(
        subject,
        abs(skew_s) <= MOST_SKEW_S,
        f"{skew_s:+.1f} s from ours",
        "set the clock (NTP): signatures and tokens end after minutes",
    )


def look(environment: dict[str, str]) -> list[Finding]:
    def read(name: str, default: str = "") -> str:
        return environment.get(f"S3_{name}") or environment.get(f"WASABI_{name}") or default

    endpoint, region = read("ENDPOINT_URL"), read("REGION", "us-east-1")
    try:
        with build_opener(ProxyHandler({})).open(f"{endpoint}/healthz", timeout=5) as answer:
            date = answer.headers.get("Date")
    except OSError as error:
        date = getattr(error, "headers", {}).get("Date") if hasattr(error, "headers") else None
        if date is None:
            return [
                Finding(
                    "storage",
                    ok=False,
                    detail=f"{endpoint}: {error}",
                    remedy="check S3_ENDPOINT_URL, and whether the store runs (bin/dam status)",
                )
            ]

    def store_of(identity: str) -> buckets.Store:
        key_id, secret = (
            read(f"{identity}_KEY_ID", read("KEY_ID")),
            read(f"{identity}_SECRET", read("SECRET")),
        )
        return buckets.Store(endpoint, region, key_id, secret)

    findings = [Finding("storage", ok=True, detail=endpoint)]
    if date:
        skew_s = parsedate_to_datetime(date).timestamp() - time.time()
        findings.append(clock("storage clock", skew_s=skew_s))
    readers = {"staging": "PROMOTER", "masters": "PROMOTER", "docs": "PROMOTER", "previews": "GPU_WRITER"}
    for role, identity in readers.items():
        name = read(f"BUCKET_{role.upper()}", role)
        if buckets.is_missing(store_of(identity), bucket=name):
            remedy = "make it with Object Lock" if role == "masters" else "make it with the store's own tools"
            findings.append(Finding(f"bucket {name}", ok=False, detail="is missing", remedy=remedy))
    return findings + _lock(store_of("PROMOTER"), masters=read("BUCKET_MASTERS", "masters"))


def _lock(store: buckets.Store, *, masters: str) -> list[Finding]:
    probe = buckets.probe_lock(store, bucket=masters)
    remedy = (
        f"make {masters} anew with Object Lock, and take BypassGovernanceRetention from every key of ours"
    )
    findings = [Finding("Object Lock", probe.holds, f"{probe.detail} ({masters})", remedy)]
    if probe.deletes_after_expiry:
        words = (
            "the promoter may delete a version whose lock has ended; where the store enforces bucket policies, "
            "deny DeleteObjectVersion to all but the purger"
        )
        findings.append(Finding("bucket policy", None, words))
    return findings
