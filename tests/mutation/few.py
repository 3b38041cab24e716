"""A pytest plugin for judging mutants: within seconds, alike in every run, and side by side.

Few examples, the same ones each time, and no search for the smallest one; and a folder for each
process, since pytest's own clearing up would take away that of another one.
"""

import os
import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import Phase, settings

settings.register_profile(
    "few",
    max_examples=25,
    derandomize=True,
    database=None,
    deadline=None,
    phases=(Phase.explicit, Phase.generate),
)
settings.load_profile("few")


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Give this process its folder before anything asks for one."""
    config.option.basetemp = Path(tempfile.gettempdir()) / f"process-{os.getpid()}"


def pytest_unconfigure(config: pytest.Config) -> None:
    """Take it away."""
    shutil.rmtree(config.option.basetemp, ignore_errors=True)
