import { join } from 'node:path';
import { commandLine, POLICY_FOLDERS, type ServiceFacts, WAKE_MINUTES } from '../facts.ts';
import type { ServiceText } from '../seal.ts';
import { HARDENING } from './hardening.ts';
import { execLine, type Section, unitText, wholeLine, word } from './text.ts';

/** Where an administrator's units lie; ours are his, once installed. */
export const UNIT_FOLDER = '/etc/systemd/system';
/** Where a package's lie: the second is the first, on systems that merged them. */
export const PACKAGE_FOLDERS = ['/usr/lib/systemd/system', '/lib/systemd/system'] as const;

/** Engines that must not start before content that was never proven is undone: Debian's names, and Fedora's. */
const ENGINE_UNITS = ['clamav-daemon.service', 'clamd.service', 'suricata.service'] as const;
/** Content of the engines that glued knows, for which no registration is needed: absent ones do no harm. */
const ENGINE_FOLDERS = ['/var/lib/clamav', '/var/lib/suricata'] as const;

type Lines = Section['lines'];
/** What a daemon that fails again and again leaves to be done. */
const FAILED_UNIT = 'glued-failed.service';

type UnitRow = { readonly about: string; readonly sections: (facts: ServiceFacts) => readonly Section[] };

const documentation = ['Documentation', 'man:glued(1)'] as const;
/** systemd sees to the mount of its own state folder by itself */
const mounts = ({ state }: ServiceFacts): Lines => (state.place === 'usual' ? [] : [['RequiresMountsFor', word(state.dir)]]);
const install = (target: string): Section => ({ name: 'Install', lines: [['WantedBy', target]] });

/** The units, whole: what differs between machines stands in their drop-ins. */
const UNITS = {
  'glued.service': {
    about: 'The daemon of glued: brings security content up to date, under policy.',
    sections: (facts) => [
      {
        name: 'Unit',
        lines: [
          ['Description', 'glued: keeps security content current'],
          documentation,
          ['Wants', 'network-online.target'],
          ['After', 'network-online.target nss-lookup.target'],
          // starts on request count too, so there is room for them; and as many that hang until TimeoutStartSec fit in
          ['StartLimitIntervalSec', '600'],
          ['StartLimitBurst', '10'],
          ['OnFailure', FAILED_UNIT],
          ...mounts(facts),
        ],
      },
      {
        name: 'Service',
        lines: [
          // an agent that hangs has not started: it says by systemd-notify, a child, that it answers (src/daemon/ready.ts)
          ['Type', 'notify'],
          ['NotifyAccess', 'all'],
          ['TimeoutStartSec', '45'],
          ['TimeoutStartFailureMode', 'kill'],
          ['ExecStart', execLine(commandLine(facts, 'daemon'))],
          // the timer's start opens a socket again that failed
          ['Sockets', 'glued.socket'],
          ['Restart', 'on-failure'],
          ['ExecReload', '/bin/kill -HUP $MAINPID'],
          ['RestartSec', '5'],
          // it ends at the next safe point within 10 s; what it started is killed then
          ['KillMode', 'mixed'],
          ['TimeoutStopSec', '30'],
          ['Nice', '5'],
          ['IOSchedulingPriority', '7'],
          ...confinement(facts),
          ...(facts.state.place === 'usual' ? RUNTIME_FOLDER : []),
        ],
      },
      // no [Install]: socket and timer start it
    ],
  },
  'glued.socket': {
    about: 'The control socket of glued: a request starts the daemon.',
    sections: (facts) => [
      { name: 'Unit', lines: [['Description', 'glued: control socket'], documentation] },
      { name: 'Socket', lines: [['ListenStream', wholeLine(facts.socket)], ['SocketMode', '0600'], ['DirectoryMode', '0700']] },
      install('sockets.target'),
    ],
  },
  'glued.timer': {
    about: 'Wakes the daemon of glued; whether a run is due, its own schedule says. The delay is fixed for a machine, and differs between them.',
    sections: () => [
      { name: 'Unit', lines: [['Description', 'glued: wakes the daemon'], documentation] },
      {
        name: 'Timer',
        lines: [
          ['OnBootSec', '2min'],
          ['OnCalendar', `*:0/${WAKE_MINUTES}`],
          ['RandomizedDelaySec', `${WAKE_MINUTES}min`],
          ['FixedRandomDelay', 'true'],
          ['AccuracySec', '1min'],
          ['Persistent', 'true'],
        ],
      },
      install('timers.target'),
    ],
  },
  'glued-recover.service': {
    about: 'Before the engines start: undoes content that was never proven. Nothing waits for its success.',
    sections: (facts) => [
      {
        name: 'Unit',
        lines: [
          ['Description', 'glued: undo unproven content'],
          documentation,
          ['After', 'local-fs.target'],
          ['Before', ['glued.service', ...ENGINE_UNITS].join(' ')],
          ...mounts(facts),
        ],
      },
      {
        name: 'Service',
        lines: [['Type', 'oneshot'], ['ExecStart', execLine(commandLine(facts, 'recover'))], ['TimeoutStartSec', '30'], ['PrivateNetwork', 'yes'], ...confinement(facts)],
      },
      install('multi-user.target'),
    ],
  },
  [FAILED_UNIT]: {
    about: 'After glued.service failed again and again: the agent before undoes an update of glued that failed, and the socket is opened again.',
    sections: (facts) => [
      { name: 'Unit', lines: [['Description', 'glued: after the daemon failed again and again'], documentation, ...mounts(facts)] },
      {
        name: 'Service',
        lines: [
          ['Type', 'oneshot'],
          // a socket fails with its service; the service itself starts at the next request or tick, so nothing goes round and round
          ['ExecStart', 'systemctl --no-ask-password reset-failed glued.service'],
          ['ExecStart', 'systemctl --no-ask-password --no-block restart glued.socket'],
          ['TimeoutStartSec', '120'],
          ['PrivateNetwork', 'yes'],
          ...confinement(facts),
        ],
      },
    ],
  },
} as const satisfies Record<string, UnitRow>;

