/* Stands for a release of glued: hands its arguments to the real program REAL, and misbehaves as BEHAVIOUR says. */
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { GOOD, CRASHES, HANGS, FORGETS, CRASHES_WHEN_INSTALLED, CRASHES_AT_WORK, HANGS_AT_WORK, FORGETS_AT_WORK, FAILS_AT_WORK, CRASHES_AS_SERVICE, HANGS_AS_SERVICE };

static int has(int argc, char **argv, const char *word) {
  for (int i = 1; i < argc; i++)
    if (strcmp(argv[i], word) == 0) return 1;
  return 0;
}

static void crash(void) {
  fprintf(stderr, "fixture: crashing now\n");
  fflush(stderr);
  abort();
}

static void forget(int argc, char **argv) {
  static char elsewhere[PATH_MAX];
  for (int i = 1; i + 1 < argc; i++)
    if (strcmp(argv[i], "--state") == 0) {
      snprintf(elsewhere, sizeof elsewhere, "%s-forgotten-%d", argv[i + 1], (int)getpid());
      argv[i + 1] = elsewhere;
    }
}

int main(int argc, char **argv) {
  /* a kept version lies below .glued-ID; the installed one does not */
  int installed = strstr(argv[0], "/.glued-") == NULL;
  int runs = argc > 1 && (strcmp(argv[1], "run") == 0 || strcmp(argv[1], "daemon") == 0);
  int works = installed && runs && !has(argc, argv, "--dry-run");
  /* INVOCATION_ID is set by systemd alone (systemd.exec(5)) */
  int service = works && strcmp(argv[1], "daemon") == 0 && getenv("INVOCATION_ID") != NULL;
  switch (BEHAVIOUR) {
    case CRASHES:
      if (runs) crash();
      break;
    case HANGS:
      if (runs)
        for (;;) pause();
      break;
    case FORGETS:
      forget(argc, argv);
      break;
    case CRASHES_WHEN_INSTALLED:
      if (installed) crash();
      break;
    case CRASHES_AT_WORK:
      if (works) crash();
      break;
    case HANGS_AT_WORK:
      if (works)
        for (;;) pause();
      break;
    case FORGETS_AT_WORK:
      if (works) forget(argc, argv);
      break;
    case FAILS_AT_WORK:
      if (works) {
        fprintf(stderr, "fixture: no document today\n");
        return 1;
      }
      break;
    case CRASHES_AS_SERVICE:
      if (service) crash();
      break;
    case HANGS_AS_SERVICE:
      if (service)
        for (;;) pause();
      break;
  }
  execv(REAL, argv);
  perror(REAL);
  return 127;
}
