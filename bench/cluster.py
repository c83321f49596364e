"""A cluster that reads a month of CC-NEWS, simulated from what a record takes here: hours, idle cores, tail.

python bench/cluster.py [--pages 11700000] [--machines 4] [--cores 16] [--parts 48] ...

A discrete simulation (events in a heap, seeded): readers inflate files in order and put blocks of pages
into a queue; a core takes a block, then the next; at the end parts are merged and months searched
for copies. Machines differ in speed, some are slow all the time, and machines are lost: then their blocks
go back into the queue, their readers begin their files again, and the machine comes back later. The
times of records are drawn from a log-normal distribution with the mean and spread that were measured
(docs/scale.md says how); a block's time is their sum, by its mean and variance.
"""

import argparse
import heapq
import itertools
import math
import random
from collections import deque
from dataclasses import dataclass, field

BLOCK_PAGES = 256
#: The share of a crawl's articles that were published in its own month, in the month before, and of each
#: of a hundred earlier ones.
MONTHS = (0.75, 0.15, *[0.001] * 100)
SLOW = 3.0


@dataclass(frozen=True)
class Plan:
    """What is to be read, by what, and what a record takes (seconds of one core)."""

    pages: int = 11_700_000
    pages_per_file: int = 31_000
    machines: int = 4
    cores: int = 16
    parts: int = 48
    read_s: float = 0.0008
    parse_s: float = 0.031
    spread: float = 0.7
    merge_s: float = 0.00022
    mark_s: float = 0.00032
    slow_share: float = 0.02
    losses_per_day: float = 0.5
    back_after_s: float = 300.0
    seed: int = 1


@dataclass
class Machine:
    """A machine: how fast it is, and when what it was doing counts for nothing."""

    speed: float
    is_up: bool = True
    lives: int = 0


@dataclass
class Result:
    """What a run took."""

    parse_s: float = 0.0
    merge_s: float = 0.0
    mark_s: float = 0.0
    busy_s: float = 0.0
    lost_s: float = 0.0
    blocks_again: int = 0
    losses: int = 0
    tail_s: float = 0.0
    spans: list[tuple[float, float]] = field(default_factory=list)

    @property
    def wall_s(self) -> float:
        return self.parse_s + self.merge_s + self.mark_s


def simulate(plan: Plan) -> Result:
    """Run a plan to its end."""
    chance = random.Random(plan.seed)
    machines = [
        Machine(1 / SLOW if chance.random() < plan.slow_share else chance.uniform(0.92, 1.08))
        for _ in range(plan.machines)
    ]
    result = Result()
    _parse(plan, machines, chance, result)
    # What is merged is cut by a digest of addresses: the same of every site, a little more or less.
    merges = [
        plan.merge_s * plan.pages * share / plan.parts * chance.gauss(1, 0.02)
        for share in MONTHS
        for _ in range(plan.parts)
    ]
    result.merge_s = _spread(merges, plan, machines, result)
    # A month is searched as a whole, with the one before it.
    marks = [
        plan.mark_s * plan.pages * (share + before)
        for share, before in zip(MONTHS, (*MONTHS[1:], 0), strict=True)
    ]
    result.mark_s = _spread(marks, plan, machines, result)
    return result


