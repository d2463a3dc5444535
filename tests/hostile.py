#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What tests/hostile.bats cannot say in shell: bytes, and what becomes of them in each output.

usage: hostile.py deep LENGTH          prints a path of so many bytes with every allowed byte in it
       hostile.py names                prints names, each ended by NUL: each allowed byte in a few places
       hostile.py json FILE KEY PATH   FILE is JSON, and the strings at KEY in it are the name of PATH
       hostile.py raw FILE COLUMN PATH ROWS    FILE has so many rows; that column of the first is PATH
       hostile.py text FILE ROWS       FILE is so many lines of safe characters
       hostile.py in FILE HIERARCHY PATH       FILE is a /proc/PID/cgroup, and says PATH

PATH is the name of a file that holds the path and nothing else.
"""

import json
import re
import sys

ALLOWED = bytes(byte for byte in range(1, 256) if byte not in b"/\n")
LONGEST_NAME = 255


def read(name):
    with open(name, "rb") as file:
        return file.read()


def deep(length):
    """Names of 255 bytes, one after the other until the path is as long as it should be."""
    path = b""
    at = 0
    while len(path) < length:
        size = min(LONGEST_NAME, length - len(path) - 1)
        name = bytes(ALLOWED[(at + i) % len(ALLOWED)] for i in range(size))
        at += size
        path += b"/" + (name if name not in (b".", b"..", b"") else b"x" * max(size, 1))
    return path


def names():
    found = {}  # in order, each once
    for byte in ALLOWED:
        one = bytes([byte])
        found.update(dict.fromkeys((one, one + b"x", b"x" + one, b"x" + one + one + b"x")))
    return [name for name in found if name != b"."]


def escape_invalid(name):
    """Invalid UTF-8 as \\xHH; where there is some, what looks like an escape has its backslash escaped."""
    try:
        return name.decode()
    except UnicodeDecodeError:
        pass
    text, at = "", 0
    while at < len(name):
        if re.match(rb"\\x[0-9a-fA-F]{2}", name[at:]):
            text, at = text + "\\x5c", at + 1
            continue
        for size in (1, 2, 3, 4):
            try:
                text, at = text + name[at:at + size].decode(), at + size
                break
            except UnicodeDecodeError:
                continue
        else:
            text, at = text + f"\\x{name[at]:02x}", at + 1
    return text


def find(tree, key):
    if isinstance(tree, dict):
        for name, value in tree.items():
            if name == key:
                yield value
            yield from find(value, key)
    elif isinstance(tree, list):
        for value in tree:
            yield from find(value, key)


def check_json(file, key, path):
    found = [value for value in find(json.loads(read(file).decode()), key) if value is not None]
    expected = escape_invalid(read(path))
    return bool(found) and all(value == expected for value in found)


def unescape(cell):
    return re.sub(rb"\\x([0-9a-fA-F]{2})", lambda match: bytes([int(match.group(1), 16)]), cell)


def check_raw(file, column, path, rows):
    lines = read(file).split(b"\n")
    return lines.pop() == b"" and len(lines) == int(rows) and \
        all(0x20 <= byte < 0x7f for line in lines for byte in line) and \
        unescape(lines[0].split(b" ")[int(column)]) == read(path)


def check_text(file, rows):
    lines = read(file).decode().split("\n")
    return lines.pop() == "" and len(lines) == int(rows) and \
        all(ord(c) >= 0x20 and not 0x7f <= ord(c) < 0xa0 for line in lines for c in line)


def check_in(file, hierarchy, path):
    for line in read(file).split(b"\n"):
        if line.split(b":", 2)[1:2] == [b"" if hierarchy == "unified" else hierarchy.encode()]:
            return line.split(b":", 2)[2] == read(path)
    return False


def main():
    verb, arguments = sys.argv[1], sys.argv[2:]
    if verb == "deep":
        sys.stdout.buffer.write(deep(int(arguments[0])))
        return 0
    if verb == "names":
        sys.stdout.buffer.write(b"".join(name + b"\0" for name in names()))
        return 0
    checks = {"json": check_json, "raw": check_raw, "text": check_text, "in": check_in}
    return 0 if checks[verb](*arguments) else 1


if __name__ == "__main__":
    sys.exit(main())
