"""Where things are: the two default paths, and the names inside the state directory."""

DEFAULT_CONFIG = "/etc/pretix-maintenance/core.toml"
DEFAULT_STATE_DIR = "/var/lib/pretix-maintenance"

MARKER = "MAINTENANCE_MODE"
LOCK = "MAINTENANCE_MODE_LOCK"
JOURNAL = "journal.jsonl"
MUTEX = "mutex"
PAGE_DIR = "page"
PAGE = "pretix-maintenance.json"
MARKER_SPARE = ".marker.spare"
LOCK_SPARE = ".lock.spare"
ALMANAC = ".occurrences"

GROUP = "pretix-maintenance"
