/* Preloaded: kills the process at the KILL_AT-th call of rename, fsync or fdatasync, before the call is made, or logs each one
   to the file KILL_LOG. One counter for the whole process, whatever the thread. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static atomic_int calls;

static void count(const char *call, const char *path) {
  int n = atomic_fetch_add(&calls, 1) + 1;
  const char *log = getenv("KILL_LOG");
  const char *at = getenv("KILL_AT");
  if (log) {
    int fd = open(log, O_WRONLY | O_CREAT | O_APPEND, 0600);
    if (fd >= 0) {
      dprintf(fd, "%d %s %s\n", n, call, path ? path : "");
      close(fd);
    }
  }
  if (at && n == atoi(at)) kill(getpid(), SIGKILL);
}

int rename(const char *from, const char *to) {
  static int (*real)(const char *, const char *);
  if (!real) real = (int (*)(const char *, const char *))dlsym(RTLD_NEXT, "rename");
  count("rename", to);
  return real(from, to);
}

int fsync(int fd) {
  static int (*real)(int);
  if (!real) real = (int (*)(int))dlsym(RTLD_NEXT, "fsync");
  count("fsync", 0);
  return real(fd);
}

int fdatasync(int fd) {
  static int (*real)(int);
  if (!real) real = (int (*)(int))dlsym(RTLD_NEXT, "fdatasync");
  count("fdatasync", 0);
  return real(fd);
}
