"""A service manager that keeps a socket: starts a program for the first request, and again as soon as it has ended while another one waits.

usage: keeps-socket.py SOCKET PROGRAM ARGUMENT... The program gets the socket as systemd hands it over (sd_listen_fds(3)). SIGTERM is handed on,
and ends both, with the program's own status; so does a program that fails. What it tells by sd_notify(3) is in the file SOCKET.notified.
"""
import os
import select
import signal
import socket
import sys
import threading

path, argv = sys.argv[1], sys.argv[2:]
os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
listening = socket.socket(socket.AF_UNIX)
listening.bind(path)
listening.listen(16)
notified = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
notified.bind(path + ".notify")
os.environ["NOTIFY_SOCKET"] = path + ".notify"
child = 0
ending = False


def end(number, _):
    global ending
    ending = True
    if child:
        os.kill(child, number)
    else:
        sys.exit(0)


def hear():
    while True:
        with open(path + ".notified", "ab", buffering=0) as file:
            # descriptors that come along are closed: that is what systemd-notify waits for
            file.write(notified.recv(4096) + b"\n")


def become():
    os.dup2(listening.fileno(), 3)
    # where it is 3 already, nothing was duplicated
    os.set_inheritable(3, True)
    os.environ.update(LISTEN_FDS="1", LISTEN_PID=str(os.getpid()))
    os.execv(argv[0], argv)


threading.Thread(target=hear, daemon=True).start()
signal.signal(signal.SIGTERM, end)
status = 0
while not ending:
    select.select([listening], [], [])
    child = os.fork()
    if child == 0:
        become()
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    child = 0
    # like a service that fails: it is not started for ever
    ending = ending or status != 0
sys.exit(status)
