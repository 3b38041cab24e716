"""An adapter's SDK does not bring what the adapter never uses: memory is paid for ever."""

import json
import subprocess
import sys

import pytest

MAKE = """\
import importlib, json, sys
from adapters.base import Settings
from adapters.{name} import create
create(Settings({name!r}, json.loads(sys.argv[1])))
left_out = {left_out!r}
assert left_out not in sys.modules, "it is loaded, or left blocked"
importlib.import_module(left_out)
"""

OPTIONS = {
    "telegram": {"token": f"123456789:{'A' * 35}"},
    "mattermost": {"url": "https://chat.example", "token": "a" * 26},
}


def made(name: str, left_out: str, first: str = "") -> "subprocess.CompletedProcess[str]":
    code = first + MAKE.format(name=name, left_out=left_out)
    command = [sys.executable, "-W", "error", "-c", code, json.dumps(OPTIONS[name])]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


@pytest.mark.parametrize(
    ("name", "left_out"), [("telegram", "cryptography"), ("mattermost", "charset_normalizer")]
)
def test_it_is_left_out_without_a_warning_and_others_can_still_have_it(
    name: str, left_out: str
) -> None:
    done = made(name, left_out)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("name", "left_out"), [("telegram", "cryptography"), ("mattermost", "charset_normalizer")]
)
def test_what_somebody_loaded_before_stays(name: str, left_out: str) -> None:
    done = made(name, left_out, first=f"import {left_out}\n")
    assert "it is loaded" in done.stderr
