"""Proving that the store is there: address, region, keys, clock and buckets, each named where it is at fault."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any

from botocore.exceptions import ClientError

from dam.core.storage import reading
from dam.core.storage.clients import bucket, client, configuration
from dam.core.storage.failures import NotFound, StorageError, translated
from dam.core.storage.proof import Proof, failed, grant

MOST_SKEW_S = 60
_REACH = "check S3_ENDPOINT_URL, S3_REGION and the keys, and whether the store runs (bin/dam status)"
_CLOCK = "set the clock (NTP): signatures and locks are judged by the store's"
_KEYS = "check S3_PROMOTER_KEY_ID and S3_PROMOTER_SECRET (or the common S3_KEY_ID and S3_SECRET)"
_PROXY = "; a proxy before the store must leave the Host header as it is"
_ELSEWHERE = frozenset({"PermanentRedirect", "TemporaryRedirect", "MovedPermanently", "301", "302", "307"})


@dataclass
class Reach:
    """A first call; `ahead_s` is by how much the store's clock is ahead of ours, `answers` whether probes make sense."""

    ahead_s: float = 0.0
    server: str = ""
    answers: bool = False

    def prove(self) -> Iterator[Proof]:
        """Yield what the first call tells."""
        begun, fault = time.time(), None
        try:
            with translated("probe"):
                answer: Mapping[str, Any] = client("promoter").list_objects_v2(
                    Bucket=bucket("staging"), MaxKeys=1
                )
        except StorageError as error:
            answer, fault = _told_by(error), error
        headers = answer.get("ResponseMetadata", {}).get("HTTPHeaders", {})
        told, self.server = headers.get("date"), headers.get("server", "")
        if told:
            self.ahead_s = parsedate_to_datetime(told).timestamp() - (begun + time.time()) / 2
        is_near = abs(self.ahead_s) <= MOST_SKEW_S
        clock = Proof("storage clock", is_near, f"{self.ahead_s:+.1f} s from ours", _CLOCK)
        self.answers = fault is None or isinstance(fault, NotFound) or fault.reason == "AccessDenied"
        self.answers = self.answers and is_near
        if fault is not None and not self.answers:
            yield _fault(fault, answer) if is_near else clock
            return
        yield Proof("storage", ok=True, detail=configuration().endpoint_url)
        if told:
            yield clock
        if fault is not None and fault.reason == "AccessDenied":
            yield failed("promoter lists staging", "refused (AccessDenied)", grant("promoter"))


def _told_by(error: StorageError) -> Mapping[str, Any]:
    """Return the store's own answer behind a failure; empty where none came."""
    return error.__cause__.response if isinstance(error.__cause__, ClientError) else {}


def _fault(error: StorageError, answer: Mapping[str, Any]) -> Proof:
    """Say what has to be set otherwise, as far as the store tells."""
    told, headers = answer.get("Error", {}), answer.get("ResponseMetadata", {}).get("HTTPHeaders", {})
    region = told.get("Region") or headers.get("x-amz-bucket-region", "")
    if error.reason in _ELSEWHERE:
        place = told.get("Endpoint") or headers.get("location", "") or region
        remedy = "set S3_ENDPOINT_URL and S3_REGION to those of the buckets' own region"
        return failed("storage", f"sends us elsewhere: {place or error.reason}", remedy)
    if region and region != configuration().region:
        return failed("storage", f"belongs to the region {region}", f"set S3_REGION to {region}")
    remedy = {"InvalidAccessKeyId": _KEYS, "SignatureDoesNotMatch": _KEYS + _PROXY}.get(error.reason, _REACH)
    return failed("storage", f"does not answer the promoter ({error.reason})", remedy)


def missing_buckets(pairs: Iterator[tuple[str, str]], *, key: str) -> Iterator[Proof]:
    """Yield the buckets that are not there, once each; `pairs` are identities and the buckets that they may read."""
    named: set[str] = set()
    for identity, name in pairs:
        try:
            reading.get_bytes(identity, name, key)
        except NotFound as error:
            if error.reason == "NoSuchBucket" and name not in named:
                named.add(name)
                how = " with Object Lock" if name == "masters" else ""
                yield failed(f"bucket {bucket(name)}", "is missing", f"make it{how}, or let bin/dam up do so")
        except StorageError:
            continue  # said with the rights
