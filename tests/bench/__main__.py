"""All that things cost, one bench after another, interleaved inside each: `make bench`.

Prints every table, and every figure that is judged with its limit; ends with 1 if one is exceeded
or could not be measured. `--write-docs` puts tables and plots into `docs/performance.md`, between
its markers; do that on a machine that does nothing else.
"""

import argparse
import sys
import time
from collections.abc import Callable, Mapping, Sequence

from tests.bench import documentation, helper, latency, memory, nginx, startup
from tests.bench.growth import __main__ as growth
from tests.bench.part import Part
from tests.bench.telling import as_text, judged
from tests.web import nginx_process

BENCHES: Mapping[str, Callable[[bool], Part]] = {
    "helper": lambda quick: helper.bench(quick=quick),
    "latency": lambda quick: latency.bench(quick=quick),
    "idle": lambda quick: memory.bench(quick=quick),
    "startup": lambda quick: startup.bench(quick=quick),
    "growth": lambda quick: growth.bench(quick=quick),
    "nginx": lambda quick: nginx.bench(quick=quick),
}
NEEDS: Mapping[str, Callable[[], str | None]] = {
    "latency": nginx_process.why_not,
    "nginx": nginx.why_not,
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run the benches, also after one that is over a limit."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="few rounds: a look, no measurement")
    parser.add_argument("--only", nargs="+", choices=BENCHES, default=list(BENCHES))
    parser.add_argument("--write-docs", action="store_true")
    options = parser.parse_args(argv)
    if options.write_docs and (options.quick or list(options.only) != list(BENCHES)):
        parser.error("--write-docs needs all benches of one run, with all their rounds")
    setting = documentation.setting(quick=options.quick)
    print(setting)
    begun = time.monotonic()
    parts, missing = _run(options.only, quick=options.quick)
    missing += [one for part in parts for one in part.missing]
    minutes = (time.monotonic() - begun) / 60
    limits = [one for part in parts for one in part.limits]
    print(f"\nAll {len(limits)} figures that are judged, after {minutes:.0f} minutes:")
    for one in limits:
        print(f"  {judged(one)}")
    for sentence in missing:
        print(f"  NOT MEASURED: {sentence}")
    if options.write_docs:
        documentation.write(parts, f"{setting} The run took {minutes:.0f} minutes.", missing)
    return 0 if not missing and all(part.kept for part in parts) else 1


def _run(names: Sequence[str], *, quick: bool) -> tuple[list[Part], list[str]]:
    parts: list[Part] = []
    missing: list[str] = []
    for name in names:
        reason = NEEDS.get(name, lambda: None)()
        if reason:
            missing.append(f"{name}: {reason}")
            continue
        print(f"… {name}", file=sys.stderr, flush=True)
        parts.append(BENCHES[name](quick))
        print(as_text(parts[-1]), flush=True)
    return parts, missing


if __name__ == "__main__":
    sys.exit(main())
