"""The help text, made from the table of verbs."""

from core.options import VERBS, WORDS


def usage() -> str:
    """Return the help text."""
    lines = [
        "usage: pretix-maintenance [--config FILE] [--state-dir DIR] VERB [options] [--json]",
        "",
    ]
    for verb, (does, with_value, without) in VERBS.items():
        lines.append(f"  {verb:10} {does}")
        options = [f"[{key} {WORDS[key]}]" for key in sorted(with_value)]
        options += [f"[{flag}]" for flag in sorted(without)]
        if options:
            lines.append(f"  {'':10}   {' '.join(options)}")
    lines += [
        "",
        "INSTANT is UTC such as 2026-11-29T22:00:00Z. Inside a window nothing opens the shop.",
        "Exit codes: 0 done, 2 usage, 3 configuration, 4 busy, 5 state unreadable, 6 not applied;",
        "check: 1 if anything is wrong.",
    ]
    return "\n".join(lines)
