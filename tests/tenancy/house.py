"""Three corners of the world, one of everything in each: what members share, what is kept from them, and strangers'.

`own` is the cast's project of organisation A; `hidden` lies in the same organisation, where only its admin looks;
`foreign` is organisation B's. Every id and name in a corner is unlike any other, so a leak shows by searching.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.utils import timezone

from assets import services as assets
from assets.models import Asset, SavedSearch, Sidecar, Version
from assets.queries.shoots import Proposal
from assets.services import acknowledge_master, set_facts
from bulk.services import Selection, request_bulk
from comments.services import create_comment, decide
from dam.core import tenancy
from dam.core.access import SYSTEM, Actor, Role
from dam.core.db import new_id
from exchange.models import Mirror
from ingest.models import Upload
from ingest.states import State
from jobs.services import enqueue
from orgs.models import ApiToken, Client, Invitation, Organization, Project, User
from orgs.queries import actor_of_user
from orgs.services import Place, Reach, create_client, create_project, issue_token, set_grant
from previews.models import Preview
from shares.services import Terms, create_share
from similarity.models import Pair
from tests.assets.catalogue import new_digest
from tests.cast import Api, Browser, Cast, build_cast, new_person


@dataclass
class Corner:
    """One of everything. `ids` is keyed by noun; `secrets` are texts that must not leave the corner."""

    name: str
    organization: Organization
    project: Project
    ids: dict[str, str] = field(default_factory=dict)
    secrets: set[str] = field(default_factory=set)

    def keep(self, noun: str, value: Any) -> None:
        self.ids[noun] = str(value)
        self.secrets.add(str(value))


@dataclass
class House:
    """The cast and its three corners, and everybody's way of asking."""

    cast: Cast
    own: Corner
    hidden: Corner
    foreign: Corner
    sessions: dict[str, Browser]
    proof: str
    one: Api

    def caller(self, role: str, *, by_session: bool = False) -> Api:
        """Return the client of a role.

        `guest` has nothing but what a link gave, `one` the owner's token for one project alone.
        """
        if role == "guest":
            return Api(headers={"X-Share-Access": self.proof})
        if role == "one":
            return self.one
        if role == "nobody" or not by_session:
            api: Api = getattr(self.cast, role)
            return api
        return self.sessions[role]

    def home(self, role: str) -> Corner:
        """Return the corner where the role is at home."""
        return self.foreign if role == "stranger" else self.own

    def unseen(self, role: str) -> list[Corner]:
        """Return the corners that the role must never learn of."""
        if role == "owner":
            return [self.foreign]
        if role == "stranger":
            return [self.own, self.hidden]
        if role in {"nobody", "guest"}:
            return [self.own, self.hidden, self.foreign]
        return [self.hidden, self.foreign]


PEOPLE = ("owner", "editor", "reviewer", "viewer", "stranger")


def build_house() -> House:
    """Make everybody and everything; a second or so, so a module shares one."""
    cast = build_cast()
    own = _corner("own", cast.project, cast.owner.actor)
    with tenancy.scope(cast.org_id):
        project = create_project(actor=SYSTEM, name=f"hidden-{secrets.token_hex(4)}")
    hidden = _corner("hidden", project, cast.owner.actor)
    foreign = _corner("foreign", cast.foreign, cast.stranger.actor)
    _keep_tokens(cast, own, foreign)
    _keep_remarks(cast, own)
    guest = Api().post(f"/api/s/{own.ids['link']}/unlock", {"name": "Visitor"})
    assert guest.status == 200, guest
    sessions = {name: Browser(getattr(cast, name).person) for name in PEOPLE}
    one = issue_token(user=cast.owner.person, reach=Reach(project=cast.project))
    bearer = Api(headers={"Authorization": f"Bearer {one}"})
    return House(cast, own, hidden, foreign, sessions, guest["access"], bearer)


def _keep_tokens(cast: Cast, own: Corner, foreign: Corner) -> None:
    for name in PEOPLE:
        token = ApiToken.objects.get(user=getattr(cast, name).person)
        corner = foreign if name == "stranger" else own
        corner.ids[f"token of {name}"] = str(token.id)
        corner.keep("token", token.id)


