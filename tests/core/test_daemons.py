"""A process that ends while one of its threads holds a lock."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
# As a client of Redis does it: whoever is torn down closes its pool, under the pool's lock.
HOLDING = """
import threading, time
from dam.core import daemons

class Client:
    lock = threading.RLock()
    def __del__(self):
        with self.lock:
            print("torn down", flush=True)

client = Client()
begun = threading.Event()

def work():
    while True:
        with client.lock:
            begun.set()
            time.sleep(0.3)
        if daemons.is_ending_within(REST_S):
            return

daemons.start("holder", work)
begun.wait()
"""


def test_a_process_ends_though_its_thread_holds_what_is_torn_down():
    for rest_s in ("0", "60"):
        ended = subprocess.run(
            [sys.executable, "-c", HOLDING.replace("REST_S", rest_s)],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        )

        assert ended.stdout.split("\n")[0] == "torn down"
