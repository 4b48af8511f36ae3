"""Which services a stack starts, in what order, and how it stops them."""

from collections.abc import Sequence
from dataclasses import dataclass

from dam.stack.config import StackConfig
from dam.stack.servers.application import application_services
from dam.stack.servers.edge_service import Edge
from dam.stack.servers.front import Front
from dam.stack.servers.postgres import Postgres
from dam.stack.servers.redis import Redis
from dam.stack.servers.s3 import S3
from dam.stack.servers.service import Service


@dataclass(frozen=True)
class Plan:
    """The three rings of a stack: stores first, doors last; stopping goes the other way."""

    stores: tuple[Service, ...]
    application: tuple[Service, ...]
    doors: tuple[Service, ...]

    @property
    def services(self) -> tuple[Service, ...]:
        return (*self.stores, *self.doors, *self.application)

    @property
    def stop_rings(self) -> Sequence[tuple[Service, ...]]:
        return (self.doors, self.application, self.stores)


def plan_of(config: StackConfig) -> Plan:
    """Answer the services that this configuration asks for, without those brought from outside."""
    stores: list[Service] = []
    if not config.outside.postgres:
        stores.append(Postgres(config.layout, keys=config.keys))
    if not config.outside.redis:
        stores.append(Redis(config.layout, keys=config.keys))
    if not config.outside.s3:
        stores.append(S3(config.layout, keys=config.keys))
    doors: list[Service] = [Front(config)]
    if not config.outside.edge:
        doors.append(Edge(config))
    return Plan(stores=tuple(stores), application=tuple(application_services(config)), doors=tuple(doors))
