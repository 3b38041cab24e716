"""pretix from PyPI in an environment of its own, and a filled database to begin with.

Both are made once and kept in `.pretix/`; whatever they are made from is part of their stamp.
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
HOME = ROOT / ".pretix"
VENV = HOME / "venv"
PYTHON = VENV / "bin/python"
LOCK = ROOT / "requirements-pretix.lock"
INSIDE = Path(__file__).with_name("inside")
PASSWORD = "not-a-secret"
PATIENCE = 1200.0

_CONFIGURATION = """\
[pretix]
instance_name=Tickets
url=http://127.0.0.1:{port}
currency=EUR
datadir={data}
trust_x_forwarded_for=on
registration=off
allow_http_to_private_networks=on
[locale]
default=en
timezone=Europe/Amsterdam
[database]
backend=sqlite3
name={data}/db.sqlite3
[mail]
from=shop@tickets.example
host=127.0.0.1
port={mail}
[django]
secret=the-same-in-every-run-so-that-what-was-signed-stays-valid
debug=off
{more}"""


def configuration(folder: Path, *, port: int = 1, mail: int = 1, more: str = "") -> Path:
    """Write pretix's configuration into `folder`; its data is in `folder/data`."""
    path = folder / "pretix.cfg"
    text = _CONFIGURATION.format(port=port, mail=mail, data=folder / "data", more=more)
    path.write_text(text)
    path.chmod(0o600)
    return path


def surroundings(configured: Path, more: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return the environment variables of a process of pretix; nothing of ours leaks into it."""
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": str(configured.parent),
        "LANG": "C.UTF-8",
        "PRETIX_CONFIG_FILE": str(configured),
        **(more or {}),
    }


def ask_inside(script: str, question: Any, variables: Mapping[str, str]) -> Any:
    """Run a script of `inside/` in pretix's environment and return its answer."""
    done = _run([str(PYTHON), str(INSIDE / f"{script}.py")], variables, stdin=json.dumps(question))
    return json.loads(done.rsplit("\n", 2)[-2])


def ready() -> Path:
    """Return the folder of a filled pretix; make it, and pretix, where they are missing."""
    HOME.mkdir(exist_ok=True)
    (HOME / ".gitignore").write_text("*\n")
    _install()
    return _seeded()


def _install() -> None:
    stamp = VENV / f".installed-{_digest(LOCK)}"
    if stamp.exists():
        return
    _tell("installing pretix from PyPI (once; some minutes)")
    shutil.rmtree(VENV, ignore_errors=True)
    variables = dict(os.environ)
    _run([sys.executable, "-m", "venv", str(VENV)], variables)
    pip = [str(PYTHON), "-m", "pip", "--disable-pip-version-check", "--no-input", "--quiet"]
    _run([*pip, "install", "--require-hashes", "-r", str(LOCK)], variables)
    _tell("building its scripts and styles (once; about a minute)")
    with tempfile.TemporaryDirectory(dir=HOME) as folder:
        (Path(folder) / "data").mkdir()
        configured = surroundings(configuration(Path(folder)))
        _run([str(PYTHON), "-m", "pretix", "rebuild"], configured)
    stamp.touch()


def _seeded() -> Path:
    parts = (LOCK, Path(__file__), *sorted(INSIDE.glob("*.py")))
    folder = HOME / f"filled-{_digest(*parts)}"
    if folder.exists():
        return folder
    _tell("making and filling its database (once; about a minute)")
    for old in HOME.glob("filled-*"):
        shutil.rmtree(old)
    with tempfile.TemporaryDirectory(dir=HOME) as made:
        new = Path(made) / "filled"
        (new / "data").mkdir(parents=True)
        variables = surroundings(configuration(new), {"PYTHONPATH": str(INSIDE)})
        tables = {**variables, "DJANGO_SETTINGS_MODULE": "without_history"}
        _run([str(PYTHON), "-m", "django", "migrate", "--run-syncdb", "--no-input", "-v0"], tables)
        facts = ask_inside("seed", {"password": PASSWORD}, variables)
        (new / "facts.json").write_text(json.dumps(facts))
        new.rename(folder)
    return folder


def _run(command: list[str], variables: Mapping[str, str], stdin: str = "") -> str:
    done = subprocess.run(
        command,
        check=False,
        env=variables,
        input=stdin,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    assert done.returncode == 0, f"{command}\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}"
    return done.stdout


def _digest(*paths: Path) -> str:
    return hashlib.sha256(b"".join(path.read_bytes() for path in paths)).hexdigest()[:16]


def _tell(sentence: str) -> None:
    # Past pytest's capture: whoever waits for minutes wants to know why.
    print(f"{time.strftime('%H:%M:%S')} {sentence}", file=sys.__stderr__, flush=True)
