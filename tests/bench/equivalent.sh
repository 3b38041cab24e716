#!/bin/bash
# What the helper is measured against: the same week, marker and lock, by date, test, touch and rm.
# No journal, no fsync, no mutex, no answer that a program could read, one window, UTC only.
set -u
verb=$1 state=$2
week=604800 start=597600 length=25200 # Sunday 22:00 after Monday 00:00, and 7 h
now=$(date -u +%s)
since=$(((now + 3 * 86400 - start) % week)) # 1970 began on a Thursday
marker=$state/MAINTENANCE_MODE lock=$state/MAINTENANCE_MODE_LOCK
case $verb in
lock) touch "$lock" ;;
unlock) rm -f "$lock" ;;
esac
if [[ $verb != status ]]; then
    if [[ -e $lock ]] || ((since < length)); then
        touch "$marker"
    else
        rm -f "$marker"
    fi
fi
if [[ -e $marker ]]; then is=closed; else is=open; fi
if ((since < length)); then next=$((now - since + length)); else next=$((now - since + week)); fi
echo "$is; next at $(date -u -d "@$next" +%FT%TZ)"
