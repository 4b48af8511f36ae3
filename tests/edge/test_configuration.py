"""What can be asked of the configuration, and what it refuses."""

import contextlib
import datetime
import socket
import ssl
import struct
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from dam.stack.servers import binaries, edge
from dam.stack.services import find_free_base_port
from tests.edge.conftest import Published
from tests.edge.running import Edge, wait_for

NAME = "s3.storage.example"


@pytest.fixture
def config(tmp_path: Path) -> edge.EdgeConfig:
    # nginx listens for a moment when it checks a configuration, so these must be anybody's to take.
    base = find_free_base_port()
    return edge.EdgeConfig(
        port=base,
        control_port=base + 1,
        run_dir=tmp_path / "run",
        cache_dir=tmp_path / "cache",
        storage=edge.Storage(endpoint_url="http://127.0.0.1:9", key_id="id", secret="secret"),
        signing_keys={"k1": "a-signing-secret"},
    )


def with_endpoint(config: edge.EdgeConfig, url: str) -> edge.EdgeConfig:
    return replace(config, storage=replace(config.storage, endpoint_url=url))


def is_taken_by_nginx(conf: Path) -> bool:
    return subprocess.run([*edge.command(conf), "-t"], capture_output=True, check=False).returncode == 0


@pytest.mark.parametrize(
    "url", ["", "s3.example", "ftp://s3.example", "https://", "https://s3.example/bucket", "http://:80"]
)
def test_endpoint_that_is_no_origin_is_refused(config: edge.EdgeConfig, url: str) -> None:
    with pytest.raises(edge.EdgeMisconfigured, match="endpoint"):
        edge.render(with_endpoint(config, url))


def test_edge_without_a_signing_key_is_refused(config: edge.EdgeConfig) -> None:
    with pytest.raises(edge.EdgeMisconfigured, match="signing key"):
        edge.render(replace(config, signing_keys={}))


def test_path_that_nginx_cannot_quote_is_refused(config: edge.EdgeConfig, tmp_path: Path) -> None:
    with pytest.raises(edge.EdgeMisconfigured, match="dollar"):
        edge.render(replace(config, run_dir=tmp_path / "$run"))


def test_nginx_without_njs_is_refused(config: edge.EdgeConfig, tmp_path: Path) -> None:
    plain = tmp_path / "nginx"
    plain.write_text("#!/bin/sh\necho 'nginx version: nginx/1.22.1' >&2\n", encoding="utf-8")
    plain.chmod(0o755)

    with pytest.raises(edge.EdgeMisconfigured, match="njs"):
        edge.render(config, nginx=plain)


def test_default_ports_are_left_out_of_the_signed_host(config: edge.EdgeConfig) -> None:
    hosts = {}
    for url in (
        "https://s3.example:443",
        "https://s3.example",
        "http://s3.example:80",
        "http://s3.example:8333",
    ):
        conf = edge.render(replace(with_endpoint(config, url), resolvers=("127.0.0.1",)))
        hosts[url] = (
            (conf.parent / "origin.conf").read_text(encoding="utf-8").partition("Host ")[2].split(";")[0]
        )

    assert set(hosts.values()) == {"s3.example", "s3.example:8333"}


def test_settings_of_a_public_edge_are_taken_by_nginx(config: edge.EdgeConfig) -> None:
    public = replace(
        with_endpoint(config, "https://s3.eu-central-1.wasabisys.com"),
        address="0.0.0.0",  # noqa: S104  only checked, never listened on
        hosts=(),
        control_networks=("10.0.0.0/8",),
        revocations_url="https://api.example/_internal/revocations",
        resolvers=("127.0.0.1", "::1"),
    )

    assert is_taken_by_nginx(edge.render(public))


BUILD = edge.inspect(binaries.nginx())


def rendered(config: edge.EdgeConfig, monkeypatch: pytest.MonkeyPatch, **changes: Any) -> dict[str, str]:
    """Return what is written for a build that differs from the platform's own."""
    monkeypatch.setattr(edge, "inspect", lambda _: replace(BUILD, **changes))
    run_dir = edge.render(config).parent
    files = [*run_dir.glob("*.conf"), *run_dir.glob("njs/*.js")]
    return {file.name: file.read_text(encoding="utf-8") for file in files}


