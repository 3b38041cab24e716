"""The page for people who do not see it, or not well: axe-core's rules in a real Chromium."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.web.chromium import Chromium, Visitor
from tests.web.rendering import page
from tests.web.site import MAIN, Site

AXE = Path(__file__).with_name("axe")
INSTALL = ("ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline")
RUN = "axe.run(document, {resultTypes: ['violations', 'incomplete']})"


@pytest.fixture(scope="session")
def axe(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The text of axe-core, installed from its lock file; skipped where that cannot be done."""
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("axe-core needs npm")
    folder = tmp_path_factory.mktemp("axe")
    for name in ("package.json", "package-lock.json"):
        shutil.copy(AXE / name, folder)
    done = subprocess.run(
        [npm, *INSTALL], cwd=folder, check=False, capture_output=True, text=True, timeout=100
    )
    if done.returncode:
        pytest.skip(f"npm cannot install axe-core here: {done.stderr[-200:]}")
    return (folder / "node_modules/axe-core/axe.min.js").read_text()


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
@pytest.mark.parametrize("languages", ["nl", "en"])
async def test_axe_finds_nothing_to_complain_about(
    web: Site, browser: Chromium, axe: str, *, dark: bool, scripts: bool, languages: str
) -> None:
    web.page.write_text(page(logo="data:image/svg+xml,%3Csvg/%3E"))
    web.close()
    visitor = Visitor(languages, width=360, height=640, dark=dark, scripts=scripts)
    async with browser.tab(visitor) as tab:
        await tab.go(f"http://{MAIN}:{web.port}/")
        await tab.call("Emulation.setScriptExecutionDisabled", value=False)
        await tab.evaluate(axe)
        found = await tab.evaluate(RUN)

    assert found["passes"]
    faults = [
        (fault["id"], [node["html"] for node in fault["nodes"]])
        for fault in [*found["violations"], *found["incomplete"]]
    ]
    assert faults == [], json.dumps(faults, indent=1)


async def test_a_screen_reader_is_told_when_the_shop_is_back(web: Site, browser: Chromium) -> None:
    web.close()
    async with browser.tab(Visitor(languages="en", prelude=SLOW_RELOAD)) as tab:
        await tab.go(f"http://{MAIN}:{web.port}/")
        web.open()
        status = "document.querySelector('section:not([hidden]) [role=status]').textContent"
        await tab.until(f"{status}.startsWith('Sales are open again')")


# The question comes at once; the reload, up to a minute later, does not come within the test.
SLOW_RELOAD = """
(() => {
  const real = window.setTimeout;
  Math.random = () => 0.9;
  window.setTimeout = (act, ms) => real(act, ms < 40000 ? ms / 1000 : ms);
})();
"""
