"""Why a wished end is not taken, on its way from the reader that finds it."""

from bot.commands import EndFault


class NotTakenError(Exception):
    """It looks like an end, but `fault`."""

    def __init__(self, fault: EndFault) -> None:
        """Keep the fault."""
        super().__init__(fault.value)
        self.fault = fault
