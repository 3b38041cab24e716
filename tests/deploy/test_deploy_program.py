"""`deploy.py`: what it refuses, runs and returns. Ansible is a program that records."""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

PROGRAM = Path(__file__).resolve().parents[2] / "deploy" / "deploy.py"
LOCK = "playbooks/pretix/lock-maintenance.yml"
_ANSIBLE = """\
#!{python}
import json, os, sys
record = {{"argv": sys.argv[1:], "cwd": os.getcwd(), "config": os.environ["ANSIBLE_CONFIG"]}}
open({record!r}, "w").write(json.dumps(record))
sys.exit({code})
"""


@dataclass
class Checkout:
    """A git checkout with `deploy.py` in it, and an `ansible-playbook` on PATH."""

    folder: Path

    @property
    def record(self) -> Path:
        return self.folder.parent / "record.json"

    @property
    def words(self) -> list[str]:
        words: list[str] = json.loads(self.record.read_text())["argv"]
        return words

    def ansible_ends_with(self, code: int) -> None:
        program = self.folder.parent / "bin" / "ansible-playbook"
        program.parent.mkdir(exist_ok=True)
        text = _ANSIBLE.format(python=sys.executable, record=str(self.record), code=code)
        program.write_text(text)
        program.chmod(0o755)

    def git(self, *words: str) -> None:
        who = ["-c", "user.name=x", "-c", "user.email=x@example.org"]
        subprocess.run(["git", "-C", self.folder, *who, *words], check=True, capture_output=True)

    def run(self, *arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
        environment = {name: value for name, value in os.environ.items() if "ANSIBLE" not in name}
        environment |= {"PATH": f"{self.folder.parent / 'bin'}:{os.environ['PATH']}", **environ}
        command = [sys.executable, str(self.folder / "deploy" / "deploy.py"), *arguments]
        return subprocess.run(
            command, env=environment, capture_output=True, text=True, check=False, cwd="/"
        )


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    made = Checkout(tmp_path / "checkout")
    deploy = made.folder / "deploy"
    (deploy / "playbooks" / "pretix").mkdir(parents=True)
    (deploy / "inventory" / "staging").mkdir(parents=True)
    shutil.copy(PROGRAM, deploy / "deploy.py")
    for playbook in (LOCK, "playbooks/site.yml"):
        (deploy / playbook).write_text("---\n")
    (deploy / "inventory" / "staging" / "hosts.yml").write_text("---\n")
    made.ansible_ends_with(0)
    made.git("init", "-q", "-b", "main")
    made.git("add", ".")
    made.git("commit", "-q", "-m", "all")
    return made


def test_a_clean_main_branch_is_deployed_and_the_command_shown(checkout: Checkout) -> None:
    done = checkout.run("--to", "staging", f"--playbook={LOCK}")
    assert done.returncode == 0, done.stderr
    deploy = checkout.folder / "deploy"
    assert checkout.words == [
        "--inventory",
        str(deploy / "inventory" / "staging"),
        "--diff",
        str(deploy / LOCK),
    ]
    assert " ".join(checkout.words) in done.stdout
    recorded = json.loads(checkout.record.read_text())
    assert recorded["cwd"] == str(deploy)
    assert recorded["config"] == str(deploy / "ansible.cfg")


def test_without_a_playbook_the_whole_site_is_deployed(checkout: Checkout) -> None:
    checkout.run("--to", "staging")
    assert checkout.words[-1] == str(checkout.folder / "deploy" / "playbooks" / "site.yml")


def test_uncommitted_changes_are_refused(checkout: Checkout) -> None:
    (checkout.folder / "new").write_text("x")
    done = checkout.run("--to", "staging")
    assert done.returncode == 64
    assert "1 uncommitted change" in done.stderr
    assert not checkout.record.exists()


def test_another_branch_is_refused(checkout: Checkout) -> None:
    checkout.git("checkout", "-q", "-b", "idea")
    done = checkout.run("--to", "staging")
    assert done.returncode == 64
    assert "the branch is idea, not main" in done.stderr
    assert not checkout.record.exists()


def test_the_main_branch_is_what_the_remote_calls_so(checkout: Checkout) -> None:
    checkout.git("checkout", "-q", "-b", "trunk")
    checkout.git("symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/trunk")
    assert checkout.run("--to", "staging").returncode == 0


def test_what_is_no_checkout_is_refused(checkout: Checkout) -> None:
    shutil.rmtree(checkout.folder / ".git")
    done = checkout.run("--to", "staging")
    assert done.returncode == 64
    assert "no git checkout" in done.stderr


def test_force_overrides_and_says_so(checkout: Checkout) -> None:
    (checkout.folder / "new").write_text("x")
    done = checkout.run("--to", "staging", "--force")
    assert done.returncode == 0
    assert "Although the tree has 1 uncommitted change" in done.stdout
    assert "--check" not in checkout.words


def test_a_check_is_never_refused_and_only_looks(checkout: Checkout) -> None:
    (checkout.folder / "new").write_text("x")
    done = checkout.run("--to", "staging", "--check")
    assert done.returncode == 0
    assert "--check" in checkout.words


@pytest.mark.parametrize("code", [1, 2, 4, 99])
def test_ansibles_exit_code_is_returned(checkout: Checkout, code: int) -> None:
    checkout.ansible_ends_with(code)
    assert checkout.run("--to", "staging").returncode == code


def test_a_reason_is_handed_on_as_data(checkout: Checkout) -> None:
    reason = "audit' {{ x }} $(y) 🎟"
    checkout.run("--to", "staging", f"--playbook={LOCK}", "--reason", reason)
    given = checkout.words[checkout.words.index("--extra-vars") + 1]
    name, _, value = given.strip("{}").partition(": ")
    assert name == '"pretix_maintenance_reason"'
    tag, _, quoted = value.partition(" ")
    assert (tag, json.loads(quoted)) == ("!unsafe", reason)
    # Ansible reads it as YAML, in which JSON's pairs of surrogates mean nothing.
    assert yaml.safe_load(quoted) == reason


@pytest.fixture
def inventory(checkout: Checkout) -> Path:
    """An inventory outside the checkout, with an encrypted file in it."""
    folder = checkout.folder.parent / "inventory"
    (folder / "group_vars" / "all").mkdir(parents=True)
    (folder / "hosts.yml").write_text("---\n")
    (folder / "group_vars" / "all" / "vault.yml").write_text("$ANSIBLE_VAULT;1.1;AES256\n3861\n")
    return folder


@pytest.mark.parametrize("name", ["", "hosts.yml"], ids=["folder", "file"])
def test_where_something_is_encrypted_its_password_is_asked_for(
    checkout: Checkout, inventory: Path, name: str
) -> None:
    checkout.run("--to", "staging", f"--inventory={inventory / name}", f"--playbook={LOCK}")
    assert "--ask-vault-pass" in checkout.words


def test_where_nothing_is_encrypted_no_password_is_asked_for(checkout: Checkout) -> None:
    checkout.run("--to", "staging")
    assert "--ask-vault-pass" not in checkout.words


@pytest.mark.parametrize("word", ["--ask-vault-pass", "--vault-password-file=x", "--vault-id=x@y"])
def test_who_says_where_the_password_is_is_not_asked_for_it_again(
    checkout: Checkout, inventory: Path, word: str
) -> None:
    checkout.run("--to", "staging", f"--inventory={inventory}", "--", word)
    assert [one for one in checkout.words if "vault" in one] == [word]


@pytest.mark.parametrize("name", ["ANSIBLE_VAULT_PASSWORD_FILE", "ANSIBLE_VAULT_IDENTITY_LIST"])
def test_whose_environment_knows_the_password_is_not_asked_for_it(
    checkout: Checkout, inventory: Path, name: str
) -> None:
    checkout.run("--to", "staging", f"--inventory={inventory}", **{name: "x"})
    assert "--ask-vault-pass" not in checkout.words


def test_words_after_two_dashes_reach_ansible(checkout: Checkout) -> None:
    checkout.run("--to", "staging", "--", "--ask-vault-pass")
    assert "--ask-vault-pass" in checkout.words


def test_only_staging_and_production_exist(checkout: Checkout) -> None:
    assert checkout.run("--to", "somewhere").returncode == 2


def test_a_missing_inventory_names_the_example_to_copy(checkout: Checkout) -> None:
    done = checkout.run("--to", "production")
    assert done.returncode == 64
    assert "production.example" in done.stderr


def test_a_playbook_that_does_not_exist_is_named(checkout: Checkout) -> None:
    done = checkout.run("--to", "staging", "--playbook=playbooks/no.yml")
    assert done.returncode == 64
    assert "playbooks/no.yml" in done.stderr
