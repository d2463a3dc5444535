#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Trees of cgroups with limits at random levels, and processes in namespaces rooted at random
levels: what cgns-limits says of them against a second, plainer reading of the same files.

    limits.py NAME ANSWERS [SEED]

Makes its cgroups below /NAME in every hierarchy that has a limit, and removes them. Prints the
seed and how many answers (a limit of a WHAT each) were right; status 1 at the first wrong one.
"""
import errno
import json
import os
import random
import signal
import subprocess
import sys
import time
from fractions import Fraction

UNLIMITED = None
# limit: controller, kind, v2 file, v1 file, v1 second file
LIMITS = {
    "memory.max": ("memory", "bytes", "memory.max", "memory.limit_in_bytes", None),
    "memory.high": ("memory", "bytes", "memory.high", None, None),
    "memory.swap.max": ("memory", "bytes", "memory.swap.max", "memory.memsw.limit_in_bytes",
                        "memory.limit_in_bytes"),
    "pids.max": ("pids", "count", "pids.max", "pids.max", None),
    "cpu.max": ("cpu", "cpus", "cpu.max", "cpu.cfs_quota_us", "cpu.cfs_period_us"),
    "cpuset.cpus": ("cpuset", "set", "cpuset.cpus.effective", "cpuset.effective_cpus", None),
    "cpuset.mems": ("cpuset", "set", "cpuset.mems.effective", "cpuset.effective_mems", None),
    "cgroup.max.descendants": ("", "count", "cgroup.max.descendants", None, None),
}


def read(name):
    """The text of a file without its newline, or None where there is none."""
    try:
        with open(name, encoding="ascii") as file:
            return file.read().rstrip("\n")
    except OSError as error:
        # Not there, or removed once it was open.
        if error.errno not in (errno.ENOENT, errno.ENODEV):
            raise
        return None


def write(name, text):
    """Writes; a value that the kernel refuses there is none of our business."""
    try:
        with open(name, "w", encoding="ascii") as file:
            file.write(text)
        return True
    except OSError:
        return False


def find_hierarchies():
    """controller: (directory, is it v2)"""
    found, unified = {}, None
    names = [line.split(":")[1] for line in open("/proc/self/cgroup", encoding="utf-8")]
    for line in open("/proc/self/mountinfo", encoding="utf-8"):
        fields = line.split()
        tail = fields[fields.index("-") + 1:]
        if tail[0] == "cgroup2" and fields[3] == "/" and not unified:
            unified = fields[4]
        if tail[0] == "cgroup" and fields[3] == "/":
            for name in tail[2].split(","):
                if any(name in known.split(",") for known in names):
                    found.setdefault(name, (fields[4], False))
    if unified:
        for name in (read(unified + "/cgroup.subtree_control") or "").split() + [""]:
            found.setdefault(name, (unified, True))
    return found


HIERARCHIES = find_hierarchies()


def number(text, is_bytes):
    if text == "max":
        return UNLIMITED
    value = int(text)
    return UNLIMITED if is_bytes and value >= 2**63 - 2**40 else value


def value_of(directory, limit):
    """What one cgroup says: (is the file there, value)."""
    controller, kind, v2_file, v1_file, second_file = LIMITS[limit]
    unified = HIERARCHIES[controller][1]
    name = v2_file if unified else v1_file
    text = read(f"{directory}/{name}") if name else None
    if text is None:
        return False, UNLIMITED
    if kind == "set":
        return True, text
    if kind == "cpus":
        quota, period = (text.split() if unified else
                         (text, read(f"{directory}/{second_file}")))
        if quota == "max" or quota.startswith("-"):
            return True, UNLIMITED
        return True, Fraction(int(quota), int(period))
    value = number(text, kind == "bytes")
    if value is not UNLIMITED and not unified and second_file:
        value -= int(read(f"{directory}/{second_file}"))
    return True, value


def way_up(path):
    """/a/b, /a, /"""
    while True:
        yield path
        if path == "/":
            return
        path = os.path.dirname(path)


def counting(limit, path):
    """Those of the way up that count, v1 memory without use_hierarchy left out."""
    controller, top = LIMITS[limit][0], HIERARCHIES[LIMITS[limit][0]][0]
    for at in way_up(path):
        if at != path and controller == "memory":
            if read(f"{top}{at}/memory.use_hierarchy") == "0":
                return
        yield at


def smallest(limit, paths):
    """(value, the uppermost path that has it)"""
    best, where = UNLIMITED, None
    for path in paths:
        there, value = value_of(HIERARCHIES[LIMITS[limit][0]][0] + path, limit)
        if there and value is not UNLIMITED and (best is UNLIMITED or value <= best):
            best, where = value, path
    return best, where


def effective(limit, path):
    """The effective set, and the uppermost cgroup that has the same one without a gap."""
    top = HIERARCHIES[LIMITS[limit][0]][0]
    has = [(at, value_of(top + at, limit)) for at in way_up(path)]
    has = [(at, value) for at, (there, value) in has if there]
    if not has:
        return UNLIMITED, None
    value, where = has[0][1], None
    machine = read("/sys/devices/system/cpu/online" if limit == "cpuset.cpus" else
                   "/sys/devices/system/node/has_memory")
    if value != machine:
        for at, other in has:
            if other != value:
                break
            where = at
    return value, where


def view(path, root):
    """How readers in a namespace rooted there see a path."""
    if path is None:
        return None
    relative = os.path.relpath(path, root)
    return "/" if relative == "." else "/" + relative


def expected(limit, path, root, to):
    if LIMITS[limit][1] == "set":
        value, where = effective(limit, path)
        return value, view(where, to), value
    ways = list(counting(limit, path))
    value, where = smallest(limit, ways)
    inside = ways[:ways.index(root) + 1] if root in ways else ways
    return value, view(where, to), smallest(limit, inside)[0]


def is_real_top(limit):
    top, unified = HIERARCHIES[LIMITS[limit][0]]
    return not os.path.exists(top + "/cgroup.type") if unified else \
        os.path.exists(top + "/release_agent")


class Tree:
    """A chain of cgroups, the same in all hierarchies, and what lives in the lowest."""

    def __init__(self, dice, name):
        self.dice, self.base = dice, "/" + name
        self.tops = sorted(set(HIERARCHIES.values()))
        self.paths = [self.base]
        for level in range(dice.randint(1, 4)):
            self.paths.append(f"{self.paths[-1]}/{dice.choice('abc')}{level}")
        self.sleepers = {}  # PID: root

    def make(self):
        for top, _ in self.tops:
            for path in self.paths:
                os.mkdir(top + path)
                for name in "cpuset.cpus", "cpuset.mems":
                    if read(f"{top}{path}/{name}") == "":
                        write(f"{top}{path}/{name}",
                              read(f"{top}{os.path.dirname(path)}/{name}") or "0")
        for _ in range(self.dice.randint(1, 3)):
            self.start(self.dice.choice(self.paths))
        for top, unified in self.tops:
            for path in self.paths[:-1] if unified else []:
                for controller in read(f"{top}{path}/cgroup.controllers").split():
                    write(f"{top}{path}/cgroup.subtree_control", "+" + controller)
            for path in self.paths:
                self.limit(top + path)

    def start(self, root):
        """A sleeper whose namespace is rooted there, and which is then in the lowest cgroup."""
        def enter():
            for top, _ in self.tops:
                with open(f"{top}{root}/cgroup.procs", "w", encoding="ascii") as file:
                    file.write("0")
        child = subprocess.Popen(["unshare", "--cgroup", "sleep", "infinity"], preexec_fn=enter,
                                 stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        while read(f"/proc/{child.pid}/comm") != "sleep":
            if child.poll() is not None:
                sys.exit("limits.py: no sleeper could be started")
            time.sleep(0.01)
        for top, _ in self.tops:
            with open(f"{top}{self.paths[-1]}/cgroup.procs", "w", encoding="ascii") as file:
                file.write(str(child.pid))
        self.sleepers[child.pid] = root
        self.children = getattr(self, "children", []) + [child]

    def limit(self, directory):
        dice = self.dice

        def maybe(name, make):
            if dice.random() < 0.5 and os.path.exists(f"{directory}/{name}"):
                write(f"{directory}/{name}", str(make()))

        big = lambda: dice.choice((1, 2, 3, 7, 64)) * 2**dice.choice((24, 26, 30))
        maybe("memory.max", big)
        maybe("memory.high", big)
        maybe("memory.swap.max", big)
        maybe("memory.limit_in_bytes", big)
        maybe("memory.memsw.limit_in_bytes", lambda: big() * 2)
        maybe("pids.max", lambda: dice.choice((100, 101, 250, 1000, "max")))
        maybe("cpu.max", lambda: dice.choice(("50000 100000", "100000 200000", "max 100000",
                                              "33333 100000", "10000 30000", "150000 100000")))
        maybe("cpu.cfs_period_us", lambda: dice.choice((50000, 100000, 200000)))
        maybe("cpu.cfs_quota_us", lambda: dice.choice((-1, 25000, 50000, 100000, 300000)))
        maybe("cpuset.cpus", lambda: dice.choice(("0", "0-1", "1")))
        maybe("cgroup.max.descendants", lambda: dice.choice((50, 60, 70)))

    def remove(self):
        for child in getattr(self, "children", []):
            child.send_signal(signal.SIGKILL)
            child.wait()
        for path in reversed(self.paths):
            for top, _ in self.tops:
                for _ in range(1000):
                    try:
                        os.rmdir(top + path)
                        break
                    except FileNotFoundError:
                        break
                    except OSError:
                        time.sleep(0.01)


def same(limit, want, got):
    if want is UNLIMITED or isinstance(want, str):
        return got == want
    if isinstance(want, Fraction):
        return got is not None and abs(Fraction(str(got)) - want) <= Fraction(1, 1000000)
    return got == want


def check(rows, limit, what, want, command):
    rows = [row for row in rows if row["what"] == what and row["limit"] == limit]
    value, cgroup, seen = want
    good = len(rows) == 1 and same(limit, value, rows[0]["value"]) and \
        rows[0]["cgroup"] == cgroup and same(limit, seen, rows[0]["seen"]) and \
        not rows[0]["unknown"]
    if good and LIMITS[limit][1] != "set":
        good = rows[0]["at_most"] == (not is_real_top(limit))
    if not good:
        print(f"not right: {limit} of {what}\nwanted {want}\ngot {rows}\nby {command}")
    return good


def ask(tree, dice):
    """Asks once about several WHATs. Returns how many answers were right, -1 if one was not."""
    whats = {str(pid): (tree.paths[-1], root) for pid, root in tree.sleepers.items()}
    options, to, start = ["-J", "-l", ",".join(limit for limit in LIMITS
                                              if LIMITS[limit][0] in HIERARCHIES)], "/", "/"
    if dice.random() < 0.4:
        pid, to = dice.choice(list(tree.sleepers.items()))
        options += ["--to", str(pid)]
    if dice.random() < 0.4:
        pid, start = dice.choice(list(tree.sleepers.items()))
        options += ["--from", str(pid)]
    for path in tree.paths:
        if path == start or path.startswith(start.rstrip("/") + "/"):
            whats[view(path, start)] = (path, start)
    command = ["cgns-limits", *options, *whats]
    ran = subprocess.run(command, stdout=subprocess.PIPE, check=False)
    if ran.returncode:
        print(f"status {ran.returncode} of {command}")
        return -1
    rows = json.loads(ran.stdout)["limits"]
    right = 0
    for what, (path, root) in whats.items():
        for limit in LIMITS:
            if LIMITS[limit][0] not in HIERARCHIES:
                continue
            if not check(rows, limit, what, expected(limit, path, root, to), command):
                return -1
            right += 1
    return right


def main():
    name, answers = sys.argv[1], int(sys.argv[2])
    seed = sys.argv[3] if len(sys.argv) > 3 and sys.argv[3] else str(random.SystemRandom().randrange(2**32))
    dice = random.Random(seed)
    right = 0
    print(f"seed {seed}", flush=True)
    while right < answers:
        tree = Tree(dice, name)
        try:
            tree.make()
            for _ in range(3):
                got = ask(tree, dice)
                if got < 0:
                    print(f"after {right} right answers with seed {seed}")
                    return 1
                right += got
        finally:
            tree.remove()
    print(f"{right} answers are right")
    return 0


if __name__ == "__main__":
    sys.exit(main())
