"""The suite: what holds for every adapter."""

from adapters.contract.failing import FailingContract
from adapters.contract.hearing import HearingContract
from adapters.contract.living import LivingContract
from adapters.contract.speaking import SpeakingContract


class AdapterContract(HearingContract, SpeakingContract, FailingContract, LivingContract):
    """Everything; subclass it in a test module under a name that starts with `Test`."""
