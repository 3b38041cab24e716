"""Ask a URL again and again; print one line an answer: time, status, and whose page it is.

Run as a program in a guest's network, so it imports nothing but the standard library.
"""

import http.client
import sys
import time


def ask(port: int) -> str:
    """Give the status and `shop`, `page` or `nothing`."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
    try:
        connection.request("GET", "/", headers={"Host": "pretix.example"})
        answer = connection.getresponse()
        body = answer.read()
    except OSError:
        return "000 nothing"
    finally:
        connection.close()
    return f"{answer.status} {'shop' if b'here is the shop' in body else 'page'}"


if __name__ == "__main__":
    while True:
        # Taken before the question: whatever it shows was true no earlier than this.
        asked = time.time()
        print(f"{asked:.3f} {ask(int(sys.argv[1]))}", flush=True)
        time.sleep(0.02)
