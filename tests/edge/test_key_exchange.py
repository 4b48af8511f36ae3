"""The signing key is exchanged while everything runs: no request is lost, and the old key ends when it may."""

import time
from collections.abc import Callable, Iterator
from io import StringIO
from pathlib import Path
from threading import Event, Thread

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from dam.stack.config import Outside, StackConfig
from dam.stack.keys import load_or_make
from dam.stack.layout import Layout
from dam.stack.servers import edge
from dam.stack.servers.edge_service import Edge as EdgeService
from dam.stack.services import find_free_base_port
from previews import queries
from previews.edge_tokens import KeyFile, SigningKey
from tests.edge.conftest import KEY, Published
from tests.edge.running import Edge, wait_for
from tests.edge.test_operation import Load

UNLIMITED = edge.Limits(requests_per_second=1_000_000, request_burst=1_000_000)


def manage(*words: str) -> str:
    said = StringIO()
    call_command("edge", *words, stdout=said)
    return said.getvalue()


@pytest.fixture
def key_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    path = tmp_path / "keys"
    path.write_text(f"{KEY}\n", encoding="utf-8")
    path.chmod(0o600)
    overridden(monkeypatch, EDGE_SIGNING_KEY_FILE=str(path), EDGE_CONTROL_URL="")
    queries._key_file.cache_clear()
    yield path
    queries._key_file.cache_clear()


def overridden(monkeypatch: pytest.MonkeyPatch, **values: str) -> None:
    for name, value in values.items():
        monkeypatch.setattr(settings, name, value)


@pytest.fixture
def supervised(
    start_edge: Callable[..., Edge], key_file: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Edge]:
    """An edge whose keys follow the file, as the supervisor lets them."""
    own = start_edge(signing_keys={KEY.kid: KEY.secret}, limits=UNLIMITED)
    overridden(monkeypatch, EDGE_CONTROL_URL=f"http://127.0.0.1:{own.config.control_port}")
    stop = Event()

    def follow() -> None:
        file = KeyFile(key_file)
        while not stop.wait(0.1):
            known = file.keys()
            keys = {each.kid: each.secret for each in known}
            if keys != own.config.signing_keys:
                own.reload(signing_keys=keys)

    thread = Thread(target=follow)
    thread.start()
    yield own
    stop.set()
    thread.join()


def test_key_is_exchanged_under_load_without_a_lost_request(
    supervised: Edge, publish: Callable[..., Published]
) -> None:
    shown = publish(supervised)
    kids = set()

    def ask() -> int:
        key = queries.signing_key()
        kids.add(key.kid)
        return shown.get(key=key).status

    with Load(ask) as load:
        said = manage("rotate-key")
        signs = load.count
        while load.count < signs + 3:
            time.sleep(0.01)

    assert load.failures == []
    assert kids == {"k1", "k2"}
    assert "k2 signs from now on" in said
    assert manage("keys").splitlines() == ["k2 signs", "k1 is still taken by the edges"]
    assert (shown.get(key=KEY).status, shown.get(key=queries.signing_key()).status) == (200, 200)
    with pytest.raises(CommandError, match="may be in use for another"):
        manage("retire-keys")


def test_key_that_got_into_wrong_hands_is_forgotten_at_once(
    supervised: Edge, publish: Callable[..., Published]
) -> None:
    shown = publish(supervised)
    manage("rotate-key")

    assert "k1" in manage("retire-keys", "--now")

    # For a moment workers with the old keys and with the new ones answer side by side.
    assert wait_for(lambda: {shown.get(key=KEY).status for _ in range(20)} == {401}, timeout_s=10)
    assert shown.get(key=queries.signing_key()).status == 200


def test_nothing_signs_with_a_key_that_no_edge_knows(key_file: Path) -> None:
    with pytest.raises(CommandError, match="No edge says that it knows k2"):
        manage("rotate-key")

    assert queries.signing_key() == KEY
    assert "k2 signs from now on" in manage("rotate-key", "--unseen")
    assert manage("keys").splitlines() == ["k2 signs", "k1 is still taken by the edges"]
    assert "k2" in key_file.read_text(encoding="utf-8")
    assert key_file.stat().st_mode & 0o777 == 0o600


def test_keys_given_by_value_cannot_be_exchanged(key_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    overridden(monkeypatch, EDGE_SIGNING_KEY_FILE="")

    with pytest.raises(CommandError, match="EDGE_SIGNING_KEY_FILE"):
        manage("rotate-key")


def test_file_that_is_damaged_meanwhile_changes_nothing(key_file: Path) -> None:
    file = KeyFile(key_file)
    known = file.keys()

    for damaged in ("", "k1:short", f"{KEY}\n{KEY}"):
        key_file.write_text(damaged, encoding="utf-8")
        assert file.keys() == known
    key_file.unlink()
    assert file.keys() == known
    with pytest.raises(OSError, match="No such file"):
        KeyFile(key_file).keys()


def test_stack_makes_the_file_and_its_edge_follows_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("EDGE_SIGNING_KEY")
    layout = Layout.of(tmp_path / "data", base_port=find_free_base_port())
    layout.make_directories()
    outside = Outside(postgres=False, redis=False, s3=False, edge=False)
    config = StackConfig(layout, load_or_make(layout.secrets_file), outside)
    config.make_edge_key_file()
    service = EdgeService(config)
    service.prepare()
    assert not service.renew()

    fresh = SigningKey("k2", "a-secret-that-is-new-and-long")
    with config.edge_key_file.open("a", encoding="utf-8") as file:
        file.write(f"{fresh}\n")

    assert service.renew()
    assert not service.renew()
    assert fresh.secret in (service.run_dir / "keys.json").read_text(encoding="utf-8")
    assert config.own_environment()["EDGE_SIGNING_KEY_FILE"] == str(config.edge_key_file)
    assert "EDGE_SIGNING_KEY" not in config.own_environment()
    assert config.edge_key_file.stat().st_mode & 0o777 == 0o600
