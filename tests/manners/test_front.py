"""What the front says and lets through: headers, hosts, proxies' words, hostile requests."""

import re
import subprocess
import time
import urllib.request
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path

import pytest

from dam.stack.config import Outside, StackConfig
from dam.stack.keys import load_or_make
from dam.stack.layout import Layout
from dam.stack.servers.front import Front
from dam.stack.services import find_free_base_port
from tests.manners.platform import Platform, Reply

PAGES = ["/", "/login", "/projects/x", "/s/guessed-token"]
ANSWERS = [
    "/api/me",
    "/api/nothing",
    "/api/s/guessed-token",
    "/api/schema/?format=json",
    "/api/docs/",
    "/healthz",
    "/_allauth/browser/v1/config",
    "/assets/nothing.js",
    "/_internal/revocations",
    "/nothing.php%00",
]
ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Strict-Transport-Security": None,
    "Access-Control-Allow-Origin": None,
    "Access-Control-Allow-Credentials": None,
}


def policy_of(reply: Reply) -> dict[str, list[str]]:
    text = reply.header("Content-Security-Policy")
    assert text
    return {words[0]: words[1:] for words in (each.split() for each in text.split(";")) if words}


@pytest.mark.parametrize("path", PAGES + ANSWERS)
def test_every_answer_carries_the_same_headers_once(platform: Platform, path: str):
    reply = platform.ask("GET", path, headers={"Origin": "https://elsewhere.test"})

    assert {name: reply.header(name) for name in ALWAYS} == ALWAYS
    is_of_share = re.match(r"/(api/)?s/", path)
    assert reply.header("Referrer-Policy") == ("no-referrer" if is_of_share else "same-origin")
    assert (reply.header("X-Robots-Tag") or "").startswith("noindex" if is_of_share else "")
    policy = policy_of(reply)
    assert policy["default-src"] == ["'none'"]
    assert policy["frame-ancestors"] == policy["base-uri"] == ["'none'"]
    assert policy.get("script-src", ["'self'"]) == ["'self'"]
    assert set(policy.get("style-src", ["'self'"])) == {"'self'"}
    assert "nginx/" not in (reply.header("Server") or "")


@pytest.mark.parametrize("path", [*PAGES, "/api/docs/"])
def test_pages_hold_no_inline_code(platform: Platform, path: str):
    page = platform.ask("GET", path).body.decode()

    for tag in re.findall(r"<script[^>]*>[^<]*", page):
        assert " src=" in tag, tag
        assert tag.endswith(">"), tag
    assert not re.search(r"\son\w+=|javascript:", page)
    assert "<style" not in page


def test_the_api_is_never_cached(platform: Platform):
    for path in ("/api/me", "/api/nothing-that-is", "/api/s/guessed"):
        reply = platform.ask("GET", path, headers=platform.bearer)
        assert "no-store" in (reply.header("Cache-Control") or ""), path


@pytest.mark.parametrize("path", ["/api/me", "/api/s/x", "/_allauth/browser/v1/config"])
def test_no_other_site_is_let_in(platform: Platform, path: str):
    wish = {"Origin": "https://elsewhere.test", "Access-Control-Request-Method": "POST"}

    reply = platform.ask("OPTIONS", path, headers=wish)

    assert not [name for name, _ in reply.headers if name.startswith("access-control")]


@pytest.mark.parametrize(
    "host", ["elsewhere.test", "127.0.0.1.elsewhere.test", "a b", "127.0.0.1:1@elsewhere.test"]
)
def test_a_foreign_host_is_refused_and_never_repeated(platform: Platform, host: str):
    reply = platform.ask("GET", "/api/me", headers={"Host": host})

    assert reply.status == 400
    assert b"elsewhere" not in reply.body


def test_links_in_answers_name_the_portal_whatever_the_client_says(platform: Platform):
    spoof = {
        "X-Forwarded-Host": "elsewhere.test",
        "X-Forwarded-Proto": "https",
        "X-Forwarded-Port": "1",
        "Forwarded": "host=elsewhere.test",
    }
    for name in ("One", "Two"):
        platform.ask("POST", "/api/clients", {"name": name}, headers=platform.bearer)

    page = platform.ask("GET", "/api/clients?limit=1", headers=platform.bearer | spoof)

    assert page.json["next"].startswith(f"{platform.origin}/api/clients?")


@pytest.mark.parametrize(
    "header", ["X-Real-IP", "X-Forwarded-For", "X_Real_IP", "Forwarded", "True-Client-IP"]
)
def test_nobody_speaks_for_another_address(platform: Platform, header: str):
    """The metrics are for loopback alone; a request that passes for one from outside would be refused them."""
    inside = platform.ask("GET", "/metrics", headers={header: "192.0.2.7"})

    assert inside.status == 200


def test_nobody_is_somebody_by_a_header(platform: Platform):
    headers = {"Remote-User": platform.credentials["email"], "X-Remote-User": platform.credentials["email"]}

    assert platform.ask("GET", "/api/me", headers=headers).status == 401


@pytest.mark.parametrize(
    "path",
    ["//elsewhere.test", "/\\elsewhere.test", "/%2F%2Felsewhere.test", "/s//elsewhere.test", "/api//elsewhere.test/",
     "/login?next=//elsewhere.test", "/assets", "/accounts/", "/accounts/login/?next=https://elsewhere.test"],
)  # fmt: skip
def test_nothing_redirects_to_another_site(platform: Platform, path: str):
    reply = platform.ask("GET", path)

    assert "elsewhere" not in (reply.header("Location") or "")