def _parse(plan: Plan, machines: list[Machine], chance: random.Random, result: Result) -> None:
    """Readers fill a queue, cores empty it, machines are lost and come back."""
    number = itertools.count()
    events: list[tuple[float, int, str, tuple]] = []

    def at(moment: float, kind: str, *what) -> None:
        heapq.heappush(events, (moment, next(number), kind, what))

    sizes = []
    while sum(sizes) < plan.pages:
        sizes.append(
            min(
                int(chance.lognormvariate(math.log(plan.pages_per_file), 0.25)),
                plan.pages - sum(sizes),
            )
        )
    files = deque((size, 0) for size in sizes)  # pages, and blocks that are there already
    left = sum(math.ceil(size / BLOCK_PAGES) for size in sizes)
    queue: deque[int] = deque()
    free = [index for index in range(plan.machines) for _ in range(plan.cores)]
    chance.shuffle(free)
    room = 4 * plan.machines * plan.cores  # blocks that wait: the object store has a bound
    paused: list[tuple] = []
    variance = plan.parse_s**2 * (math.exp(plan.spread**2) - 1)

    def start_reader(now: float, index: int) -> None:
        if files and machines[index].is_up:
            size, done = files.popleft()
            # What it gave before it was lost has to be read again to come to the rest.
            again = done * BLOCK_PAGES * plan.read_s
            at(
                now + (again + BLOCK_PAGES * plan.read_s) / machines[index].speed,
                "read",
                index,
                machines[index].lives,
                size,
                done,
            )

    def start_blocks(now: float) -> None:
        while queue and free:
            index = free.pop()
            pages = queue.popleft()
            took = max(0.1, chance.gauss(pages * plan.parse_s, math.sqrt(pages * variance)))
            took /= machines[index].speed
            at(now + took, "parsed", index, machines[index].lives, pages, took)
        while paused and len(queue) < room:
            event = paused.pop()
            at(now, "read", *event)

    for index in range(plan.machines):
        start_reader(0.0, index)
        if plan.losses_per_day:
            at(chance.expovariate(plan.losses_per_day / 86_400), "lost", index)
    now = first_idle = 0.0
    while left:
        now, _, kind, what = heapq.heappop(events)
        if kind == "read":
            index, life, size, done = what
            if life != machines[index].lives:
                continue
            if len(queue) >= room:
                paused.append(what)
                continue
            queue.append(min(BLOCK_PAGES, size - done * BLOCK_PAGES))
            done += 1
            if done * BLOCK_PAGES < size:
                took = BLOCK_PAGES * plan.read_s / machines[index].speed
                at(now + took, "read", index, life, size, done)
            else:
                start_reader(now, index)
        elif kind == "parsed":
            index, life, pages, took = what
            if life != machines[index].lives:
                queue.appendleft(pages)
                result.blocks_again += 1
                result.lost_s += took / 2
            else:
                left -= 1
                result.busy_s += took
                free.append(index)
                if not queue and not files and not first_idle:
                    first_idle = now
        elif kind == "lost":
            (index,) = what
            machine = machines[index]
            machine.is_up, machine.lives = False, machine.lives + 1
            result.losses += 1
            free[:] = [one for one in free if one != index]
            # Its reader's file goes back, with what it gave before.
            for moment, n, some, args in [e for e in events if e[2] == "read" and e[3][0] == index]:
                events.remove((moment, n, some, args))
                files.appendleft((args[2], args[3]))
            for args in [one for one in paused if one[0] == index]:
                paused.remove(args)
                files.appendleft((args[2], args[3]))
            heapq.heapify(events)
            at(now + plan.back_after_s, "back", index)
        else:
            (index,) = what
            machines[index].is_up = True
            free.extend([index] * plan.cores)
            start_reader(now, index)
            at(now + chance.expovariate(plan.losses_per_day / 86_400), "lost", index)
        start_blocks(now)
    result.parse_s, result.tail_s = now, now - first_idle


def _spread(tasks: list[float], plan: Plan, machines: list[Machine], result: Result) -> float:
    """Seconds until tasks are done that free cores take, one after the other."""
    cores = [
        (0.0, n, machine.speed)
        for n, machine in enumerate(m for m in machines for _ in range(plan.cores))
    ]
    heapq.heapify(cores)
    for task in tasks:
        moment, n, speed = heapq.heappop(cores)
        heapq.heappush(cores, (moment + task / speed, n, speed))
    result.busy_s += sum(tasks)
    return max(moment for moment, _, _ in cores)


#: Name and what is different of each row.
ROWS: tuple[tuple[str, dict[str, float]], ...] = (
    ("all machines alike, none lost", {"slow_share": 0, "losses_per_day": 0}),
    ("as given", {}),
    ("one machine in five is slow", {"slow_share": 0.2}),
    ("each machine is lost 12 times a day", {"losses_per_day": 12}),
    ("one file a month", {"parts": 1}),
    ("twice the machines", {"machines": 2}),
    ("eight times the machines", {"machines": 8}),
)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    for name, value in vars(Plan()).items():
        parser.add_argument(f"--{name.replace('_', '-')}", type=type(value), default=value)
    plan = Plan(**vars(parser.parse_args()))
    print(f"{plan.pages:,} pages, {plan.machines} machines of {plan.cores} cores\n")
    print(
        "| | parse h | merge h | copies h | in all h | cores busy | tail min | lost | blocks again |"
    )
    print("|---|---|---|---|---|---|---|---|---|")
    for name, changes in ROWS:
        changes = dict(changes)
        if "machines" in changes:
            changes["machines"] = int(plan.machines * changes["machines"])
        one = Plan(**{**vars(plan), **changes})
        found = simulate(one)
        busy = found.busy_s / (found.wall_s * one.machines * one.cores)
        hours = " | ".join(
            f"{seconds / 3600:.2f}"
            for seconds in (found.parse_s, found.merge_s, found.mark_s, found.wall_s)
        )
        print(
            f"| {name} | {hours} | {busy:.0%} | {found.tail_s / 60:.1f} | {found.losses} | {found.blocks_again} |"
        )


if __name__ == "__main__":
    main()
