"""Assumed roles: short-lived credentials from a store's STS, renewed in every process before they end."""

from __future__ import annotations

import logging
import threading
import time
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import boto3.session
import botocore.session
from botocore.credentials import CredentialProvider, CredentialResolver, Credentials, ReadOnlyCredentials
from botocore.exceptions import BotoCoreError, ClientError

if TYPE_CHECKING:
    from botocore.config import Config

    from dam import env

logger = logging.getLogger(__name__)

# An hour is what every store grants; roles assumed by roles get no more.
SESSION_S = 3600
# Renewed when half is over, so an address signed at any moment still lives half an hour.
RENEW_AT = 0.5
# Addresses end a little before their session, whatever the clocks say.
MARGIN_S = 30
RETRY_S = 30.0


class RoleSession(Credentials):
    """The credentials of one identity's role; every client of the identity in this process shares them."""

    def __init__(
        self, identity: str, *, pair: env.KeyPair, endpoint_url: str, region: str, config: Config
    ) -> None:
        """Take the key pair that may assume the role; nothing is sent before the first use."""
        super().__init__(pair.key_id, pair.secret)
        self._identity, self._role_arn = identity, pair.role_arn
        self._lock = threading.Lock()
        self._frozen: ReadOnlyCredentials | None = None
        self._ends_at = self._renew_at = 0.0
        # `Any`: the types of this client are not among the installed ones.
        self._sts: Any = plain_session().client(
            "sts",
            endpoint_url=endpoint_url,
            region_name=region,
            aws_access_key_id=pair.key_id,
            aws_secret_access_key=pair.secret,
            config=config,
        )

    def get_frozen_credentials(self) -> ReadOnlyCredentials:
        """Return key, secret and token as they are now, renewed where it is time.

        Raises:
            ClientError, BotoCoreError: there is no valid session, and the STS gives none.
        """
        held = self._frozen
        if held is not None and time.time() < self._renew_at:
            return held
        with self._lock:
            if self._frozen is None or time.time() >= self._renew_at:
                self._frozen = self._renewed()
            return self._frozen

    def remaining_s(self) -> int:
        """Return for how many whole seconds something signed now will be taken."""
        self.get_frozen_credentials()
        return max(1, int(self._ends_at - time.time()) - MARGIN_S)

    def _renewed(self) -> ReadOnlyCredentials:
        """Return a fresh session, or the present one while it holds and the STS is out of reach."""
        now = time.time()
        try:
            answer = self._sts.assume_role(
                RoleArn=self._role_arn, RoleSessionName=f"dam-{self._identity}", DurationSeconds=SESSION_S
            )["Credentials"]
        except (ClientError, BotoCoreError) as error:
            if self._frozen is None or now >= self._ends_at - MARGIN_S:
                raise
            logger.warning("storage.session_not_renewed", extra={"reason": type(error).__name__})
            self._renew_at = min(now + RETRY_S, self._ends_at - MARGIN_S)
            return self._frozen
        self._ends_at = answer["Expiration"].timestamp()
        self._renew_at = now + (self._ends_at - now) * RENEW_AT
        return ReadOnlyCredentials(answer["AccessKeyId"], answer["SecretAccessKey"], answer["SessionToken"])


class _Provider(CredentialProvider):
    METHOD = CANONICAL_NAME = "dam-role"

    def __init__(self, credentials: RoleSession) -> None:
        super().__init__()
        self._credentials = credentials

    def load(self) -> RoleSession:
        return self._credentials


@lru_cache(maxsize=1)
def _descriptions() -> Any:
    """Return the loader of the service descriptions: each loader keeps its own copy of S3's, 13 MB."""
    return botocore.session.Session().get_component("data_loader")


def _session(provider: CredentialProvider | None = None) -> boto3.session.Session:
    inner = botocore.session.Session()
    inner.register_component("data_loader", _descriptions())
    if provider:
        inner.register_component("credential_provider", CredentialResolver([provider]))
    return boto3.session.Session(botocore_session=inner)


def plain_session() -> boto3.session.Session:
    """Return a session for clients with keys of their own; the caller lets one thread at a time make some."""
    return _session()


def session_with(role: RoleSession) -> boto3.session.Session:
    """Return a session whose clients sign with a role's credentials."""
    return _session(_Provider(role))
