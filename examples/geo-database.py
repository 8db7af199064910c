#!/usr/bin/env python3
"""A glued plug-in in Python: keeps a database of places by address, in MaxMind's DB format (GeoLite2 and its like).

Protocol: docs/plugin-protocol.md. glued unpacks, verifies, swaps and restores (swap: "files"); this program judges a new database.

Settings: DatabaseType   what the database must call itself, GeoLite2-Country for example
          MaxAgeDays     how old its own build date may be
"""
import base64
import json
import os
import struct
import sys

MARK = b"\xab\xcd\xefMaxMind.com"
TAIL_BYTES = 128 * 1024
SETTINGS = {"DatabaseType": "what the database must call itself", "MaxAgeDays": "how old its own build date may be, in days"}


class Refused(Exception):
    """An exit code of glued, and a sentence."""


def field(data, at):
    """One value of the data section (MaxMind DB 2.0), and where the next begins. Metadata has no pointers."""
    kind, size, at = data[at] >> 5, data[at] & 31, at + 1
    if kind == 0:
        kind, at = data[at] + 7, at + 1
    if size >= 29 and kind != 14:
        more = size - 28
        size = int.from_bytes(data[at:at + more], "big") + (29, 285, 65821)[more - 1]
        at += more
    if kind == 7:
        out = {}
        for _ in range(size):
            key, at = field(data, at)
            out[key], at = field(data, at)
        return out, at
    if kind == 11:
        for _ in range(size):
            _, at = field(data, at)
        return "a list", at
    raw = data[at:at + size]
    if len(raw) < size or kind not in (2, 5, 6, 9, 10):
        raise ValueError(f"a field of kind {kind} where none may be")
    return (raw.decode() if kind == 2 else int.from_bytes(raw, "big")), at + size


def judge(job):
    folder, settings = job["next"]["folder"], job["component"]["settings"]
    found = [os.path.join(top, name) for top, _, names in os.walk(folder) for name in names]
    if len(found) != 1 or not found[0].endswith(".mmdb"):
        raise Refused(11, f"one .mmdb file is wanted, and {len(found)} files are there: {', '.join(sorted(found))[:200]}")
    size = os.path.getsize(found[0])
    with open(found[0], "rb") as file:
        file.seek(max(0, size - TAIL_BYTES))
        tail = file.read()
    at = tail.rfind(MARK)
    if at < 0:
        raise Refused(11, "it is no MaxMind database: the mark before the metadata is missing")
    try:
        meta, _ = field(tail, at + len(MARK))
        nodes, bits, kind, built = meta["node_count"], meta["record_size"], meta["database_type"], meta["build_epoch"]
        if meta["binary_format_major_version"] != 2 or bits not in (24, 28, 32) or nodes < 1:
            raise ValueError("its format version, record size or node count is not known")
    except (ValueError, KeyError, IndexError, TypeError, RecursionError) as error:
        raise Refused(11, f"its metadata cannot be read: {error}") from error
    tree = nodes * bits // 4
    if tree + 16 > size - len(tail) + at:
        raise Refused(11, f"it is cut short: {nodes} nodes need {tree} bytes, and {size} are there")
    wanted = settings.get("DatabaseType")
    if wanted and kind != wanted:
        raise Refused(11, f"it is a {kind}, and {wanted} is wanted")
    days = (job["now"] / 1000 - built) / 86400
    if settings.get("MaxAgeDays", "").isdigit() and days > int(settings["MaxAgeDays"]):
        raise Refused(11, f"it was built {int(days)} days ago, more than the {settings['MaxAgeDays']} that are allowed")
    return {}


def sample(nodes):
    """A database that is as small as one can be, for glued plugin check."""
    def texts(text):
        return bytes([0x40 | len(text)]) + text.encode()
    keys = {"node_count": b"\xc1" + bytes([nodes]), "record_size": b"\xa1\x18", "ip_version": b"\xa1\x04", "database_type": texts("Test"),
            "binary_format_major_version": b"\xa1\x02", "binary_format_minor_version": b"\xa0", "build_epoch": b"\x04\x02" + struct.pack(">I", 1700000000)}
    meta = bytes([0xe0 | len(keys)]) + b"".join(bytes([0x40 | len(k)]) + k.encode() + v for k, v in keys.items())
    return base64.b64encode(bytes(6) + bytes(16) + MARK + meta).decode()


def hello(_):
    return {"protocol": 1, "id": "geo", "version": "1.0", "contentTypes": ["av", "ips", "product"], "swap": "files", "methods": ["test"],
            "settings": [{"key": key, "meaning": meaning} for key, meaning in SETTINGS.items()],
            "samples": {"good": [{"path": "test.mmdb", "base64": sample(1)}], "bad": [{"path": "test.mmdb", "base64": sample(99)}]}}


METHODS = {"hello": hello, "test": judge}

for line in sys.stdin.buffer:
    try:
        message = json.loads(line)
        method, number = message["method"], message.get("id")
    except (ValueError, KeyError, TypeError, AttributeError):
        print(json.dumps({"jsonrpc": "2.0", "id": None, "error": {"code": -32700, "message": "not a message that I understand"}}), flush=True)
        continue
    if method == "bye":
        break
    if number is None:
        continue
    answer = {"jsonrpc": "2.0", "id": number}
    try:
        answer["result"] = METHODS[method](message.get("params"))
    except Refused as refused:
        answer["error"] = dict(zip(("code", "message"), refused.args))
    except (KeyError, TypeError) as error:
        known = method in METHODS
        answer["error"] = {"code": -32602 if known else -32601, "message": f"params without {error}" if known else "I have no such method"}
    except OSError as error:
        answer["error"] = {"code": 2, "message": f"the content cannot be read: {error}"}
    print(json.dumps(answer), flush=True)
