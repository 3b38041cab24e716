"""`make mutants`: would a test notice if a line of the deciding modules were wrong?

python -m tests.mutation [--jobs N] [--show] [windows] [decision] [journal] ...

Each mutant is one small change to a module; a test must fail for it. Broken off, the next run goes
on where this one ended. `--show` prints how each survivor differs from the module.
"""

import argparse
import os
import subprocess
import sys
import time

from tests.mutation.score import HEADING, WANTED, Score
from tests.mutation.subjects import SUBJECTS
from tests.mutation.workshop import MUTANTS, Workshop


def main() -> int:
    """Judge the wanted modules, all by default; 1 if one of them scores too low."""
    known = [subject.name for subject in SUBJECTS]
    options = argparse.ArgumentParser(prog="make mutants")
    options.add_argument("names", nargs="*", metavar="MODULE", help=", ".join(known))
    options.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    options.add_argument("--show", action="store_true", help="print the survivors")
    wanted = options.parse_args()
    if unknown := set(wanted.names) - set(known):
        options.error(f"no such module: {', '.join(sorted(unknown))}")
    MUTANTS.mkdir(exist_ok=True)
    workshops = [
        Workshop(subject) for subject in SUBJECTS if subject.name in (wanted.names or known)
    ]
    print(HEADING, flush=True)
    scores = [_judged(workshop, wanted.jobs, show=wanted.show) for workshop in workshops]
    short = sum(score is None or not score.enough for score in scores)
    print(f"{len(scores) - short} of {len(scores)} modules reach {WANTED:.0f} %")
    return 1 if short else 0


def _judged(workshop: Workshop, jobs: int, *, show: bool) -> Score | None:
    began = time.monotonic()
    workshop.prepare()
    try:
        score = workshop.judge(jobs)
    except subprocess.CalledProcessError as error:
        print(workshop.log.read_text()[-4000:])
        print(f"{workshop.subject.source}: mutmut ended with {error.returncode}")
        return None
    print(f"{score}  ({time.monotonic() - began:.0f} s)", flush=True)
    if show:
        for mutant in score.survivors:
            print(workshop.difference(mutant))
    return score


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit("broken off; the next run goes on from here")
