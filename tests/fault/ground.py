# SPDX-License-Identifier: GPL-2.0-or-later
"""What the fault tests stand on: cgroups, a namespace with a process in it, and what must stay."""

import ctypes
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback

PATIENCE = 60  # seconds, on a busy machine; nothing is measured by it
HERE = os.path.dirname(os.path.abspath(__file__))


class Tap:
    """Numbered results, and the sum of faults."""

    def __init__(self):
        self.count = 0
        self.failed = 0
        self.faults = 0

    def result(self, name, problems, faults, skip=None):
        self.count += 1
        self.faults += faults
        counted = f" ({faults} times)" if faults else ""
        directive = f" # SKIP {skip}" if skip and not problems else ""
        print(f"{'not ok' if problems else 'ok'} {self.count} {name}{counted}{directive}")
        for problem in problems:
            print("# " + problem.replace("\n", "\n#   "))
        self.failed += bool(problems)
        sys.stdout.flush()


def mounted_hierarchies():
    """The mounted hierarchies: controllers ("" is unified) to directory."""
    wanted = {}
    with open("/proc/self/cgroup", encoding="utf-8", errors="surrogateescape") as lines:
        names = [line.rstrip("\n").split(":", 2)[1] for line in lines]
    with open("/proc/self/mountinfo", encoding="utf-8", errors="surrogateescape") as lines:
        for line in lines:
            head, tail = line.rstrip("\n").split(" - ", 1)
            kind, _, options = tail.split(" ", 2)
            point = head.split(" ")[4]
            for name in names:
                v2 = name == "" and kind == "cgroup2"
                v1 = name != "" and kind == "cgroup" and set(name.split(",")) <= set(options.split(","))
                if v2 or v1:
                    wanted.setdefault(name, point)
    return wanted


class Ground:
    """Cgroups, a namespace with a process in it and a folder: what the runs work on."""

    def __init__(self, build):
        self.build = build
        take_default_signals()
        self.folder = tempfile.mkdtemp(prefix=os.environ.get("CGNS_RUN", "cgns") + "-fault-")
        self.name = os.path.basename(self.folder)
        self.hierarchies = mounted_hierarchies()
        chosen = [name for name in self.hierarchies if name == "" or name in ("pids", "freezer", "name=systemd")]
        chosen.sort()  # unified first
        self.dirs = [os.path.join(self.hierarchies[name], self.name) for name in chosen[:3]]
        self.hierarchy = chosen[0] or "unified"
        for top in self.dirs:
            os.makedirs(os.path.join(top, "a", "b"))
            os.makedirs(os.path.join(top, "c"))
            os.makedirs(os.path.join(top, "d"))
        self.target = self._start_target("a")
        self.strayed = self._start_target("a/b")  # outside the root of its namespace
        self._move(self.strayed.pid, "c")
        own = self.hierarchies[chosen[0]]
        self.mounted = self._start_target(  # has its root mounted, as a container has
            "d", f"unshare -m sh -c 'mount --bind {self.dirs[0]}/d {own} && exec sleep 100000'")
        self.pin = self._pin_namespace()  # a file that holds a namespace without a process
        self.build_tools()

    def _pin_namespace(self):
        name = os.path.join(self.folder, "pin")
        with open(name, "w", encoding="utf-8"):
            pass
        process = self._start_target("c")
        subprocess.run(["mount", "--bind", f"/proc/{process.pid}/ns/cgroup", name], check=True)
        process.kill()
        process.wait()
        return name

    def _move(self, pid, cgroup):
        for top in self.dirs:
            with open(os.path.join(top, cgroup, "cgroup.procs"), "w", encoding="utf-8") as procs:
                procs.write(str(pid))

    def _start_target(self, cgroup, command="sleep 100000"):
        script = "".join(f'echo $$ >"{top}/{cgroup}/cgroup.procs"; ' for top in self.dirs)
        process = subprocess.Popen(["sh", "-c", script + "exec unshare -C " + command],
                                   stdin=subprocess.DEVNULL)
        deadline = time.monotonic() + PATIENCE
        own = os.readlink("/proc/self/ns/cgroup")
        while os.readlink(f"/proc/{process.pid}/ns/cgroup") == own or self._comm(process.pid) != "sleep":
            if time.monotonic() > deadline:
                raise RuntimeError("the target process did not start")
            time.sleep(0.01)
        return process

    @staticmethod
    def _comm(pid):
        with open(f"/proc/{pid}/comm", encoding="utf-8") as file:
            return file.read().strip()

    def build_tools(self):
        compiler = os.environ.get("CC", "cc").split()
        self.preload = os.path.join(self.folder, "preload.so")
        self.noop = os.path.join(self.folder, "noop")
        subprocess.run(compiler + ["-O1", "-shared", "-fPIC", "-o", self.preload,
                                   os.path.join(HERE, "preload.c"), "-ldl"], check=True)
        subprocess.run(compiler + ["-O1", "-static", "-o", self.noop,
                                   os.path.join(HERE, "noop.c")], check=True)

    def snapshot(self):
        """What must be the same after each run."""
        cgroups = set()
        for mounted in self.hierarchies.values():  # -g PATH makes it in each
            for path, _, _ in os.walk(os.path.join(mounted, self.name)):
                cgroups.add(path)
        with open("/proc/self/mountinfo", encoding="utf-8", errors="surrogateescape") as file:
            mounts = {line for line in file.read().splitlines()
                      if self.folder in line or self.name in line}
        with open(f"/proc/{self.target.pid}/cgroup", encoding="utf-8") as file:
            # other suites have hierarchies of their own for a moment, with the name of a run
            where = {line for line in file.read().splitlines() if ":name=cgns-" not in line}
        files = {name for name in os.listdir(self.folder) if not name.startswith("trace")}
        return {"cgroups": cgroups, "mounts": mounts, "files": files, "target's cgroup": where}

    def differences(self, before):
        after = self.snapshot()
        told = []
        for what, was in before.items():
            for extra in sorted(after[what] - was):
                told.append(f"left behind in {what}: {extra}")
            for missing in sorted(was - after[what]):
                told.append(f"gone from {what}: {missing}")
        return told

    def clean(self, before):
        """Takes away what a bad run left, so that the next one starts afresh."""
        after = self.snapshot()
        for line in after["mounts"] - before["mounts"]:
            subprocess.run(["umount", "-l", line.split(" ")[4]], check=False)
        for path in sorted(after["cgroups"] - before["cgroups"], reverse=True):
            self.kill_all(path)
            try:
                os.rmdir(path)
            except OSError:
                pass
        for name in after["files"] - before["files"]:
            os.unlink(os.path.join(self.folder, name))

    @staticmethod
    def kill_all(path):
        try:
            with open(os.path.join(path, "cgroup.procs"), encoding="utf-8") as procs:
                for pid in procs.read().split():
                    os.kill(int(pid), signal.SIGKILL)
        except OSError:
            pass

    def subgroups(self):
        """What cgns-enter --subgroup with the ground's name has made, in whichever hierarchies."""
        found = []
        with open(f"/proc/{self.target.pid}/cgroup", encoding="utf-8") as file:
            for line in file.read().splitlines():
                _, controllers, where = line.split(":", 2)
                path = os.path.join(self.hierarchies.get(controllers, "/no"), where[1:], self.name)
                if path not in self.dirs and os.path.isdir(path):
                    found.append(path)
        return found

    def drop_subgroups(self):
        for path in self.subgroups():
            os.rmdir(path)

    def remove(self):
        deadline = time.monotonic() + PATIENCE
        while self.subgroups():  # of a run that was broken off
            for path in self.subgroups():
                self.kill_all(path)
            try:
                self.drop_subgroups()
            except OSError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.01)
        subprocess.run(["umount", "--lazy", self.pin], check=False)
        for process in self._own():
            process.kill()
            process.wait()
        for top in self.dirs:
            for path, _, _ in os.walk(top, topdown=False):
                os.rmdir(path)
        shutil.rmtree(self.folder)

    def _own(self):
        return self.target, self.strayed, self.mounted

    def strangers(self):
        """Children of ours that a run left to us."""
        own = [process.pid for process in self._own()]
        return [pid for pid in child_pids() if pid not in own]

    def inode(self):
        """The inode of the target's namespace."""
        return os.stat(f"/proc/{self.target.pid}/ns/cgroup").st_ino


