"""Ask a URL of loopback again and again; print the instant and the status whenever it changes.

Run as a program, so that asking disturbs nobody's event loop; it imports the standard library
alone. Instants are those of the monotonic clock, which all processes share.
"""

import http.client
import sys
import time

PAUSE = 0.001
"""Seconds between an answer and the next question."""


def main(port: int) -> None:
    """Ask until killed."""
    shown = 0
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    while True:
        connection.request("GET", "/")
        answer = connection.getresponse()
        answer.read()
        if answer.status != shown:
            shown = answer.status
            print(time.monotonic(), shown, flush=True)
        time.sleep(PAUSE)


if __name__ == "__main__":
    main(int(sys.argv[1]))
