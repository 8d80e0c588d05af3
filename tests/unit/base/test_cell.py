"""The cell of a process that reads strangers' files: what code inside it tries against the machine fails."""

import json
import os
import sys
from pathlib import Path

import pytest

from speech2face.base import cell, landlock, seccomp
from speech2face.base.guarded import GuardedProcess

WORKER = """
import ctypes, fcntl, json, mmap, os, resource, shutil, signal, socket, subprocess, sys, threading, urllib.request
from speech2face.base.guarded import connect, limit_memory, ready
from speech2face.base.cell import seal

connection, setup = connect()
libc = ctypes.CDLL(None, use_errno=True)

def called(result):
    return result != -1

limit_memory(200)
ready(connection, seal() if setup["sealed"] else [])
while True:
    try:
        code = connection.recv_bytes().decode()
    except EOFError:
        raise SystemExit
    try:
        # An expression that is true where the escape succeeds.
        answer = "escaped" if eval(code, globals() | setup) else "failed"
    except (Exception, MemoryError) as error:
        answer = type(error).__name__
    connection.send_bytes(answer.encode())
"""

# Each is true inside a process that is not confined.
ESCAPES = {
    "open a socket": "socket.socket()",
    "connect to a server": "socket.create_connection(('127.0.0.1', port), 1)",
    "connect to a server's file": "socket.socket(socket.AF_UNIX)",
    "make a pair of sockets": "socket.socketpair()",
    "run a program": "subprocess.run(['/bin/true']).returncode == 0",
    "run a shell": "os.system('true') == 0",
    "become another program": "called(libc.fork()) and True",
    "start a process": "os.posix_spawn('/bin/true', ['true'], {})",
    "start a thread": "[threading.Thread(target=int).start()]",
    "read a secret": "open(secret).read()",
    "list a folder": "os.listdir(folder)",
    "read the supervisor's environment": "open(f'/proc/{os.getppid()}/environ').read()",
    "read the supervisor's memory": "open(f'/proc/{os.getppid()}/mem', 'rb')",
    "read accounts": "open('/etc/passwd').read()",
    "find a key in the environment": "os.environ.get('TRUST_TEST_KEY')",
    "write outside": "open(os.path.join(folder, 'new'), 'w')",
    "write to a library": "open(os.__file__, 'r+')",
    "write by creat": "called(libc.creat(os.path.join(folder, 'new').encode(), 0o600))",
    "append to a file": "open(secret, 'a')",
    "cut a file": "os.truncate(secret, 0) is None",
    "delete a file": "os.remove(other) is None",
    "rename a file": "os.rename(other, other + 'x') is None",
    "make a folder": "os.mkdir(os.path.join(folder, 'made')) is None",
    "link to a file": "os.link(secret, os.path.join(folder, 'link')) is None",
    "link to a folder": "os.symlink('/', os.path.join(folder, 'root')) is None",
    "change rights": "os.chmod(secret, 0o777) is None",
    "change times": "os.utime(secret, (0, 0)) is None",
    "change attributes": "os.setxattr(secret, 'user.x', b'1') is None",
    "make a pipe with a name": "os.mkfifo(os.path.join(folder, 'pipe')) is None",
    "fill the log": "called(libc.ftruncate(2, 2**31))",
    "signal the supervisor": "os.kill(os.getppid(), 0) is None",
    "signal everybody": "os.kill(-1, 0) is None",
    "trace the supervisor": "called(libc.ptrace(16, os.getppid(), 0, 0))",
    "open the supervisor": "os.pidfd_open(os.getppid())",
    "lift the limit of memory": "resource.setrlimit(resource.RLIMIT_DATA, (-1, -1)) is None",
    "lift it another way": "resource.prlimit(0, resource.RLIMIT_DATA, (-1, -1))",
    "take memory": "bytes(2**30)",
    "take memory that is shared": "mmap.mmap(-1, 2**30)",
    "take memory as a file": "os.memfd_create('x')",
    "take memory by its key": "called(libc.shmget(0, 2**20, 0o600))",
    "make a namespace": "called(libc.unshare(0x10000000))",
    "change the root": "os.chroot('/') is None",
    "mount": "called(libc.mount(b'none', folder.encode(), b'tmpfs', 0, None))",
    "load a filter into the kernel": "called(libc.syscall(ctypes.c_long(bpf), 5, b'\\0' * 128, 128))",
    "make an io_uring": "called(libc.syscall(ctypes.c_long(425), 8, b'\\0' * 120))",
    "call by numbers too new to be known": "libc.syscall(ctypes.c_long(600)) != -1 or ctypes.get_errno() != 38",
    "type into the terminal": "called(libc.ioctl(2, 0x5412, b'x')) or ctypes.get_errno() != 1",
}
HELD_BY_ALL_SYSTEMS = {"find a key in the environment"}