def _keep_remarks(cast: Cast, own: Corner) -> None:
    """Let whoever may comment have a comment of their own."""
    with tenancy.scope(cast.org_id):
        version = Version.objects.select_related("asset").get(id=UUID(own.ids["version"]))
        for name in ("editor", "reviewer"):
            comment = create_comment(
                actor=getattr(cast, name).actor, version=version, given={"body": "My own"}
            )
            own.ids[f"own comment of {name}"] = str(comment.id)


def _corner(name: str, project: Project, actor: Actor) -> Corner:
    with tenancy.scope(project.organization_id):
        organization = Organization.objects.get(id=project.organization_id)
        corner = Corner(name, organization, project)
        _places(corner)
        asset, version = _catalogue(corner, actor)
        _work(corner, asset, actor)
        _talk(corner, version, actor)
    return corner


def _word(corner: Corner, kind: str) -> str:
    word = f"{kind}-{corner.name}-{secrets.token_hex(4)}"
    corner.secrets.add(word)
    return word


def _places(corner: Corner) -> None:
    project = corner.project
    client = create_client(actor=SYSTEM, name=_word(corner, "client"))
    Project.objects.filter(id=project.id).update(client=client, name=_word(corner, "project"))
    project.refresh_from_db()
    corner.keep("client", client.id)
    corner.keep("project", project.id)
    corner.keep("empty client", create_client(actor=SYSTEM, name=_word(corner, "empty")).id)
    corner.ids["org"] = str(corner.organization.id)
    if corner.name != "hidden":
        Organization.objects.filter(id=corner.organization.id).update(name=_word(corner, "org"))
        corner.secrets.add(corner.ids["org"])
        _member(corner, "member of org", Place())
    _member(corner, "member of client", Place(client=client))
    _member(corner, "member of project", Place(project=project))


def _member(corner: Corner, noun: str, place: Place) -> None:
    person = new_person(f"{noun.replace(' ', '-')}-{corner.name}")
    grant, _ = set_grant(user=person, place=place, role=Role.MEMBER if place == Place() else Role.REVIEWER)
    corner.keep(noun, grant.id)
    corner.keep("person", person.id)
    corner.secrets.add(person.email)
    Invitation.objects.create(
        email=f"{_word(corner, 'invited')}@example.test",
        client=place.client,
        project=place.project,
        role=Role.VIEWER,
    )


def _catalogue(corner: Corner, actor: Actor) -> tuple[Asset, Version]:
    asset, first = _deliver(corner, actor)
    _, version = _deliver(corner, actor, asset=asset)
    other, twin = _deliver(corner, actor)
    corner.keep("older version", first.id)
    corner.keep("asset", asset.id)
    corner.keep("version", version.id)
    corner.keep("digest", version.sha256)
    corner.keep("tag", asset.tags[0])
    beside = Sidecar.objects.create(
        version=version, master_id=first.master_id, kind="srt", name=_word(corner, "sidecar")
    )
    corner.keep("sidecar", beside.id)
    corner.keep("other asset", other.id)
    _loose(corner, actor, twin=twin)
    _collections(corner, actor, holds=asset)
    field = assets.create_field(
        actor=SYSTEM,
        given={"name": _word(corner, "field"), "type": "text", "projects": [corner.project.id]},
    )
    corner.keep("field", field.id)
    mirror = Mirror.objects.create(
        name=_word(corner, "mirror"), template="{name}", project_id=corner.project.id
    )
    corner.keep("mirror", mirror.id)
    corner.secrets.add(field.key)
    corner.keep(
        "search",
        SavedSearch.objects.create(
            name=_word(corner, "search"), is_shared=corner.name != "hidden", created_by=actor.user_id
        ).id,
    )
    Preview.objects.create(
        sha256=version.sha256, recipe_version=1, is_active=True, state="ready", published=["img/300.webp"]
    )
    return asset, version


def _collections(corner: Corner, actor: Actor, *, holds: Asset) -> None:
    collection = assets.create_collection(
        actor=actor, project_id=corner.project.id, name=_word(corner, "collection")
    )
    assets.change_items(collection, actor=actor, add=[holds.id])
    corner.keep("collection", collection.id)
    below = assets.create_collection(actor=actor, project_id=corner.project.id, name=_word(corner, "below"))
    corner.keep("empty collection", below.id)


