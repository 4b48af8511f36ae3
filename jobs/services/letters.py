"""Letters are sent by jobs: a mail server that is away or slow keeps nobody waiting, and a refusal is told."""

from __future__ import annotations

import smtplib
from collections.abc import Mapping, Sequence
from typing import Any

from django.core.mail import EmailMessage
from django.utils import timezone

from dam.core import tenancy
from jobs.errors import JobFailed
from jobs.models import Priority, Queue
from jobs.services.queueing import enqueue
from jobs.services.runs import JobRun
from orgs.services import letter_for

KIND = "letter"
#: Whoever is invited again within so many seconds gets one letter; that of allauth's letters too.
ONE_IN_S = 180
#: From this code on a mail server will not take the letter later either.
FOR_GOOD = 500
#: For so long a mail server may be away, or put letters off, before that costs them their tries.
PATIENCE_S = 86_400.0


def queue_letters(payloads: Sequence[Mapping[str, Any]]) -> None:
    """Queue a job for each letter.

    Locks and transaction: in scope; the relay runs it after the commit that gave a role.
    """
    turn = int(timezone.now().timestamp()) // ONE_IN_S
    for each in payloads:
        enqueue(
            kind=KIND,
            project_id=None,
            version_id=None,
            payload=dict(each),
            idem_key=f"{each['id']}:{turn}",
            queue=Queue.SHORT,
            priority=Priority.SENT,
            created_by=None,
        )


def send_letter(run: JobRun) -> dict[str, Any]:
    """Send a letter; nothing where what it tells of was taken back meanwhile.

    Raises:
        JobFailed: `letter-refused` where the mail server does not take it, `mail-away` where none answers.
    """
    with tenancy.scope(run.organization_id):
        letter = letter_for(run.payload)
    if letter is None:
        return {"sent": False}
    try:
        EmailMessage(letter.subject, letter.body, to=[letter.to]).send()
    except OSError as error:
        raise _failure(error) from error
    return {"sent": True}


def _failure(error: OSError) -> JobFailed:
    """Return how a letter's job fails: what a mail server refuses for now (4xx, RFC 5321 section 4.2.1) may pass."""
    match error:
        case smtplib.SMTPResponseException():
            code = error.smtp_code
        case smtplib.SMTPRecipientsRefused():
            code = max(code for code, _ in error.recipients.values())
        case _:
            return _for_now("mail-away", "The mail server did not answer.")
    if code < FOR_GOOD:
        return _for_now("letter-refused", "The mail server did not take the letter yet.")
    return JobFailed("letter-refused", "The mail server did not take the letter.")


def _for_now(code: str, detail: str) -> JobFailed:
    return JobFailed(code, detail, retryable=True, forgiven_s=PATIENCE_S)
