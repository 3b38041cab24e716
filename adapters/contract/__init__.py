"""The contract of `adapters.base` as a test suite that any adapter can run over itself.

An adapter's author writes a `FarSide` and a test module of a few lines:

    from adapters.contract import AdapterContract

    class TestMyChat(AdapterContract):
        def far_side(self, tmp_path):
            return MyChatFarSide(tmp_path)

and runs pytest with pytest-asyncio. The application itself never imports this package, nor pytest.
"""

import pytest

# Before the suite is imported: its plain asserts then show what was compared.
pytest.register_assert_rewrite(
    *(f"adapters.contract.{part}" for part in ("hearing", "speaking", "failing", "living"))
)

from adapters.contract.far_side import (  # noqa: E402 -- after the line above, see there
    Ability,
    FarSide,
    Post,
    SendFault,
    Written,
)
from adapters.contract.host import RecordingHost  # noqa: E402 -- same
from adapters.contract.suite import AdapterContract  # noqa: E402 -- same

__all__ = [
    "Ability",
    "AdapterContract",
    "FarSide",
    "Post",
    "RecordingHost",
    "SendFault",
    "Written",
]
