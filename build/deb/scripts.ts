import { dirname } from 'node:path';
import { ENABLED_UNITS, PACKAGED, previousOf, RUNNING_UNITS } from '../../src/service/index.ts';

const units = ENABLED_UNITS.join(' ');
const started = ENABLED_UNITS.filter((name) => !name.endsWith('.service')).join(' ');

const { program, agent } = PACKAGED;
const home = dirname(agent);
/** Made when the package was the newer one: an agent that is installed later has a later time. */
const SUPERSEDED = `${home}/.package-is-newer`;

/** /usr/bin/glued. */
export const LAUNCHER = `#!/bin/sh
# Starts the newer one: the agent that keeps itself up to date, where there is one, or the package's own.
if [ -x ${agent} ] && ! [ ${agent} -ot ${SUPERSEDED} ]; then
  exec ${agent} "$@"
fi
exec ${program} "$@"
`;

/** What dpkg runs, as debhelper would write it: units by deb-systemd-helper, which respects what an administrator disabled or masked. */
export const SCRIPTS = {
  postinst: `#!/bin/sh
set -e
case "$1" in
  configure|abort-upgrade|abort-deconfigure|abort-remove)
    for unit in ${units}; do
      deb-systemd-helper unmask "$unit" >/dev/null || true
      if deb-systemd-helper --quiet was-enabled "$unit"; then
        deb-systemd-helper enable "$unit" >/dev/null || true
      else
        deb-systemd-helper update-state "$unit" >/dev/null || true
      fi
    done
    # which one ${PACKAGED.launcher} starts: an agent that does not say its version is older than any
    rm -f ${SUPERSEDED}
    if [ -x ${agent} ]; then
      ours=$(${program} --version | tr - '~')
      theirs=$(timeout 20 ${agent} --version 2>/dev/null | tr - '~') || true
      if dpkg --compare-versions "\${ours#glued }" gt "\${theirs#glued }"; then
        : > ${SUPERSEDED}
      fi
    fi
    if [ -d /run/systemd/system ]; then
      systemctl --system daemon-reload >/dev/null || true
      if [ -n "$2" ]; then
        # an upgrade: a daemon that runs ends, for systemd starts no socket beside it; the next request or tick starts the new one
        deb-systemd-invoke stop glued.service >/dev/null || true
        deb-systemd-invoke restart ${started} >/dev/null || true
      else
        deb-systemd-invoke start ${started} >/dev/null || true
      fi
    fi
    ;;
esac
`,
  prerm: `#!/bin/sh
set -e
if [ "$1" = remove ] && [ -d /run/systemd/system ]; then
  deb-systemd-invoke stop ${started} glued.service >/dev/null || true
fi
`,
  postrm: `#!/bin/sh
set -e
if [ "$1" = remove ] && [ -d /run/systemd/system ]; then
  systemctl --system daemon-reload >/dev/null || true
fi
if [ "$1" = remove ] && command -v deb-systemd-helper >/dev/null; then
  deb-systemd-helper mask ${units} >/dev/null || true
fi
if [ "$1" = purge ]; then
  if command -v deb-systemd-helper >/dev/null; then
    deb-systemd-helper purge ${units} >/dev/null || true
    deb-systemd-helper unmask ${units} >/dev/null || true
  fi
  # state, registry, cache and log; glued itself; what glued service install added; content stays where it is installed, and so does the policy
  rm -rf /var/lib/glued /var/log/glued /run/glued ${agent} ${dirname(previousOf(agent))} ${SUPERSEDED}
  rmdir ${home} 2>/dev/null || true
  rm -f /var/lib/systemd/timers/stamp-glued.timer
  for unit in ${RUNNING_UNITS.join(' ')}; do
    rm -f "/etc/systemd/system/$unit.d/50-glued.conf"
    rmdir "/etc/systemd/system/$unit.d" 2>/dev/null || true
  done
fi
`,
} as const satisfies Readonly<Record<string, string>>;
