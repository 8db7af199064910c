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
/** Only where glued keeps itself up to date: systemd passes over an OnFailure that is not there. */
const PREVIOUS_UNIT = 'glued-previous.service';

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
          // an agent that cannot start: the one before it undoes it, where there is one. Starts on request count too, so there is room for them
          ['StartLimitIntervalSec', '120'],
          ['StartLimitBurst', '6'],
          ['OnFailure', PREVIOUS_UNIT],
          ...mounts(facts),
        ],
      },
      {
        name: 'Service',
        lines: [
          ['Type', 'exec'],
          ['ExecStart', execLine(commandLine(facts, 'daemon'))],
          ['Restart', 'on-failure'],
          ['ExecReload', '/bin/kill -HUP $MAINPID'],
          ['RestartSec', '10'],
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
} as const satisfies Record<string, UnitRow>;

export type UnitName = keyof typeof UNITS;
/** In the order of starting. */
export const UNIT_NAMES: readonly UnitName[] = ['glued-recover.service', 'glued.socket', 'glued.timer', 'glued.service'];
/** Those that have an [Install] section. */
export const ENABLED_UNITS = ['glued-recover.service', 'glued.socket', 'glued.timer'] as const satisfies readonly UnitName[];
/** Those that start the daemon. */
export const WAITING_UNITS = ['glued.socket', 'glued.timer'] as const satisfies readonly UnitName[];
/** Those that run our program, and so have a drop-in. */
const RUNNING_UNITS = ['glued.service', 'glued-recover.service'] as const satisfies readonly UnitName[];

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

/** What this machine adds: its components' folders, and the credentials of its policy. */
function dropIn(name: UnitName, facts: ServiceFacts): string {
  const writable: Lines = facts.writable.length === 0 ? [] : [['ReadWritePaths', optional(facts.writable)]];
  const credentials: Lines = name === 'glued.service' ? facts.credentials.map((one): readonly [string, string] => ['LoadCredential', `${one}:${CREDENTIAL_STORE}/${one}`]) : [];
  return unitText('What the components and the policy of this machine need.', [{ name: 'Service', lines: [...writable, ...credentials] }]);
}

/** What undoes an agent that fails, in its place (docs/self-update.md). */
function previousUnit(facts: ServiceFacts, previous: string): string {
  const lines: Lines = [['Type', 'oneshot'], ['ExecStart', execLine(commandLine({ ...facts, program: [previous] }, 'recover'))], ['TimeoutStartSec', '60'], ...confinement(facts), ['ReadWritePaths', optional(facts.writable)]];
  return unitText('Started where glued.service fails again and again: the agent before the one that was installed last undoes it.', [
    { name: 'Unit', lines: [['Description', 'glued: undo an agent that fails'], documentation, ['ConditionFileIsExecutable', wholeLine(previous)], ...mounts(facts)] },
    { name: 'Service', lines },
  ]);
}

const hashed = (path: string, text: string): ServiceText => ({ path, text, comment: 'hash', encoding: 'utf-8' });

/** The name of our drop-in: others, with later names, override it. */
export const DROP_IN = '50-glued.conf';

/** Every file, units first. */
export function systemdFiles(facts: ServiceFacts): readonly ServiceText[] {
  return [
    ...UNIT_NAMES.map((name) => hashed(join(UNIT_FOLDER, name), unit(name, facts))),
    ...(facts.previous === undefined ? [] : [hashed(join(UNIT_FOLDER, PREVIOUS_UNIT), previousUnit(facts, facts.previous))]),
    ...RUNNING_UNITS.map((name) => hashed(join(UNIT_FOLDER, `${name}.d`, DROP_IN), dropIn(name, facts))),
  ];
}

/** What was written once, for facts that hold no more. */
export const unneeded = (facts: ServiceFacts): readonly string[] => (facts.previous === undefined ? [join(UNIT_FOLDER, PREVIOUS_UNIT)] : []);
