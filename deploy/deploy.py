#!/usr/bin/env python3
"""Run a playbook against staging or production.

    deploy.py --to staging --playbook=playbooks/pretix/lock-maintenance.yml [--reason TEXT]

Refuses a tree with uncommitted changes and every branch but the main one: what runs on the host
must be findable in the history. --force overrides that; --check only looks and is never refused.
Returns ansible-playbook's exit code; 64 if it was not run.
"""

import argparse
import json
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

HERE = Path(__file__).resolve().parent
NOT_RUN = 64
"""Exit code, out of reach of Ansible's own (0 to 8, and 250)."""
_VAULT = b"$ANSIBLE_VAULT;"
_PASSWORDS = (
    "ANSIBLE_VAULT_PASSWORD_FILE",
    "ANSIBLE_VAULT_IDENTITY_LIST",
    "ANSIBLE_ASK_VAULT_PASS",
)
"""What tells Ansible by itself how to come by the password."""


class NotRun(Exception):
    """Why the playbook was not run; a sentence for the person who asked."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Check, say what will be done, do it; return the exit code."""
    options = _parser().parse_args(arguments)
    try:
        objections = _objections(HERE)
        if not (options.check or options.force):
            _refuse(objections)
        command = _command(options)
    except NotRun as error:
        print(f"deploy.py: {error}", file=sys.stderr)
        return NOT_RUN
    print(
        f"{'Checking' if options.check else 'Changing'} {options.to}, from {HERE.parent}",
        flush=True,
    )
    for objection in objections:
        print(f"Although {objection}.", flush=True)
    print(shlex.join(command), flush=True)
    return subprocess.run(command, cwd=HERE, env=_environment(os.environ), check=False).returncode  # noqa: S603 - shown above


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--to", required=True, choices=("staging", "production"))
    parser.add_argument("--playbook", default="playbooks/site.yml", help="default: %(default)s")
    parser.add_argument("--inventory", type=Path, help="default: deploy/inventory/ENVIRONMENT")
    parser.add_argument("--reason", help="why, for lock and unlock")
    parser.add_argument("--check", action="store_true", help="change nothing, show what would be")
    parser.add_argument("--force", action="store_true", help="run whatever the tree looks like")
    parser.add_argument("ansible", nargs="*", help="after --: handed on to ansible-playbook")
    return parser


def _refuse(objections: Sequence[str]) -> None:
    if objections:
        raise NotRun("; ".join([*objections, "commit first, or add --force"]))


def _command(options: argparse.Namespace) -> list[str]:
    """Give the words of the command.

    Raises:
        NotRun: a part of it does not exist.
    """
    program = _program(os.environ)
    playbook = next(
        (p for p in (HERE / options.playbook, Path(options.playbook)) if p.is_file()), None
    )
    if playbook is None:
        raise NotRun(f"there is no {options.playbook}")
    inventory = (options.inventory or HERE / "inventory" / options.to).absolute()
    if not inventory.exists():
        raise NotRun(f"there is no {inventory}; copy {HERE}/inventory/{options.to}.example to it")
    command = [program, "--inventory", str(inventory), "--diff"]
    if options.check:
        command.append("--check")
    if options.reason:
        # Quoted and marked, so that no character of it means anything to YAML or to Jinja.
        # YAML knows no pairs of surrogates, which is how ASCII alone would write an emoji.
        quoted = json.dumps(options.reason, ensure_ascii=False)
        command += ["--extra-vars", f'{{"pretix_maintenance_reason": !unsafe {quoted}}}']
    if _must_ask(inventory, options.ansible, os.environ):
        command.append("--ask-vault-pass")
    return [*command, *options.ansible, str(playbook.resolve())]


def _must_ask(inventory: Path, given: Sequence[str], environ: Mapping[str, str]) -> bool:
    """Tell whether something is encrypted, and nobody said where its password is."""
    said = [word for word in given if word.startswith(("--vault", "--ask-vault", "-J"))]
    if said or any(environ.get(name) for name in _PASSWORDS):
        return False
    return any(
        path.is_file() and _VAULT in path.read_bytes()
        for place in _variables(inventory)
        for path in (place, *place.rglob("*"))
    )


def _variables(inventory: Path) -> list[Path]:
    """Give where the inventory's variables are: in it, or beside it if it is one file."""
    if inventory.is_dir():
        return [inventory]
    return [inventory, inventory.parent / "group_vars", inventory.parent / "host_vars"]


def _program(environ: Mapping[str, str]) -> str:
    """Find ansible-playbook: beside this interpreter, in the checkout's environment, or on PATH."""
    places = [Path(sys.executable).parent, HERE.parent / ".venv-deploy" / "bin"]
    path = os.pathsep.join([*map(str, places), environ.get("PATH", os.defpath)])
    found = shutil.which("ansible-playbook", path=path)
    if found is None:
        raise NotRun("there is no ansible-playbook; run: make setup-deploy")
    return found


def _environment(environ: Mapping[str, str]) -> dict[str, str]:
    return {**environ, "ANSIBLE_CONFIG": str(HERE / "ansible.cfg")}


def _objections(folder: Path) -> list[str]:
    """Say what speaks against deploying what is in `folder`."""
    try:
        branch = _git(folder, "branch", "--show-current")
        changed = _git(folder, "status", "--porcelain").splitlines()
    except (OSError, subprocess.CalledProcessError):
        return [f"{folder} is no git checkout"]
    main_branch = _main_branch(folder)
    objections = []
    if branch != main_branch:
        objections.append(f"the branch is {branch or 'none'}, not {main_branch}")
    if changed:
        objections.append(f"the tree has {len(changed)} uncommitted changes")
    return objections


def _main_branch(folder: Path) -> str:
    try:
        head = _git(folder, "symbolic-ref", "--short", "refs/remotes/origin/HEAD")
    except subprocess.CalledProcessError:
        return "main"
    return head.removeprefix("origin/")


def _git(folder: Path, *words: str) -> str:
    command = ["git", "-C", str(folder), *words]
    done = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603 - fixed words
    return done.stdout.strip()


if __name__ == "__main__":
    sys.exit(main())
