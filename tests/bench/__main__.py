"""All that things cost, one figure after another: `make bench`."""

import sys

from tests.bench import helper, memory, nginx


def main() -> int:
    """Run every bench, also after one that is over its limit."""
    return max(bench.main() for bench in (helper, nginx, memory))


if __name__ == "__main__":
    sys.exit(main())
