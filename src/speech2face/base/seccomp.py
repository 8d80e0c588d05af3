"""A filter of system calls (seccomp, Linux) for a process that has all it needs: no sockets, programs or writing.

Calls on the list fail with EPERM; so do calls newer than the list. Everything else, above all what the C library and
decoders do with memory and open files, stays as it is.
"""

import ctypes
import errno
import os
import platform
import struct
import sys
from collections.abc import Iterator
from dataclasses import dataclass

# Calls that no decoder makes, with their numbers on x86-64 and aarch64; None where a system has no such call.
_REFUSED: dict[str, tuple[int | None, int | None]] = {
    # The network and other processes' sockets.
    "socket": (41, 198),
    "connect": (42, 203),
    "accept": (43, 202),
    "bind": (49, 200),
    "listen": (50, 201),
    "socketpair": (53, 199),
    "accept4": (288, 242),
    # Programs and processes.
    "clone": (56, 220),
    "fork": (57, None),
    "vfork": (58, None),
    "execve": (59, 221),
    "execveat": (322, 281),
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "kcmp": (312, 272),
    "tkill": (200, 130),
    "rt_sigqueueinfo": (129, 138),
    "rt_tgsigqueueinfo": (297, 240),
    "pidfd_send_signal": (424, 424),
    "pidfd_open": (434, 434),
    "pidfd_getfd": (438, 438),
    "process_madvise": (440, 440),
    "setrlimit": (160, 164),
    "prlimit64": (302, 261),
    # Memory that the limit of memory does not count.
    "memfd_create": (319, 279),
    "memfd_secret": (447, 447),
    "shmget": (29, 194),
    "shmat": (30, 196),
    "semget": (64, 190),
    "msgget": (68, 186),
    "mq_open": (240, 180),
    # Changes of files, of which Landlock leaves some alone.
    "truncate": (76, 45),
    "ftruncate": (77, 46),
    "fallocate": (285, 47),
    "creat": (85, None),
    "rename": (82, None),
    "renameat": (264, 38),
    "renameat2": (316, 276),
    "mkdir": (83, None),
    "mkdirat": (258, 34),
    "rmdir": (84, None),
    "unlink": (87, None),
    "unlinkat": (263, 35),
    "link": (86, None),
    "linkat": (265, 37),
    "symlink": (88, None),
    "symlinkat": (266, 36),
    "mknod": (133, None),
    "mknodat": (259, 33),
    "chmod": (90, None),
    "fchmod": (91, 52),
    "fchmodat": (268, 53),
    "fchmodat2": (452, 452),
    "chown": (92, None),
    "fchown": (93, 55),
    "lchown": (94, None),
    "fchownat": (260, 54),
    "utime": (132, None),
    "utimes": (235, None),
    "futimesat": (261, None),
    "utimensat": (280, 88),
    "setxattr": (188, 5),
    "lsetxattr": (189, 6),
    "fsetxattr": (190, 7),
    "removexattr": (197, 14),
    "lremovexattr": (198, 15),
    "fremovexattr": (199, 16),
    # The machine, and parts of the kernel that are often attacked.
    "mount": (165, 40),
    "umount2": (166, 39),
    "pivot_root": (155, 41),
    "chroot": (161, 51),
    "unshare": (272, 97),
    "setns": (308, 268),
    "open_tree": (428, 428),
    "move_mount": (429, 429),
    "fsopen": (430, 430),
    "fsconfig": (431, 431),
    "fsmount": (432, 432),
    "fspick": (433, 433),
    "mount_setattr": (442, 442),
    "name_to_handle_at": (303, 264),
    "open_by_handle_at": (304, 265),
    "swapon": (167, 224),
    "swapoff": (168, 225),
    "reboot": (169, 142),
    "sethostname": (170, 161),
    "setdomainname": (171, 162),
    "settimeofday": (164, 170),
    "clock_settime": (227, 112),
    "clock_adjtime": (305, 266),
    "adjtimex": (159, 171),
    "acct": (163, 89),
    "quotactl": (179, 60),
    "init_module": (175, 105),
    "finit_module": (313, 273),
    "delete_module": (176, 106),
    "kexec_load": (246, 104),
    "kexec_file_load": (320, 294),
    "ioperm": (173, None),
    "iopl": (172, None),
    "modify_ldt": (154, None),
    "personality": (135, 92),
    "bpf": (321, 280),
    "perf_event_open": (298, 241),
    "userfaultfd": (323, 282),
    "fanotify_init": (300, 262),
    "add_key": (248, 217),
    "request_key": (249, 218),
    "keyctl": (250, 219),
    "io_uring_setup": (425, 425),
    "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427),
}
_CLONE3, _OPENAT2, _NEWEST = 435, 437, 462
"""The same on all architectures. The C library does without the first two where they are said to be unknown."""
_KILL, _TGKILL = (62, 129), (234, 131)
_OPEN, _OPENAT, _MMAP, _IOCTL = (2, None), (257, 56), (9, 222), (16, 29)
_ARCHITECTURES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}
_OTHER_ABI = 0x40000000
"""From here on are the numbers of x32, a second set of calls on x86-64."""

