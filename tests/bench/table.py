"""What was measured, as it comes and as a table in Markdown."""
import datetime
import math
import os
import platform
import re

LINEAR = 1.05  # the largest exponent that is still linear, within what measuring is good for
HEAD = ("stacks", "account", "state", "who", "wall s", "CPU s", "peak MB", "requests", "MB read",
        "wall, by floor", "CPU, by floor")


def machine():
    with open("/proc/cpuinfo", encoding="utf-8") as stream:
        model = re.search(r"model name\s*: (.*)", stream.read())
    return (f"{model[1] if model else platform.machine()}, {len(os.sched_getaffinity(0))} cores, "
            f"{platform.system()} {platform.release()}")


def figure(value):
    """Three digits that count."""
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.{2 - math.floor(math.log10(value)) if value >= 0.0005 else 4}f}" if value else "0"


class Table:
    """Prints each row as it comes; the end of the with statement writes the file."""

    def __init__(self, path):
        self.path, self.rows, self.limits, self.steady = path, [], [], {}
        self.missed = 0

    def __enter__(self):
        self.head = (f"{machine()}; {datetime.date.today()}; azsim has one core for itself, its token "
                     "buckets are off, `limits.share` is 1")
        print(f"{self.head}; load {os.getloadavg()[0]:.1f}\n\n{self.line(HEAD)}", flush=True)
        return self

    def __exit__(self, kind, *_):
        if kind:
            return
        os.makedirs(os.path.dirname(self.path), exist_ok=True)
        with open(self.path, "w", encoding="utf-8") as stream:
            stream.write("\n".join([self.head + ".", "", self.line(HEAD), "|" + " --- |" * len(HEAD),
                                    *self.rows, "", "| limit | wanted | measured | |",
                                    "| --- | --- | --- | --- |", *self.limits, ""]))
        print(f"\n{self.missed} limits not reached; {self.path}")

    @staticmethod
    def line(cells):
        return "| " + " | ".join(cells) + " |"

    def row(self, stacks, body, who, state, took, floor=None):
        """floor: what the same takes there."""
        if who == "cmkd" and state == "steady pass":
            self.steady[(body, stacks)] = took
        cells = (f"{stacks:,}", body, state, who, figure(took.wall), figure(took.cpu),
                 figure(took.anonymous_kb / 1024) if took.anonymous_kb else "",
                 f"{took.requests:,.0f}" if took.requests else "",
                 figure(took.size / 1e6) if took.size else "",
                 f"{took.wall / floor.wall:.2f}" if floor else "",
                 f"{took.cpu / floor.cpu:.2f}" if floor else "")
        self.rows.append(self.line(cells))
        print(self.rows[-1], flush=True)

    def limit(self, what, value, wanted, at_least=False, judged=True):
        """Says whether it is reached; one that is not judged is told only."""
        holds = value >= wanted if at_least else value <= wanted
        self.missed += judged and not holds
        verdict = "" if not judged else "reached" if holds else "**not reached**"
        bound = f"{'at least' if at_least else 'at most'} {figure(wanted)}" if judged else ""
        self.limits.append(self.line((what, bound, figure(value), verdict)))
        print(self.limits[-1], flush=True)

    def growth(self):
        """n in: so many times the stacks take so many times to the power of n."""
        for body in sorted({body for body, _ in self.steady}):
            sizes = sorted(stacks for of, stacks in self.steady if of == body and stacks >= 100)
            for less, more in zip(sizes, sizes[1:]):
                for name in ("wall", "cpu", "anonymous_kb"):
                    pair = [getattr(self.steady[(body, stacks)], name) for stacks in (less, more)]
                    exponent = math.log(pair[1] / pair[0]) / math.log(more / less)
                    self.limit(f"{body}: exponent of growth from {less:,} to {more:,} stacks, "
                               f"{name.replace('anonymous_kb', 'memory')}", max(exponent, 0), LINEAR)