def test_slices_are_used_where_nginx_has_them(
    config: edge.EdgeConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    without = rendered(config, monkeypatch, has_slice=False)["nginx.conf"]
    text = rendered(config, monkeypatch, has_slice=True)["nginx.conf"]

    assert "slice " not in without
    assert "slice 2097152;" in text
    assert 'proxy_cache_key "v1$edge_object $slice_range";' in text


def test_files_take_the_place_of_dictionaries_where_njs_has_none(
    config: edge.EdgeConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = rendered(config, monkeypatch, has_state=False, has_nocache=False, has_slice=True)

    assert "shared_dict" not in files["nginx.conf"]
    assert "js_periodic" not in files["nginx.conf"]
    assert "nocache" not in files["nginx.conf"]
    assert "edge_revoked[" in files["edge_list.js"]
    assert f'-f "{config.run_dir}/disk_low"' in files["gate.conf"]
    assert "include origin-large.conf;" in files["nginx.conf"]
    assert "$edge_object?$origin_query;" in files["origin-large.conf"]
    assert "Authorization" not in files["origin-large.conf"]
    assert (config.run_dir / "revocations.json").read_text(encoding="utf-8") == "{}"


def test_what_a_build_lacks_is_said_in_words() -> None:
    whole = replace(BUILD, has_slice=True, has_state=True, version=(1, 31, 3))
    poor = replace(BUILD, has_slice=False, has_state=False, version=(1, 22, 1))

    assert whole.shortcomings == []
    assert [each.split(":")[0] for each in poor.shortcomings] == [
        "no slice",
        "njs before 0.9.1",
        "nginx before 1.27.3",
    ]


def make_certificate(directory: Path) -> tuple[Path, Path]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NAME)])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(NAME)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem, key_pem = directory / "storage.pem", directory / "storage.key"
    pem.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    key_pem.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    return pem, key_pem


class Storage(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        body = f"{self.headers['Host']} {self.path}".encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


def name_answer(question: bytes) -> bytes:
    """Answer 127.0.0.1 to whatever name is asked for (RFC 1035, section 4)."""
    end = question.index(b"\0", 12) + 5
    is_ipv4 = question[end - 4 : end - 2] == b"\0\x01"
    head = question[:2] + struct.pack("!5H", 0x8180, 1, int(is_ipv4), 0, 0)
    record = struct.pack("!3HIH", 0xC00C, 1, 1, 60, 4) + bytes((127, 0, 0, 1)) if is_ipv4 else b""
    return head + question[12:end] + record


def answer_names(sock: socket.socket) -> None:
    """Serve until the socket is closed."""
    with contextlib.suppress(OSError):
        while True:
            question, asker = sock.recvfrom(512)
            sock.sendto(name_answer(question), asker)


@pytest.fixture
def https_storage(tmp_path: Path) -> Iterator[dict[str, Any]]:
    """A storage with a name and a certificate, and the name server that knows it."""
    pem, key = make_certificate(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem, key)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Storage)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    names = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    names.bind(("127.0.0.1", 0))
    Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    Thread(target=answer_names, args=(names,), daemon=True).start()
    yield {
        "url": f"https://{NAME}:{server.server_port}",
        "ca_file": pem,
        "resolvers": (f"127.0.0.1:{names.getsockname()[1]}",),
    }
    names.close()
    server.shutdown()
    server.server_close()


def test_https_storage_is_found_by_name_and_checked(
    start_edge: Callable[..., Edge], https_storage: dict[str, Any], preview: Published
) -> None:
    storage = edge.Storage(
        endpoint_url=https_storage["url"], key_id="id", secret="secret", ca_file=https_storage["ca_file"]
    )
    trusting = start_edge(storage=storage, resolvers=https_storage["resolvers"])
    shown = replace(preview, port=trusting.config.port)

    # nginx looks a name up beside its work: until the first answer has come it has no storage to ask.
    assert wait_for(lambda: shown.get().status == 200, timeout_s=10)
    answer = shown.get()
    trusting.reload(storage=replace(storage, ca_file=other_certificate(trusting)))
    distrusted = shown.get("v0/00000.m4s")

    key = f"/previews/{preview.grant.organization}/hls/{preview.grant.digest}/master.m3u8"
    assert answer.body.decode() == f"{https_storage['url'].removeprefix('https://')} {key}"
    assert distrusted.status == 502


def other_certificate(running: Edge) -> Path:
    directory = running.config.run_dir / "other"
    directory.mkdir()
    return make_certificate(directory)[0]
