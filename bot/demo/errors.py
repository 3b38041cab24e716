"""Why the demo cannot start."""


class DemoError(Exception):
    """The demo cannot start; `str()` is the sentence for whoever started it."""
