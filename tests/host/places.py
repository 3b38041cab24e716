"""Where things are on a host."""

STATE = "/var/lib/pretix-maintenance"
