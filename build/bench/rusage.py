"""rusage.py OUT ARGV...: runs ARGV and writes {wall_ms, cpu_ms, rss_mb, exit} to OUT: what the kernel counted for that one process and
its children (wait4), from start to reaped exit."""
import json, os, sys, time

out, argv = sys.argv[1], sys.argv[2:]
start = time.monotonic()
pid = os.posix_spawnp(argv[0], argv, os.environ)
_, status, used = os.wait4(pid, 0)
wall = time.monotonic() - start
with open(out, "w") as f:
    json.dump({
        "wall_ms": wall * 1e3,
        "cpu_ms": (used.ru_utime + used.ru_stime) * 1e3,
        "rss_mb": used.ru_maxrss / 1024,
        "exit": os.waitstatus_to_exitcode(status),
    }, f)
