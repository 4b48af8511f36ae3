"""The sandbox: what a tool may not do, behind each kind of walls that works here."""

import os
import subprocess
import tempfile
import time
from pathlib import Path

import pytest

from previews.media import sandbox
from previews.media.sandbox import syscalls, walls
from tests.previews.conftest import AS_NOBODY, FENCES, NOBODY, PYTHON_OF_NOBODY

CODE = Path(sandbox.__file__).parent
WITHOUT_FORK = """
import os
try:
    while True:
        if os.fork() == 0:
            while True:
                pass
except OSError as error:
    print("refused", error.errno)
"""
BY_NOBODY = """
import subprocess, sys
from pathlib import Path
from sandbox import walls
from sandbox.limits import Limits
if sys.argv[1] != "bubblewrap":
    walls.bubblewrap = lambda: None
look = (
    "import os"
    "\\ndef tried(act):"
    "\\n    try: return act() is not None"
    "\\n    except OSError: return False"
    "\\nprint(tried(lambda: open('made', 'w')), tried(lambda: os.listdir('/home')),"
    " tried(lambda: open('/etc/passwd')), tried(lambda: open('/usr/made', 'w')), tried(os.fork))"
)
scratch = Path(sys.argv[2])
with walls.confined([sys.executable, "-I", "-S", "-c", look], read=[], scratch=scratch, limits=Limits()) as (words, inherited):
    done = subprocess.run(words, cwd=scratch, pass_fds=inherited, capture_output=True, text=True)
print(walls.kind_here(), done.stdout, done.stderr)
"""


def said(
    program: str, scratch: Path, *, limits: sandbox.Limits | None = None, read: list[Path] | None = None
):
    """Run a Python program behind the walls and give its output."""
    return sandbox.run(
        sandbox.python(Path("-c"), program),
        read=read or [],
        scratch=scratch,
        limits=limits or sandbox.Limits(wall_s=60),
    )


def attempt(expression: str, scratch: Path) -> str:
    """Evaluate an expression behind the walls: `done`, or the name of the refusal."""
    program = (
        "import ctypes, os, socket, subprocess\n"
        f"try:\n    {expression}\n    print('done')\n"
        "except OSError as error:\n    print(type(error).__name__)"
    )
    ended = said(program, scratch)
    assert ended.code == 0, ended.stderr
    return str(ended.stdout.decode().strip())


def running_with(word: str) -> int:
    """Count the processes whose command line has a word."""
    return sum(
        word.encode() in line for path in Path("/proc").glob("[0-9]*/cmdline") if (line := _line(path))
    )


