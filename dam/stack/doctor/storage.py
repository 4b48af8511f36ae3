"""Clocks that signatures, tokens and leases are judged by; the store itself is proven by `dam.stack.doctor_storage`."""

from dam.stack.doctor import Finding

MOST_SKEW_S = 60


def clock(subject: str, *, skew_s: float) -> Finding:
    return Finding(
        subject,
        abs(skew_s) <= MOST_SKEW_S,
        f"{skew_s:+.1f} s from ours",
        "set the clock (NTP): signatures and tokens end after minutes",
    )