class Inside(GuardedProcess):
    """Evaluates an expression in the process."""

    def ask(self, code: str) -> str:
        self._running()
        self._connection.send_bytes(code.encode())
        return self._connection.recv_bytes().decode()


@pytest.fixture
def inside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def make(**more) -> Inside:
        (tmp_path / "code").mkdir()
        (tmp_path / "code" / "cell_worker.py").write_text(WORKER)
        for name in ("secret", "other"):
            (tmp_path / name).write_text("a secret")
        monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(tmp_path / "code"), *sys.path]))
        monkeypatch.setenv("TRUST_TEST_KEY", "a key")
        paths = {"secret": str(tmp_path / "secret"), "other": str(tmp_path / "other"), "folder": str(tmp_path)}
        setup = {"sealed": True, "port": 9, "bpf": 321 if os.uname().machine == "x86_64" else 280}
        return Inside("cell_worker", setup | paths | more)

    return make


def whole() -> bool:
    return landlock.version() > 0 and os.uname().machine in ("x86_64", "aarch64")


@pytest.mark.skipif(not whole(), reason="this system has no Landlock, or a processor without a list of calls")
def test_nothing_escapes(inside, soak, tmp_path):
    before = sorted(path.name for path in tmp_path.rglob("*"))
    with soak("escapes from the reading process", small=len(ESCAPES), full=len(ESCAPES)) as tally, inside() as process:
        for name, code in ESCAPES.items():
            answer = process.ask(code)
            tally.check(answer != "escaped", f"{name}: {answer}")
        # The process is as well as before, and can do what reading takes.
        assert process.ask("sum(range(10)) == 45 and bytes(2**20)") == "escaped"
    assert sorted({path.name for path in tmp_path.rglob("*")} - {"code"} | {"code"}) >= before
    assert (tmp_path / "secret").read_text() == (tmp_path / "other").read_text() == "a secret"


@pytest.mark.parametrize("name", ["open a socket", "run a program", "read a secret", "write outside", "start a thread"])
def test_the_escapes_are_possible_outside_of_the_cell(inside, name):
    """Else the test above would not say anything."""
    with inside(sealed=False) as process:
        assert process.ask(ESCAPES[name]) == "escaped"


@pytest.mark.parametrize(
    ("without", "told", "held"),
    [
        ("landlock", "Landlock", ("write outside", "open a socket", "run a program")),
        ("seccomp", "seccomp", ("write outside", "read a secret", "delete a file")),
    ],
)
@pytest.mark.skipif(not whole(), reason="this system lacks a part of the cell")
def test_each_part_holds_alone_and_the_log_says_which_is_missing(inside, tmp_path, caplog, without, told, held):
    process = inside()
    missing = "landlock.restrict = lambda paths: False" if without == "landlock" else "seccomp.install = lambda: False"
    code = tmp_path / "code" / "cell_worker.py"
    code.write_text(f"from speech2face.base import {without}\n{missing}\n{WORKER}")
    for _ in range(2):
        with process:
            assert [process.ask(ESCAPES[name]) for name in held] == ["PermissionError"] * len(held)
    assert [record.getMessage() for record in caplog.records if f"lacks {told} (" in record.getMessage()]
    assert len(caplog.records) == 1


def test_other_systems_go_without(monkeypatch):
    monkeypatch.setattr(sys, "platform", "darwin")
    assert not seccomp.forbid_new_privileges()
    assert not seccomp.install()
    assert landlock.version() == 0
    assert not landlock.restrict(["/"])
    assert "seccomp" not in json.dumps(cell.__doc__)