export type UnitName = keyof typeof UNITS;
/** In the order of starting. */
export const UNIT_NAMES: readonly UnitName[] = ['glued-recover.service', 'glued.socket', 'glued.timer', 'glued.service', FAILED_UNIT];
/** Those that have an [Install] section. */
export const ENABLED_UNITS = ['glued-recover.service', 'glued.socket', 'glued.timer'] as const satisfies readonly UnitName[];
/** Those that start the daemon. */
export const WAITING_UNITS = ['glued.socket', 'glued.timer'] as const satisfies readonly UnitName[];
/** Those that run our program, and so have a drop-in. */
export const RUNNING_UNITS = ['glued.service', 'glued-recover.service', FAILED_UNIT] as const satisfies readonly UnitName[];

/** The daemon's own folder outlives it, since systemd keeps the socket in it. */
const RUNTIME_FOLDER: Lines = [['RuntimeDirectory', 'glued'], ['RuntimeDirectoryMode', '0700'], ['RuntimeDirectoryPreserve', 'yes']];

/** What may be written, and nothing else. */
function confinement(facts: ServiceFacts): Lines {
  const usual: Lines = [['StateDirectory', 'glued'], ['StateDirectoryMode', '0755'], ['LogsDirectory', 'glued'], ['LogsDirectoryMode', '0750']];
  const readOnly = [...POLICY_FOLDERS, ...(facts.policyPath === undefined ? [] : [facts.policyPath])];
  const writable = facts.state.place === 'usual' ? ENGINE_FOLDERS : [...ENGINE_FOLDERS, facts.state.dir];
  return [...HARDENING, ...(facts.state.place === 'usual' ? usual : []), ['ReadWritePaths', optional(writable)], ['ReadOnlyPaths', optional(readOnly)]];
}

/** `-`: a path that is not there does not keep the service from starting. */
const optional = (paths: readonly string[]): string => paths.map((path) => word(`-${path}`)).join(' ');

/** The text of one unit: also what a package ships. */
export function unit(name: UnitName, facts: ServiceFacts): string {
  const { about, sections } = UNITS[name];
  return unitText(about, sections(facts));
}

/** Where credentials of `credential:NAME` are read from, for root alone (systemd.exec(5), Credentials). */
export const CREDENTIAL_STORE = '/etc/credstore';

/** What this machine adds: its components' folders, the credentials of its policy, and the agent that undoes one that fails (docs/self-update.md). */
function dropIn(name: UnitName, facts: ServiceFacts): string {
  const { previous } = facts;
  const writable: Lines = facts.writable.length === 0 ? [] : [['ReadWritePaths', optional(facts.writable)]];
  const credentials: Lines = name === 'glued.service' ? facts.credentials.map((one): readonly [string, string] => ['LoadCredential', `${one}:${CREDENTIAL_STORE}/${one}`]) : [];
  // `-`: what it ends with is in its result, and the socket is opened all the same
  const undo: Lines = name === FAILED_UNIT && previous !== undefined ? [['ExecStartPre', `-${execLine(commandLine({ ...facts, program: [previous] }, 'recover'))}`]] : [];
  return unitText('What the components and the policy of this machine need.', [{ name: 'Service', lines: [...writable, ...credentials, ...undo] }]);
}

const hashed = (path: string, text: string): ServiceText => ({ path, text, comment: 'hash', encoding: 'utf-8' });

/** The name of our drop-in: others, with later names, override it. */
export const DROP_IN = '50-glued.conf';

/** Every file, units first. */
export function systemdFiles(facts: ServiceFacts): readonly ServiceText[] {
  return [
    ...UNIT_NAMES.map((name) => hashed(join(UNIT_FOLDER, name), unit(name, facts))),
    ...RUNNING_UNITS.map((name) => hashed(join(UNIT_FOLDER, `${name}.d`, DROP_IN), dropIn(name, facts))),
  ];
}
