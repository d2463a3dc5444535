#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Mounts a FUSE filesystem with a file, x, and a folder, d, that stops to answer at SIGUSR1: who asks then can
be killed; at SIGUSR2 it takes questions and does not answer: who asks cannot.

usage: hung.py DIR    prints a line when it is mounted; ends at SIGTERM
"""

import ctypes
import os
import signal
import stat
import struct
import sys

LOOKUP, FORGET, GETATTR, INIT, BATCH_FORGET = 1, 2, 3, 26, 42
NODES = {b"x\0": 2, b"d\0": 3}
silent = mute = False


def stop(number, _):
    global silent, mute
    silent = number == signal.SIGUSR1
    mute = not silent


def attributes(node):
    mode = stat.S_IFREG | 0o644 if node == 2 else stat.S_IFDIR | 0o755
    return struct.pack("<6Q10I", node, 0, 0, 0, 0, 0, 0, 0, 0, mode, 1, 0, 0, 0, 4096, 0)


def answer(opcode, node, data):
    """The body of an answer, or an errno value; nothing is valid for any time."""
    if opcode == INIT:
        return struct.pack("<4I2H2I2H8I", 7, 31, 0, 0, 0, 0, 4096, 1, 0, 0, *[0] * 8)
    if opcode == GETATTR:
        return struct.pack("<Q2I", 0, 0, 0) + attributes(node)
    if opcode == LOOKUP and data in NODES:
        return struct.pack("<4Q2I", NODES[data], 0, 0, 0, 0, 0) + attributes(NODES[data])
    return 2 if opcode == LOOKUP else 38


def main():
    fd = os.open("/dev/fuse", os.O_RDWR)
    options = "fd=%d,rootmode=40000,user_id=0,group_id=0" % fd
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.mount(b"hung", sys.argv[1].encode(), b"fuse", 0, options.encode()) != 0:
        sys.exit("cannot mount: " + os.strerror(ctypes.get_errno()))
    signal.signal(signal.SIGUSR1, stop)
    signal.signal(signal.SIGUSR2, stop)
    print("mounted", flush=True)
    while True:
        if silent:
            signal.pause()
        request = os.read(fd, 1 << 17)
        _, opcode, unique, node = struct.unpack_from("<2I2Q", request)
        if mute or opcode in (FORGET, BATCH_FORGET):
            continue
        body = answer(opcode, node, request[40:])
        error = -body if isinstance(body, int) else 0
        body = b"" if error else body
        os.write(fd, struct.pack("<IiQ", 16 + len(body), error, unique) + body)


main()