def _loose(corner: Corner, actor: Actor, *, twin: Version) -> None:
    """Make an asset that looks like the twin's and may be a shoot by itself, and a shoot without any."""
    loose, like = _deliver(corner, actor)
    corner.keep("loose asset", loose.id)
    taken = timezone.now()
    set_facts(sha256=like.sha256, facts={"captured_at": taken})
    corner.keep("proposal", Proposal(first=(taken, loose.id), last=(taken, loose.id)).id)
    pair = Pair.objects.create(first=twin, second=like, kind="near", score=0.98)
    corner.keep("duplicate", pair.id)
    shoot = assets.create_shoot(
        actor=actor, project_id=corner.project.id, given={"name": _word(corner, "shoot")}
    )
    corner.keep("shoot", shoot.id)


def _deliver(corner: Corner, actor: Actor, *, asset: Asset | None = None) -> tuple[Asset, Version]:
    digest = new_digest()
    made, version = acknowledge_master(
        actor=actor,
        project_id=corner.project.id,
        asset_id=asset.id if asset else None,
        title=_word(corner, "asset"),
        name=f"{_word(corner, 'file')}.mov",
        content_type="video/quicktime",
        kind="video",
        sha256=digest,
        size=1000,
        key=f"{corner.organization.id}/{digest}/master",
        version_id="v1",
        lock_mode="GOVERNANCE",
        locked_until=None,
        tags=[_word(corner, "tag")],
    )
    set_facts(sha256=digest, facts={"frame_rate": "25/1", "frame_count": 100, "duration": 4.0})
    version.refresh_from_db()
    return made, version


def _work(corner: Corner, asset: Asset, actor: Actor) -> None:
    for noun, state in (("upload", State.OPEN), ("sent upload", State.UPLOADED)):
        upload = _upload(corner, actor, state=state)
        corner.keep(noun, upload.id)
        corner.keep(f"staging key of {noun}", upload.staging_key)
    for noun, ending in (("job", "queued"), ("failed job", "failed")):
        job, _ = enqueue(
            kind="promote",
            project_id=corner.project.id,
            version_id=None,
            payload={},
            idem_key=secrets.token_hex(8),
            queue="short",
            created_by=actor.id,
        )
        type(job).objects.filter(id=job.id).update(state=ending)
        corner.keep(noun, job.id)
    job = request_bulk(actor, selection=Selection(ids=(asset.id,)), action={"tag": [_word(corner, "bulk")]})
    type(job).objects.filter(id=job.id).update(state="succeeded")
    corner.keep("bulk job", job.id)
    frozen, link = create_share(
        actor=actor,
        project=corner.project,
        asset_ids=[asset.id],
        name=_word(corner, "share"),
        terms=Terms(allow_download=True, allow_comments=True),
    )
    corner.keep("share", frozen.id)
    corner.ids["link"] = link


def _upload(corner: Corner, actor: Actor, *, state: State) -> Upload:
    return Upload.objects.create(
        project=corner.project,
        name=f"{_word(corner, 'upload')}.mov",
        size=11,
        content_type="video/quicktime",
        staging_key=f"{new_id()}/{secrets.token_hex(16)}",
        multipart_id="unknown-to-the-store",
        part_size=16 * 1024**2,
        part_count=1,
        parts=[[1, 11, "0" * 32]] if state == State.UPLOADED else [],
        state=state,
        expires_at=timezone.now() + timedelta(days=1),
        created_by=actor.id,
    )


def _talk(corner: Corner, version: Version, actor: Actor) -> None:
    author = User.objects.get(id=UUID(corner.ids["person"]))
    speaker = actor_of_user(author.id)
    comment = create_comment(
        actor=speaker, version=version, given={"body": _word(corner, "comment"), "frame_in": 3}
    )
    corner.keep("comment", comment.id)
    decide(speaker, version=version, state="changes_requested", note=_word(corner, "note"))
    own = create_comment(actor=actor, version=version, given={"body": _word(corner, "own")})
    corner.keep("own comment", own.id)
    client = Client.objects.get(id=UUID(corner.ids["client"]))
    corner.secrets.add(client.slug)
