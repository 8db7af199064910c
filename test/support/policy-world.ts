/** A machine for tests of the policy room: files in memory, no process, and a good root file. */
import { failed, ok, type Os, type Proc } from '../../src/model/index.ts';
import type { LoadOptions, PolicyPorts } from '../../src/policy/index.ts';
import { MemoryFiles } from './memory-files.ts';

export const ROOT_FILE = '/etc/glued/root.json';
export const MAIN = '/etc/glued/policy.json';
export const ENFORCE: LoadOptions = { trustCheck: 'enforce' };

/** The least that a policy can say. */
export const LEAST = { servers: [{ url: 'https://content.example' }], trust: { rootFile: ROOT_FILE } };

export function osFake(changes: Partial<Os> = {}): Os {
  return {
    platform: 'linux',
    arch: 'x64',
    runtime: 'test',
    hostName: () => 'host',
    machineId: () => undefined,
    bootId: () => undefined,
    upMs: () => undefined,
    timeZone: () => 'UTC',
    power: () => 'unknown',
    networkCost: () => 'unknown',
    pid: 1,
    uid: 0,
    cwd: '/root',
    env: {},
    hasNetwork: () => true,
    self: '/usr/bin/glued',
    program: () => ['/usr/bin/glued'],
    ...changes,
  };
}

/** No program is there; `answer` is what `reg query` would print. */
export function procFake(answer?: string): Proc {
  const end = { kind: 'exit', signal: null, stderr: '', ms: 0, peakBytes: 0 } as const;
  return {
    run: async () => ok({ ...end, exit: answer === undefined ? 1 : 0, stdout: answer ?? '' }),
    talk: async () => failed({ kind: 'absent', program: '', detail: 'no program is there' }),
    find: () => undefined,
    alive: () => false,
  };
}

export type World = PolicyPorts & { readonly files: MemoryFiles };

/** A machine with a root file and, where given, a main policy. */
export function world(policy?: unknown, os: Partial<Os> = {}): World {
  const files = new MemoryFiles().put(ROOT_FILE, JSON.stringify({ signed: { _type: 'root', version: 1 }, signatures: [] }));
  if (policy !== undefined) files.put(MAIN, typeof policy === 'string' ? policy : JSON.stringify(policy, null, 1));
  return { files, os: osFake(os), proc: procFake() };
}
