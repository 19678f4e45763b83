#!/usr/bin/env python3
"""Debian's azure-cli, unmodified, lives whole life cycles on azsim.

usage: az.py AZSIM [WORD...]    only stories whose names contain a WORD
"""
import queue
import signal
import sys
import textwrap
import threading
import time

from stage import Stage
from steps import Wrong
import stories

# Each with an azsim and an az of its own. More than there are cores: az waits half a minute between
# two polls of an operation without Retry-After, and then needs nothing.
WORKERS = 5


class Show:
    """The verdicts, printed as they come."""

    def __init__(self):
        self.lock, self.played, self.bad, self.calls = threading.Lock(), 0, 0, 0

    def verdict(self, name, seconds, calls, fault):
        with self.lock:
            self.played += 1
            self.calls += calls
            self.say("FAILED" if fault else "ok", f"{seconds:5.1f} s  {name}", fault)

    def broken(self, fault):
        """A stage did not open, or its azsim did not end well."""
        with self.lock:
            self.say("FAILED", "an azsim, and az for it", fault)

    def say(self, word, text, fault):
        self.bad += bool(fault)
        print(f"{word:6} {text}")
        if fault:
            print(textwrap.indent(str(fault).rstrip(), " " * 7))
        sys.stdout.flush()


def play(story, stage, show):
    begun, calls, fault = time.monotonic(), stage.calls, None
    try:
        story.play(stage)
    except Wrong as wrong:
        fault = wrong
    except Exception as error:  # of the story, or of azsim; the next may be well
        fault = f"{type(error).__name__}: {error}"
    show.verdict(story.name, time.monotonic() - begun, stage.calls - calls, fault)


def work(binary, waiting, show):
    try:
        with Stage(binary) as stage:
            while True:
                try:
                    story = waiting.get_nowait()
                except queue.Empty:
                    break
                play(story, stage, show)
    except (Exception, SystemExit) as error:
        show.broken(error)


def main(binary, words):
    chosen = [story for story in stories.ALL if not words or any(w in story.name for w in words)]
    if not chosen:
        sys.exit("az.py: no such story")
    begun, waiting, show = time.monotonic(), queue.Queue(), Show()
    for story in sorted(chosen, key=lambda story: not story.slow):
        waiting.put(story)
    workers = [threading.Thread(target=work, args=(binary, waiting, show))
               for _ in range(min(WORKERS, len(chosen)))]
    for worker in workers:
        worker.start()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        for worker in workers:
            worker.join()
    finally:  # interrupted: each ends its story, and its azsim
        with waiting.mutex:
            waiting.queue.clear()

    print(f"az.py: {show.played} life cycles, {show.calls} calls of az, "
          f"{time.monotonic() - begun:.0f} s")
    if show.bad or show.played != len(chosen):
        sys.exit(f"az.py: FAILED: {show.bad}, above; {len(chosen) - show.played} were not played")


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    main(sys.argv[1], sys.argv[2:])
