"""Runs a program on a terminal of its own, and types.

usage: at-terminal.py PATTERN=KEYS... -- PROGRAM ARGUMENT...
Each time PATTERN newly appears on the screen its KEYS are typed, once each, in order. KEYS may hold \\n and \\x03. What the program
showed goes to stdout; the exit code is the program's.
"""
import os
import pty
import sys

end = sys.argv.index("--")
script = [pair.split("=", 1) for pair in sys.argv[1:end]]
pid, terminal = pty.fork()
if pid == 0:
    os.execvp(sys.argv[end + 1], sys.argv[end + 1 :])
seen = ""
while True:
    try:
        said = os.read(terminal, 65536)
    except OSError:  # EIO: the other side is closed
        break
    if not said:
        break
    sys.stdout.buffer.write(said)
    sys.stdout.buffer.flush()
    seen += said.decode(errors="replace")
    while script and script[0][0] in seen:
        pattern, keys = script.pop(0)
        seen = seen[seen.index(pattern) + len(pattern) :]
        os.write(terminal, keys.encode().decode("unicode_escape").encode())
_, status = os.waitpid(pid, 0)
sys.exit(os.waitstatus_to_exitcode(status) & 0xFF)
