"""Making the first admin once, whenever the start may be cut."""

import json
import secrets
from pathlib import Path

from dam import env
from dam.stack import files
from dam.stack.config import StackConfig, is_given
from dam.stack.servers.database import run_manage


def make(config: StackConfig) -> None:
    """Make the first admin, organisation and project, and keep how to log in.

    A generated password is noted before anybody has it: a start that is killed after the admin was made, and
    before the credentials were written, leaves it to the next.
    """
    credentials = config.layout.credentials_file
    if credentials.exists():
        return
    noted = credentials.with_name(".first-password.json")
    password = _password(noted)
    told = json.loads(
        run_manage(config, "bootstrap", environment={"DAM_ADMIN_PASSWORD": password}).strip().splitlines()[-1]
    )
    if told["password"] is None and noted.exists():
        told["password"] = password
    files.write_json(credentials, told)
    noted.unlink(missing_ok=True)


def _password(noted: Path) -> str:
    """Answer the password that was chosen, now or by a start that was cut; an operator's own is not noted."""
    if is_given("DAM_ADMIN_PASSWORD"):
        return env.read("DAM_ADMIN_PASSWORD")
    stored = files.read_json(noted)
    if stored is None:
        stored = {"password": secrets.token_urlsafe(15)}
        files.write_json(noted, stored)
    return str(stored["password"])
