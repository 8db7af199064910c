import { dirname, join } from 'node:path';
import type { Component } from '../model/index.ts';

/** What units, agents and tasks are made from. Nothing else goes into them: the same facts give the same bytes. */
export type ServiceFacts = {
  /** what stands before the command's own words: the executable, or the runtime with its arguments and the script */
  readonly program: readonly [string, ...string[]];
  /** the policy, where it is not in the machine's usual places */
  readonly policyPath?: string;
  readonly state: { readonly place: 'usual' | 'named'; readonly dir: string };
  /** the agent before the one that was installed last, where glued keeps itself up to date */
  readonly previous?: string;
  /** the control socket's path */
  readonly socket: string;
  /** folders that content is installed in */
  readonly writable: readonly string[];
  /** names in `credential:NAME` of the policy */
  readonly credentials: readonly string[];
};

/** A Linux machine on which nothing is registered yet: what a package ships is made from these. */
export const SERVICE_DEFAULTS: Omit<ServiceFacts, 'program'> = {
  state: { place: 'usual', dir: '/var/lib/glued' },
  socket: '/run/glued/glued.sock',
  writable: [],
  credentials: [],
};

/**
 * What our Debian package installs, and what no update touches. `launcher` starts the package's own `program`, or the `agent` that keeps itself up
 * to date, whichever is newer: so units name the launcher, and stay as they are.
 */
export const PACKAGED = { launcher: '/usr/bin/glued', program: '/usr/libexec/glued/glued', agent: '/opt/glued/glued' } as const;

/** The machine's own policy places: never writable for the service. */
export const POLICY_FOLDERS = ['/etc/glued', '/usr/lib/glued'] as const;

/** A daemon that has nothing to do ends after this; the next timer or request starts it again. */
export const IDLE_EXIT = '5m';
/** How often the daemon is woken; when a run is due, its own schedule says. */
export const WAKE_MINUTES = 15;

/** Every command that a manager starts. */
export const SERVICE_COMMANDS = {
  daemon: ['daemon', '--idle-exit', IDLE_EXIT],
  recover: ['recover'],
} as const satisfies Record<string, readonly string[]>;

/** A whole command line. `recover` needs no policy: it must work while the policy is broken. */
export function commandLine(facts: ServiceFacts, command: keyof typeof SERVICE_COMMANDS): readonly [string, ...string[]] {
  const policy = facts.policyPath === undefined || command === 'recover' ? [] : ['--policy', facts.policyPath];
  const state = facts.state.place === 'usual' ? [] : ['--state', facts.state.dir];
  return [...facts.program, ...SERVICE_COMMANDS[command], ...policy, ...state];
}

/** The agent before it, by a name of its own (docs/self-update.md). */
export const previousOf = (installPath: string): string => join(dirname(installPath), '.glued-glued', 'previous');

/** Every path that stands in a file of the service. */
export function pathsOf({ program, policyPath, state, writable }: ServiceFacts): readonly string[] {
  return [...program, ...(policyPath === undefined ? [] : [policyPath]), state.dir, ...writable];
}

/** XML has no place for these, nor has a unit. */
export const hasControlCharacter = (path: string): boolean => /[\u0000-\u001f\u007f]/.test(path) || !path.isWellFormed();

/** Where content of a component is written: ClamAV's inside the engine's own folder, all other beside the install path. */
export function writtenFolder(component: Pick<Component, 'plugIn' | 'installPath'>): string {
  return component.plugIn === 'clamav' ? component.installPath : dirname(component.installPath);
}