@pytest.mark.parametrize(
    ("request_line", "status"),
    [
        ("GET /api/me?q=" + "x" * 20_000 + " HTTP/1.1", 414),
        ("TRACE /api/me HTTP/1.1", 405),
        ("GET /api/../../etc/passwd HTTP/1.1", 400),
        ("GET /%zz HTTP/1.1", 400),
        ("nonsense", 400),
    ],
)
def test_a_strange_request_line_is_a_problem(platform: Platform, request_line: str, status: int):
    host = f"Host: 127.0.0.1:{platform.stack.port}"

    reply = platform.raw(f"{request_line}\r\n{host}\r\nConnection: close\r\n\r\n".encode())

    assert reply.status in {status, 404}, reply
    assert reply.is_problem


@pytest.mark.parametrize("path", ["/api/assets/%00", "/api/assets/a%00b?q=1", "/api/%00", "/nothing.php%00"])
def test_a_nul_in_a_path_names_nothing(platform: Platform, path: str):
    reply = platform.ask("GET", path)

    assert (reply.status, reply.is_problem, reply.json["status"]) == (404, True, 404)


def test_long_headers_are_a_problem(platform: Platform):
    reply = platform.ask("GET", "/api/me", headers={"X-Long": "x" * 40_000})

    assert (reply.status, reply.is_problem) == (400, True)


@pytest.mark.parametrize("length", [1_000_001, 1_090_000, 5_000_000])
def test_a_body_over_a_megabyte_is_refused_within_a_second(platform: Platform, length: int):
    started = time.perf_counter()
    body = b'{"name":"' + b"x" * (length - 11) + b'"}'
    headers = platform.bearer | {"Expect": "100-continue"} if length > 2_000_000 else platform.bearer

    reply = platform.ask("POST", "/api/orgs", body if length < 2_000_000 else b"", headers=headers | {
        "Content-Length": str(length), "Content-Type": "application/json"})  # fmt: skip

    assert (reply.status, reply.is_problem) == (413, True)
    assert time.perf_counter() - started < 1


def test_a_chunked_body_is_read_like_any_other(platform: Platform):
    headers = platform.bearer | {"Transfer-Encoding": "chunked", "Content-Type": "application/json"}
    body = b'{"name":"Chunked"}'

    reply = platform.ask(
        "POST", "/api/clients", b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body), headers=headers
    )

    assert (reply.status, reply.json["name"]) == (201, "Chunked")


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/api/orgs"), ("GET", "/healthz"), ("POST", "/api/shares")]
)
def test_a_body_that_nobody_reads_costs_no_connection(platform: Platform, method: str, path: str):
    api = next(each["address"] for each in platform.stack.status()["services"] if each["name"] == "api")
    headers = platform.bearer | {"Host": f"127.0.0.1:{platform.stack.port}", "Content-Type": "text/plain"}
    statuses = []
    with closing(HTTPConnection(api, timeout=20)) as connection:
        connection.connect()
        sock = connection.sock
        for _ in range(3):
            connection.request(method, path, b"x" * 300_000, headers)
            with connection.getresponse() as answer:
                statuses.append(answer.status)
                answer.read()
        assert connection.sock is sock

    assert statuses == [415 if method == "POST" else 200] * 3


@pytest.mark.parametrize(
    "headers",
    [
        {"Transfer-Encoding": "chunked", "Content-Length": "3"},
        {"Content-Length": "-1"},
        {"Content-Length": "a"},
        {"Transfer-Encoding": "gzip, chunked"},
    ],
)
def test_a_body_of_two_minds_is_refused(platform: Platform, headers: dict[str, str]):
    given = platform.bearer | headers | {"Content-Type": "application/json"}

    reply = platform.ask("POST", "/api/clients", b"0\r\n\r\n", headers=given)

    assert reply.status in {400, 501}


def test_session_cookies_are_those_of_the_contract(platform: Platform):
    config = platform.ask("GET", "/_allauth/browser/v1/config")
    csrf = next(value for name, value in config.headers if name == "set-cookie")
    name, value = csrf.split(";")[0].split("=")
    assert name == f"dam_csrf_{platform.stack.port}"
    body = {key: platform.credentials[key] for key in ("email", "password")}
    headers = {"X-CSRFToken": value, "Cookie": f"{name}={value}", "Origin": platform.origin}

    answer = platform.ask("POST", "/_allauth/browser/v1/auth/login", body, headers=headers)

    assert answer.status == 200
    cookies = {each.split("=")[0]: each for key, each in answer.headers if key == "set-cookie"}
    session = cookies[f"dam_session_{platform.stack.port}"]
    assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= set(session.split("; "))
    assert "Domain" not in session


@pytest.fixture
def https_front(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """The front of a portal that people reach by https."""
    monkeypatch.setenv("DAM_PORTAL_URL", "https://dam.example.test")
    layout = Layout.of(tmp_path / "data", base_port=find_free_base_port())
    layout.make_directories()
    front = Front(StackConfig(layout, load_or_make(layout.secrets_file), Outside.from_environment()))
    front.prepare()
    command = front.command()
    process = subprocess.Popen(command.argv, cwd=command.cwd, env=command.env)
    deadline = time.monotonic() + 10
    while not front.is_ready() and time.monotonic() < deadline:
        assert process.poll() is None
    yield front
    process.terminate()
    process.wait()


def test_by_https_browsers_are_told_to_stay_there(https_front: Front):
    with urllib.request.urlopen(f"http://{https_front.address}/login") as page:
        headers = page.headers

    assert headers["Strict-Transport-Security"] == "max-age=31536000"
    assert "wss://dam.example.test" in headers["Content-Security-Policy"]