_LOAD, _AND, _RETURN = 0x20, 0x54, 0x06
_IF_EQUAL, _IF_GREATER, _IF_AT_LEAST = 0x15, 0x25, 0x35
_ALLOW, _KILL_PROCESS, _ERROR = 0x7FFF0000, 0x80000000, 0x00050000
_NUMBER, _ARCHITECTURE, _ARGUMENTS = 0, 4, 16
"""Offsets in `struct seccomp_data`; an argument has eight bytes, of which both machines store the low four first."""
_PR_SET_NO_NEW_PRIVS, _PR_SET_SECCOMP, _MODE_FILTER = 38, 22, 2
_TIOCSTI, _TIOCLINUX = 0x5412, 0x541C
_MAP_SHARED, _MAP_ANONYMOUS = 0x01, 0x20


def forbid_new_privileges() -> bool:
    """No program started from here on gets more rights than this process; whether the kernel knows that."""
    if sys.platform != "linux":
        return False
    return ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0


def install() -> bool:
    """Filter the calls of this thread and of those that it starts; whether the machine can do it."""
    known = _ARCHITECTURES.get(platform.machine())
    if sys.platform != "linux" or known is None or sys.maxsize < 2**32 or not forbid_new_privileges():
        return False
    column, architecture = known
    lines = [struct.pack("HBBI", *line) for line in _program(column, architecture)]
    code = ctypes.create_string_buffer(b"".join(lines))
    program = ctypes.create_string_buffer(struct.pack("HP", len(lines), ctypes.addressof(code)))
    return ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_SECCOMP, _MODE_FILTER, program, 0, 0) == 0


@dataclass(frozen=True, kw_only=True)
class _Rule:
    """Refuse a call for an argument: `value & mask` is (or, with `unless`, is not) one of `values`."""

    call: int | None
    argument: int
    mask: int
    values: tuple[int, ...]
    unless: bool = False


def _rules(column: int) -> list[_Rule]:
    me, word = os.getpid(), 0xFFFFFFFF
    writing = os.O_ACCMODE | os.O_CREAT | os.O_TRUNC
    shared = _MAP_SHARED | _MAP_ANONYMOUS
    return [
        # Signals to itself end it, as they should.
        _Rule(call=_KILL[column], argument=0, mask=word, values=(me,), unless=True),
        _Rule(call=_TGKILL[column], argument=0, mask=word, values=(me,), unless=True),
        _Rule(call=_OPEN[column], argument=1, mask=writing, values=(0,), unless=True),
        _Rule(call=_OPENAT[column], argument=2, mask=writing, values=(0,), unless=True),
        # Shared memory without a file, which the limit of memory does not count.
        _Rule(call=_MMAP[column], argument=3, mask=shared, values=(shared,)),
        # Keys typed into the terminal of whoever started this.
        _Rule(call=_IOCTL[column], argument=1, mask=word, values=(_TIOCSTI, _TIOCLINUX)),
    ]


def _program(column: int, architecture: int) -> Iterator[tuple[int, int, int, int]]:
    """The filter as instructions of the kernel's packet filter: code, jump if true, jump if false, operand."""
    refuse = (_RETURN, 0, 0, _ERROR | errno.EPERM)
    unknown = (_RETURN, 0, 0, _ERROR | errno.ENOSYS)
    yield (_LOAD, 0, 0, _ARCHITECTURE)
    yield (_IF_EQUAL, 1, 0, architecture)
    yield (_RETURN, 0, 0, _KILL_PROCESS)
    yield (_LOAD, 0, 0, _NUMBER)
    yield (_IF_AT_LEAST, 0, 1, _OTHER_ABI)
    yield (_RETURN, 0, 0, _KILL_PROCESS)
    yield (_IF_GREATER, 0, 1, _NEWEST)
    yield unknown
    for number in (_CLONE3, _OPENAT2):
        yield (_IF_EQUAL, 0, 1, number)
        yield unknown
    for numbers in _REFUSED.values():
        if numbers[column] is not None:
            yield (_IF_EQUAL, 0, 1, numbers[column] or 0)
            yield refuse
    for rule in _rules(column):
        if rule.call is not None:
            count = len(rule.values)
            # Behind the tests lie two returns, of which the first is for values that are none of those.
            yield (_IF_EQUAL, 0, 4 + count, rule.call)
            yield (_LOAD, 0, 0, _ARGUMENTS + 8 * rule.argument)
            yield (_AND, 0, 0, rule.mask)
            for index, value in enumerate(rule.values):
                yield (_IF_EQUAL, count - index, 0, value)
            yield refuse if rule.unless else (_RETURN, 0, 0, _ALLOW)
            yield (_RETURN, 0, 0, _ALLOW) if rule.unless else refuse
    yield (_RETURN, 0, 0, _ALLOW)
