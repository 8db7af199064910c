/** A machine for tests of the service room: files in memory, a program, a registry, and a manager's program that is scripted. */
import { componentPlist } from '../../src/registry/index.ts';
import { type Component, ok, type Os, type Proc } from '../../src/model/index.ts';
import { SERVICE_DEFAULTS, type ServiceFacts, type ServiceOptions, type ServicePorts } from '../../src/service/index.ts';
import { MemoryFiles } from '../support/memory-files.ts';
import { osFake, procFake } from '../support/policy-world.ts';
import { component } from '../state/world.ts';

export const PROGRAM = '/usr/bin/glued';
export const UNITS = '/etc/systemd/system';
export const USUAL: ServiceOptions = { stateDir: '/var/lib/glued', statePlace: 'usual', socket: '/run/glued/glued.sock', trustCheck: 'enforce' };

/** Facts as most machines have them. */
export const FACTS: ServiceFacts = { ...SERVICE_DEFAULTS, program: [PROGRAM] };

/** What a manager's program answers, by its words after the options: an exit code, or its output. */
export type Answers = (words: string) => number | string | undefined;

export type Machine = ServicePorts & { readonly files: MemoryFiles; readonly asked: string[] };

export function machine(settings: { readonly os?: Partial<Os>; readonly answers?: Answers; readonly uid?: number } = {}): Machine {
  const asked: string[] = [];
  const files = new MemoryFiles({ uid: settings.uid ?? 0 }).put(PROGRAM, 'elf', { mode: 0o755 }).putFolder('/etc/systemd/system').putFolder('/var/lib/glued/ActiveRegistry');
  const end = { kind: 'exit', signal: null, ms: 1, peakBytes: 1 } as const;
  const proc: Proc = {
    ...procFake(),
    run: async ({ argv }) => {
      const words = argv.filter((arg) => !arg.startsWith('--no-')).join(' ');
      asked.push(words);
      const answer = settings.answers?.(words) ?? '';
      return ok({ ...end, exit: typeof answer === 'number' ? answer : 0, stdout: typeof answer === 'string' ? answer : '', stderr: typeof answer === 'number' ? 'Unit is masked.' : '' });
    },
  };
  const clock = { now: () => Date.UTC(2026, 10, 28), monotonic: () => 0, sleep: async () => {} };
  return { files, os: osFake({ uid: settings.uid ?? 0, ...settings.os }), proc, clock, asked };
}

/** Registers a component as a run leaves it. */
export function register({ files }: Machine, id: string, more: Partial<Component>): void {
  files.put(`/var/lib/glued/ActiveRegistry/${id}.plist`, componentPlist(component(id, more)));
}
