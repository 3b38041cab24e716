"""All that things cost, one figure after another: `make bench`."""

import sys

from tests.bench import helper, memory, nginx


def main() -> int:
    """Run every bench, also after one that is over its limit."""
    return max(measure() for measure in (helper.main, nginx.main, memory.main))


if __name__ == "__main__":
    sys.exit(main())
