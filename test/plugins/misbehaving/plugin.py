#!/usr/bin/env python3
"""A plug-in that puts content in place itself, well; with MODE set, it misbehaves in one way. host-kit.test.ts sets it in a copy."""
import json
import os
import shutil
import signal
import subprocess
import sys
import time

MODE = "good"


def put(text):
    sys.stdout.write(text)
    sys.stdout.flush()


def files(folder):
    return {os.path.relpath(os.path.join(top, name), folder) for top, _, names in os.walk(folder) for name in names}


def place(folder, path):
    """The files of a folder, each by a rename; what is there and not in it goes. Names that begin with a dot are glued's."""
    wanted = files(folder) if folder else set()
    for name in sorted(wanted):
        at = os.path.join(path, name)
        os.makedirs(os.path.dirname(at), exist_ok=True)
        shutil.copyfile(os.path.join(folder, name), at + ".new")
        os.rename(at + ".new", at)
    for name in files(path):
        if not name.startswith(".glued") and name not in wanted:
            os.remove(os.path.join(path, name))


def whole(path, component):
    there = {name for name in files(path) if not name.startswith(".glued")}
    if component["installed"] is None:
        return "absent" if not there else "foreign"
    folder = os.path.join(path, ".glued-" + component["id"], str(component["installed"]["sequence"]), "content")
    same = there == files(folder) and all(open(os.path.join(path, n), "rb").read() == open(os.path.join(folder, n), "rb").read() for n in there)
    return "whole" if same else "damaged"


def error(code, message):
    return {"error": {"code": code, "message": message}}


def hello():
    said = {"protocol": 1, "id": "own", "version": "1.0", "contentTypes": ["av"], "settings": [], "swap": "own",
            "methods": ["inventory", "license", "check", "test", "swap", "confirm", "restore", "finish", "alive"],
            "samples": {"good": [{"path": "a/good.txt", "text": "good"}], "bad": [{"path": "bad.txt", "text": "bad"}]}}
    if MODE == "old protocol":
        said["protocol"] = 0
    if MODE == "hello without settings":
        del said["settings"]
    if MODE == "a built-in id":
        said["id"] = "files"
    if MODE == "another hello each time":
        said["version"] = str(time.monotonic_ns())
    if MODE == "no restore":
        said["methods"].remove("restore")
    if MODE == "reads the environment":
        said["version"] = os.environ.get("LANG", "none")
    return said


def test(job):
    folder, path = job["next"]["folder"], job["component"]["installPath"]
    bad = "bad.txt" in files(folder)
    if MODE == "debugging on stdout":
        put("testing " + folder + "\n")
    if MODE == "noise on stderr":
        sys.stderr.write("noise\n" * 50000)
    if MODE == "changes the content":
        open(os.path.join(folder, "a/good.txt"), "a").write("x")
    if MODE == "installs in test":
        place(folder, path)
    if MODE == "dies of content":
        os.kill(os.getpid(), signal.SIGSEGV)
    if MODE == "hangs in test":
        time.sleep(600)
    if MODE == "refuses good content":
        return error(11, "I like nothing")
    if bad and MODE == "the wrong code":
        return error(12, "bad")
    return error(11, "it is bad") if bad and MODE != "accepts bad content" else {"result": {}}


def alive():
    if MODE == "hangs in alive":
        time.sleep(600)
    while MODE == "a flood in alive":
        put(json.dumps({"jsonrpc": "2.0", "method": "progress"}) + "\n")
    if MODE == "a life of its own":
        return {"result": {"kind": "undead"}}
    if MODE == "dies when asked of life":
        os.kill(os.getpid(), signal.SIGKILL)
    if MODE == "refuses to tell":
        return error(12, "I would rather not")
    return {"result": {"kind": "up", "identity": str(time.monotonic_ns() if MODE == "another engine each time" else os.getpid())}}


def call(method, params):
    component = params.get("component", {})
    path = component.get("installPath", "")
    if method == "hello":
        return {"result": hello()}
    if method == "inventory":
        return {"result": {"state": whole(path, component), "loaded": 5 if MODE == "a number for a text" else None, "engineVersion": None}}
    if method in ("license", "check", "finish"):
        return error(5, "not licensed") if method == "license" and MODE == "never licensed" else {"result": {}}
    if method == "test":
        return test(params)
    if method == "swap":
        done = os.path.join(path, ".glued-swapped")
        if MODE == "swaps once":
            if os.path.exists(done):
                return error(12, "swapped already")
            open(done, "w").close()
        if MODE == "half a swap":
            return {"result": {}}
        if MODE == "believes its mark":
            open(done, "w").close()
            time.sleep(0.02)
        place(params["next"]["folder"], path)
        return {"result": {}}
    if method == "confirm":
        return {"result": {"loaded": None}}
    if method == "alive":
        return alive()
    if method == "restore":
        mark = os.path.join(path, ".glued-swapped")
        if MODE == "believes its mark" and not files(path) & {"a/second-good.txt"}:
            shutil.rmtree(os.path.join(path, "a"), ignore_errors=True) if os.path.exists(mark) else None
            return {"result": {}}
        previous = params["previous"]
        if MODE != "restores nothing":
            place(previous["folder"] if previous and MODE != "forgets the release before" else None, path)
        return {"result": {}}
    return {"result": {}} if MODE == "has every method" else error(-32601, "no such method")


if MODE == "a banner":
    put("own plug-in 1.0 ready\n")
if MODE == "ends at once":
    sys.exit(3)
if MODE == "ignores the end":
    signal.signal(signal.SIGTERM, signal.SIG_IGN)

for line in iter(sys.stdin.buffer.readline, b""):
    try:
        message = json.loads(line)
        method, number = message["method"], message.get("id")
    except (ValueError, KeyError):
        if MODE == "dies of bad JSON":
            raise
        put(json.dumps({"jsonrpc": "2.0", "id": None, **error(-32700, "not JSON")}) + "\n")
        continue
    if method == "bye" and MODE != "ignores bye":
        break
    if number is None:
        if MODE == "answers what is no request":
            put(json.dumps({"jsonrpc": "2.0", "id": None, **error(-32600, "what?")}) + "\n")
        continue
    if MODE == "never answers":
        continue
    if MODE == "a flood":
        while True:
            put(json.dumps({"jsonrpc": "2.0", "method": "progress", "params": {"text": "x" * 1000}}) + "\n")
    if MODE == "an endless line":
        while True:
            put("x" * 65536)
    if MODE == "bad UTF-8":
        sys.stdout.buffer.write(b'{"jsonrpc":"2.0","id":1,"result":{"id":"\xff\xfe"}}\n')
        sys.stdout.buffer.flush()
    if MODE == "eats memory":
        hoard = ["x" * 1_000_000 + str(i) for i in range(3000)]
        time.sleep(600)
    try:
        answer = call(method, message.get("params", {}))
    except (KeyError, TypeError, AttributeError) as why:
        answer = {"result": {}} if MODE == "accepts anything" else error(-32602, f"params without {why}")
    text = json.dumps({"jsonrpc": "2.0", "id": number + 1 if MODE == "the wrong id" else number, **answer}) + "\n"
    put(text * 2 if MODE == "answers twice" else text)
    if MODE == "ends after each answer":
        sys.exit(0)

if MODE == "leaves somebody behind":
    subprocess.Popen(["sleep", "60"])
while MODE == "ignores the end":
    time.sleep(1)