def _line(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""


@pytest.mark.parametrize(
    "expression",
    [
        "socket.socket()",
        "socket.socket(socket.AF_INET, socket.SOCK_DGRAM)",
        "socket.socket(socket.AF_UNIX)",
        "os.fork()",
        "subprocess.run(['/bin/true'])",
        "os.posix_spawn('/bin/true', ['true'], {})",
    ],
)
def test_no_tool_opens_a_socket_or_starts_a_process(fence: str, expression: str, tmp_path: Path):
    assert attempt(expression, tmp_path) == "PermissionError"


@pytest.mark.parametrize(
    "call", ["unshare(0x10000000)", "ptrace(0, 0, 0, 0)", "chroot(b'/')", "syscall(425, 8, 0)"]
)
def test_no_tool_reaches_the_corners_of_the_kernel(fence: str, call: str, tmp_path: Path):
    program = (
        f"import ctypes; libc = ctypes.CDLL(None, use_errno=True); print(libc.{call}, ctypes.get_errno())"
    )

    assert said(program, tmp_path).stdout == b"-1 1\n"


def test_threads_and_their_libraries_work(fence: str, tmp_path: Path):
    program = (
        "import numpy, threading\n"
        "sums = []\n"
        "work = lambda: sums.append(numpy.ones((300, 300)).dot(numpy.ones((300, 300))).sum())\n"
        "threads = [threading.Thread(target=work) for _ in range(4)]\n"
        "[each.start() for each in threads]; [each.join() for each in threads]\n"
        "print(len(sums), sums[0])"
    )

    assert said(program, tmp_path).stdout == b"4 27000000.0\n"


def test_what_may_start_others_has_sockets_of_this_machine_alone(fence: str, tmp_path: Path):
    program = (
        "import socket\n"
        "print(socket.socket(socket.AF_UNIX).fileno() > 0)\n"
        "for kind in (socket.AF_INET, socket.AF_INET6, socket.AF_NETLINK):\n"
        "    try: print(socket.socket(kind))\n"
        "    except OSError as error: print(error.errno)"
    )

    ended = said(program, tmp_path, limits=sandbox.Limits(processes=16, wall_s=20))

    assert ended.stdout.split() == [b"True", b"1", b"1", b"1"]


def test_a_fork_bomb_goes_off_in_nobodys_hands(fence: str, tmp_path: Path):
    ended = said(WITHOUT_FORK, tmp_path, limits=sandbox.Limits(wall_s=20))

    assert ended.stdout == b"refused 1\n"


def test_a_tool_that_may_start_others_leaves_none_behind(fence: str, tmp_path: Path):
    word = f"{1_000_000 + os.getpid()}"
    program = (
        f"import subprocess; [subprocess.Popen(['/bin/sleep', '{word}']) for _ in range(5)]; print('started')"
    )

    ended = said(program, tmp_path, limits=sandbox.Limits(processes=16, wall_s=20))

    assert ended.stdout == b"started\n"
    deadline = time.monotonic() + 5
    while running_with(word) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert running_with(word) == 0


@pytest.mark.parametrize("name", [name for name in ("bubblewrap", "landlock") if FENCES[name]])
@pytest.mark.parametrize(
    "expression",
    [
        "open('/etc/passwd')",
        "open('/usr/bin/planted', 'w')",
        "os.listdir('/var')",
        "os.listdir('/home')",
        f"open('/proc/{os.getpid()}/environ')",
        f"os.kill({os.getpid()}, 0)",
    ],
    ids=[
        "accounts",
        "programs",
        "var",
        "home",
        "secrets",
        "signals",
    ],  # the same for every process of the suite
)
def test_walls_hide_the_machine(name: str, expression: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    if name == "landlock":
        monkeypatch.setattr(walls, "bubblewrap", lambda: None)

    assert attempt(expression, tmp_path) in {
        "PermissionError",
        "FileNotFoundError",
        "ProcessLookupError",
        "OSError",
    }


@pytest.mark.parametrize("name", [name for name in ("bubblewrap", "landlock") if FENCES[name]])
def test_a_tool_sees_its_input_and_nothing_beside_it(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    if name == "landlock":
        monkeypatch.setattr(walls, "bubblewrap", lambda: None)
    secret, given, scratch = tmp_path / "secret", tmp_path / "given", tmp_path / "scratch"
    secret.write_text("secret")
    given.write_text("given")
    scratch.mkdir()

    ended = said(f"print(open({str(given)!r}).read()); open({str(secret)!r})", scratch, read=[given])
    changed = said(f"open({str(given)!r}, 'w')", scratch, read=[given])
    written = said("open('made', 'w').write('made'); import os; os.rename('made', 'kept')", scratch)

    assert (ended.stdout, ended.code) == (b"given\n", 1)
    assert (changed.code, given.read_text()) == (1, "given")
    assert (written.code, (scratch / "kept").read_text()) == (0, "made")


@pytest.mark.parametrize(
    ("program", "limits"),
    [
        ("x = bytearray(3 << 30)", sandbox.Limits(memory_bytes=1 << 30)),
        ("open('x', 'wb').write(bytes(9 << 20))", sandbox.Limits(file_bytes=1 << 20)),
        ("while True: pass", sandbox.Limits(cpu_s=1)),
        ("import os; [os.open('/dev/null', 0) for _ in range(300)]", sandbox.Limits(open_files=64)),
    ],
    ids=["memory", "file", "time", "descriptors"],
)
def test_each_limit_ends_its_glutton(program: str, limits: sandbox.Limits, tmp_path: Path):
    assert said(program, tmp_path, limits=limits).code != 0


def test_a_stubborn_tool_is_killed_with_everything_it_started(fence: str, tmp_path: Path):
    own = f"{2_000_000 + os.getpid()}"

    ended = sandbox.run(
        ["/bin/sh", "-c", f"sleep {own} & sleep {own}"],
        read=[],
        scratch=tmp_path,
        limits=sandbox.Limits(wall_s=0.5, processes=8),
    )

    assert ended.is_timed_out
    assert ended.is_killed
    deadline = time.monotonic() + 5
    while running_with(own) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert running_with(own) == 0


def test_a_tool_sees_no_credentials(fence: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("S3_PURGER_SECRET", "open-sesame")

    ended = said("import os; print(sorted(os.environ))", tmp_path)

    assert b"PATH" in ended.stdout
    assert b"S3_" not in ended.stdout


def test_memory_may_stay_open_for_cards_alone(fence: str, tmp_path: Path):
    program = "import resource; print(resource.getrlimit(resource.RLIMIT_AS)[0])"

    fenced = said(program, tmp_path, limits=sandbox.Limits(memory_bytes=4 << 30))
    opened = said(program, tmp_path, limits=sandbox.Limits(memory_bytes=None))

    assert (fenced.stdout, opened.stdout) == (b"4294967296\n", b"-1\n")


@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
def test_the_filter_of_calls_is_whole(machine: str):
    strict, loose = (syscalls.program(may_fork=may, machine=machine) for may in (False, True))

    assert strict is not None
    assert loose is not None
    assert len(strict) % 8 == 0
    assert len(strict) > len(loose)


def test_a_processor_without_known_numbers_gets_no_filter():
    assert syscalls.program(may_fork=False, machine="riscv64") is None


if PYTHON_OF_NOBODY is not None:

    @pytest.mark.parametrize("name", [name for name in ("bubblewrap", "landlock") if FENCES[name]])
    def test_walls_stand_for_an_ordinary_user_too(name: str, tmp_path: Path):
        with tempfile.TemporaryDirectory() as folder:
            place = Path(folder)
            place.chmod(0o755)
            for part in ("__init__", "limits", "syscalls", "walls", "fence_child"):
                file = place / "code/sandbox" / f"{part}.py"
                file.parent.mkdir(parents=True, exist_ok=True)
                text = (CODE / f"{part}.py").read_text() if part != "__init__" else ""
                file.write_text(text.replace("previews.media.sandbox", "sandbox"))
            (place / "scratch").mkdir()
            os.chown(place / "scratch", NOBODY.pw_uid, NOBODY.pw_gid)

            done = subprocess.run(
                [*AS_NOBODY, str(PYTHON_OF_NOBODY), "-c", BY_NOBODY, name, str(place / "scratch")],
                cwd=place,
                env={"PYTHONPATH": str(place / "code"), "PATH": "/usr/bin:/bin"},
                capture_output=True,
                text=True,
                check=False,
                timeout=60,
            )

        # The scratch folder took a file; nothing else was listed, read or written, and no process began.
        assert done.stdout.split() == [name, "True", *["False"] * 4], (done.stdout, done.stderr)
