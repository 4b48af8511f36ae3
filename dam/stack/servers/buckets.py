"""Make the buckets: `python -m dam.stack.servers.buckets DATA_DIR PORT`, or `--outside` for a store that was brought."""

import hashlib
import sys
import urllib.request
from dataclasses import asdict
from pathlib import Path

from dam import env
from dam.core import buckets as core_buckets
from dam.stack import files, keys
from dam.stack.layout import Layout
from dam.stack.servers.s3 import BUCKETS, REGION, S3
from dam.stack.servers.service import LOOPBACK

VOLUMES_PER_BUCKET = 2


def plans_of(s3: S3) -> list[core_buckets.BucketPlan]:
    return core_buckets.standard_plans(
        {name: name for name in BUCKETS},
        lock_mode=env.read_choice("OBJECT_LOCK_MODE", "GOVERNANCE", env.LOCK_MODES),
        lock_days=env.read_int("OBJECT_LOCK_DEFAULT_DAYS", 30, least=1, most=env.MOST_LOCK_DAYS),
        portal_origins=tuple(
            dict.fromkeys((s3.portal_origin, env.read_origin("DAM_PORTAL_URL", s3.portal_origin)))
        ),
    )


def fingerprint(plans: list[core_buckets.BucketPlan]) -> str:
    """Answer a digest of the whole recipe, so that an unchanged one is not applied again."""
    return hashlib.sha256(repr([asdict(plan) for plan in plans]).encode()).hexdigest()


def _grow(layout: Layout, *, bucket: str) -> None:
    """Give a bucket its first volumes now; else its first object waits about a second for them."""
    master = f"http://{LOOPBACK}:{layout.ports.weed_master}"
    query = f"collection={bucket}&count={VOLUMES_PER_BUCKET}"
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(f"{master}/vol/grow?{query}", timeout=20) as answer:
        answer.read()


def provision(layout: Layout, *, stack_keys: keys.StackKeys) -> list[str]:
    """Bring the five buckets to the plan; answer what could not be done."""
    s3 = S3(layout, keys=stack_keys)
    plans = plans_of(s3)
    stamp = s3.directory / "buckets.sha256"
    if stamp.exists() and stamp.read_text(encoding="utf-8") == fingerprint(plans):
        return []
    pair = stack_keys.s3["provisioner"]
    store = core_buckets.Store(s3.url, REGION, pair.key_id, pair.secret)
    reports = core_buckets.ensure_buckets(store, plans=plans)
    for report in reports:
        if report.made:
            _grow(layout, bucket=report.name)
    missing = [line for report in reports for line in report.missing]
    if not missing:
        files.write_atomically(stamp, fingerprint(plans))
    return missing


def provision_outside() -> list[str]:
    """Make the buckets that an outside store lacks; answer what its operator still has to do.

    The common key pair is the one that may have the right to; without it the promoter's is tried.
    """
    storage = env.storage()
    pair = storage.keys["promoter"]
    store = core_buckets.Store(
        storage.endpoint_url,
        storage.region,
        env.read_storage("KEY_ID", pair.key_id),
        env.read_storage("SECRET", pair.secret),
    )
    plans = core_buckets.standard_plans(
        storage.buckets,
        lock_mode=storage.lock_mode,
        lock_days=storage.lock_days,
        portal_origins=(env.read_origin("DAM_PORTAL_URL"),),
    )
    reports = core_buckets.ensure_buckets(store, plans=plans, leave_existing=True)
    return [line for report in reports for line in report.missing]


def main() -> int:
    if sys.argv[1] == "--outside":
        missing = provision_outside()
    else:
        layout = Layout.of(Path(sys.argv[1]), base_port=int(sys.argv[2]))
        missing = provision(layout, stack_keys=keys.load_or_make(layout.secrets_file))
    for line in missing:
        print(f"could not {line}", file=sys.stderr)
    return 1 if missing else 0


if __name__ == "__main__":
    raise SystemExit(main())