def leftover_processes(ground):
    """Children that the run left to us: reaped, and told."""
    told = []
    for pid in ground.strangers():
        try:
            with open(f"/proc/{pid}/cmdline", encoding="utf-8", errors="replace") as file:
                line = file.read().replace("\0", " ")
            with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
                zombie = file.read().rsplit(")", 1)[1].split()[0] == "Z"
            if not zombie:
                time.sleep(0.2)
                with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
                    zombie = file.read().rsplit(")", 1)[1].split()[0] == "Z"
            if not zombie:
                told.append(f"left behind: process {pid}: {line}")
                os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
        except (OSError, ChildProcessError):
            pass
    return told


def child_pids():
    with open(f"/proc/self/task/{os.getpid()}/children", encoding="utf-8") as file:
        return [int(pid) for pid in file.read().split()]


def refused_here(arguments):
    """Why a command is not to be run, or None: in a chroot nobody makes user namespaces."""
    if "-U" not in arguments or subprocess.run(["unshare", "--user", "true"], check=False,
                                               stderr=subprocess.DEVNULL).returncode == 0:
        return None
    return "no user namespaces here"


def run_apart(function):
    """Calls function as PID 1 of a PID namespace with a /proc of its own, and returns the exit
    status: what the programs see of other processes is then the same from run to run."""
    clone_newns, clone_newpid, pr_set_pdeathsig = 0x20000, 0x20000000, 1
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(clone_newns | clone_newpid) < 0:
        raise OSError(ctypes.get_errno(), "unshare")
    pid = os.fork()
    if pid:
        signal.signal(signal.SIGTERM, lambda *_: os.kill(pid, signal.SIGTERM))
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    libc.prctl(pr_set_pdeathsig, signal.SIGKILL, 0, 0, 0)
    subprocess.run(["mount", "--make-rprivate", "/"], check=True)
    subprocess.run(["mount", "-t", "proc", "proc", "/proc"], check=True)
    status = 1
    try:
        status = function()
    except SystemExit as end:
        status = end.code
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        os._exit(status)


def take_default_signals():
    """Whoever runs the tests in the background may have had some ignored, or blocked.
    SIGPIPE and SIGXFSZ are ignored by Python itself, which gives them back to who it starts."""
    for number in signal.valid_signals() - {signal.SIGPIPE, signal.SIGXFSZ}:
        if signal.getsignal(number) == signal.SIG_IGN:
            signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, [])


def become_subreaper():
    pr_set_child_subreaper = 36
    ctypes.CDLL(None, use_errno=True).prctl(pr_set_child_subreaper, 1, 0, 0, 0)
