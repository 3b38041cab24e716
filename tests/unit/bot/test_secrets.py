"""Secrets come by reference, and no sentence repeats one."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from adapters.base import SettingsError
from bot.secrets import LARGEST, Secrets


@pytest.fixture
def credentials(tmp_path: Path) -> Mapping[str, str]:
    (tmp_path / "token").write_text("s3cret-value\n")
    return {"CREDENTIALS_DIRECTORY": str(tmp_path), "TOKEN": "from-environment"}


def test_a_credential_is_read_from_the_directory_of_systemd(
    credentials: Mapping[str, str],
) -> None:
    assert Secrets(credentials)("credential:token") == "s3cret-value"


def test_an_environment_variable_is_a_secret_too(credentials: Mapping[str, str]) -> None:
    assert Secrets(credentials)("env:TOKEN") == "from-environment"


def test_a_file_that_others_cannot_read_is_a_secret(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    path.write_text("quiet\n")
    path.chmod(0o640)
    assert Secrets({})(f"file:{path}") == "quiet"


@pytest.mark.parametrize("mode", [0o644, 0o602, 0o601])
def test_a_file_that_everybody_can_reach_is_refused(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "secret"
    path.write_text("shouted")
    path.chmod(mode)
    with pytest.raises(SettingsError, match="chmod o-rwx") as refused:
        Secrets({})(f"file:{path}")
    assert "shouted" not in str(refused.value)


def test_what_was_handed_out_is_known_to_the_log(credentials: Mapping[str, str]) -> None:
    secrets = Secrets(credentials)
    assert secrets.known == frozenset()
    secrets("credential:token")
    assert secrets.known == {"s3cret-value"}


def test_a_secret_written_in_place_of_a_reference_is_not_repeated() -> None:
    with pytest.raises(SettingsError, match="write credential:NAME") as refused:
        Secrets({})("123456789:AAExampleExampleExampleExample")
    assert "AAExample" not in str(refused.value)


def test_without_systemd_a_credential_names_the_cure() -> None:
    with pytest.raises(SettingsError, match=r"LoadCredential=.*file:PATH"):
        Secrets({})("credential:token")


@pytest.mark.parametrize("name", ["", ".", "..", "../token", "/etc/passwd"])
def test_a_credential_is_a_plain_name(credentials: Mapping[str, str], name: str) -> None:
    with pytest.raises(SettingsError, match="plain name"):
        Secrets(credentials)(f"credential:{name}")


@pytest.mark.parametrize(
    ("reference", "sentence"),
    [
        ("env:MISSING", "is not set"),
        ("credential:absent", "No such file"),
        ("file:/nowhere/at/all", "No such file"),
        ("file:/tmp", "is not a file"),
    ],
)
def test_what_is_not_there_is_named(
    credentials: Mapping[str, str], reference: str, sentence: str
) -> None:
    with pytest.raises(SettingsError, match=sentence) as refused:
        Secrets(credentials)(reference)
    assert refused.value.faults[0].key == reference


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b" \n", "is empty"),
        (b"\xff\xfe", "is not text"),
        (b"x" * (LARGEST + 1), "too large"),
    ],
    ids=["empty", "binary", "huge"],
)
def test_an_unusable_content_is_refused(tmp_path: Path, content: bytes, sentence: str) -> None:
    (tmp_path / "token").write_bytes(content)
    with pytest.raises(SettingsError, match=sentence):
        Secrets({"CREDENTIALS_DIRECTORY": str(tmp_path)})("credential:token")
