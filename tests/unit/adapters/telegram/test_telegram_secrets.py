"""The token is in no log, error or description, whatever happens."""

import logging
import subprocess
import sys
import traceback
from pathlib import Path
from typing import Any

import pytest

from adapters.base import AdapterError
from tests.servers.telegram import PORTAL, Fault

QUOTING = [
    PORTAL,
    Fault(404, page="<p>The address {path} was not found.</p>"),
    Fault(502, page="bad gateway for {path}"),
    Fault(cut=True),
    Fault(hang=True),
]


@pytest.mark.parametrize("fault", QUOTING)
async def test_a_page_that_quotes_the_address_is_kept_out_of_logs_and_errors(
    stage: Any, caplog: pytest.LogCaptureFixture, fault: Fault
) -> None:
    caplog.set_level(logging.DEBUG)
    for method in ("getMe", "getUpdates", "sendMessage"):
        stage.telegram.fail(method, fault)
    adapter = await stage.running(timeout=0.1)
    with pytest.raises(AdapterError) as caught:
        await adapter.send(stage.message("Closed."))
    told = [*traceback.format_exception(caught.value), repr(stage.host.notices), caplog.text]
    assert stage.bot.token not in "\n".join(told)


async def test_a_refusal_that_quotes_the_token_is_kept_out_too(stage: Any) -> None:
    stage.telegram.fail("sendMessage", Fault(400, f"Bad Request: no {stage.bot.token} here"))
    with pytest.raises(AdapterError) as caught:
        await stage.adapter().send(stage.message("Closed."))
    assert stage.bot.token not in "".join(traceback.format_exception(caught.value))


async def test_the_adapter_shows_nothing_of_it(stage: Any) -> None:
    adapter = stage.adapter()
    shown = [repr(adapter), repr(vars(adapter)), repr(vars(adapter._line).keys())]
    assert stage.bot.token not in "\n".join(shown)


async def test_the_self_check_does_not_tell_it(
    stage: Any, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    for fault in QUOTING:
        stage.telegram.fail("getMe", fault)
        findings = await stage.adapter(timeout=0.1).check()
        assert stage.bot.token not in repr(findings) + caplog.text


async def test_a_louder_log_is_turned_down_and_a_quieter_one_left(stage: Any) -> None:
    chatty, quiet = logging.getLogger("httpx"), logging.getLogger("telegram")
    chatty.setLevel(logging.DEBUG)
    quiet.setLevel(logging.CRITICAL)
    try:
        stage.adapter()
        assert chatty.level == logging.WARNING
        assert quiet.level == logging.CRITICAL
    finally:
        quiet.setLevel(logging.WARNING)


def test_the_sdk_is_imported_only_when_an_adapter_is_made() -> None:
    program = (
        "import adapters.telegram, sys; sys.exit(bool({'telegram', 'httpx'} & set(sys.modules)))"
    )
    root = Path(__file__).parents[4]
    done = subprocess.run([sys.executable, "-c", program], cwd=root, check=False)
    assert done.returncode == 0


def test_the_heavy_half_of_the_sdk_is_never_imported() -> None:
    program = "import adapters.telegram.adapter, sys; sys.exit('telegram.ext' in sys.modules)"
    root = Path(__file__).parents[4]
    done = subprocess.run([sys.executable, "-c", program], cwd=root, check=False)
    assert done.returncode == 0
