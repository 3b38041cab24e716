#!/bin/sh
# The name under which runbooks and habits know it.
exec /usr/sbin/pretix-maintenance reconcile "$@"
