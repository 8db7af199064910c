import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { at } from '../../build/support/root.ts';
import { temporaryFolder } from './repository.ts';
import type { Machine } from './story-world.ts';

/** The library that counts or kills (kill-shim.c), compiled; undefined where there is no gcc. */
export function killShim(): string | undefined {
  const shim = join(temporaryFolder('shim'), 'shim.so');
  const compiled = spawnSync('gcc', ['-shared', '-fPIC', '-o', shim, at('test/support/kill-shim.c'), '-ldl'], { encoding: 'utf8' });
  return compiled.status === 0 ? shim : undefined;
}

/** Keeps what a machine is now, hard links and all. The function that is given puts it back there; the paths stay the same. */
export function keptMachine(machine: Machine): () => void {
  const kept = join(machine.folder, 'kept');
  mkdirSync(kept);
  const copy = (from: string, to: string): void => {
    for (const name of ['state', 'live']) rmSync(join(to, name), { recursive: true, force: true });
    assert.is(spawnSync('cp', ['-a', join(from, 'state'), join(from, 'live'), to]).status, 0);
  };
  copy(machine.folder, kept);
  return () => copy(kept, machine.folder);
}

/** What must hold of the machine, said by whoever knows its content. `call`: where the run was killed, for messages. */
export type Expected = { readonly afterKill: (call: string) => void; readonly afterNext: (call: string) => void };

/**
 * Kills a run at each rename and fsync of those that it makes, one after the other, and lets the next run mend it. `counts`: the calls that
 * count, where another sweep has the others. The number of kills.
 */
export async function sweepKills(machine: Machine, shim: string, reset: () => void, expected: Expected, counts: (call: string) => boolean = () => true): Promise<number> {
  const log = join(machine.folder, 'calls');
  const run = (env: Readonly<Record<string, string>>) => machine.glued(['run', '--json', '--no-input', ...machine.place], { settings: { env: { LD_PRELOAD: shim, ...env } } });
  const counted = await run({ KILL_LOG: log });
  assert.is(counted.code, 0, counted.stdout + counted.stderr);
  expected.afterNext('no call');
  const calls = readFileSync(log, 'utf8').trim().split('\n').filter(counts);
  assert.ok(calls.length > 10, `only ${calls.length} calls count: the shim is not at work`);
  for (const call of calls) {
    reset();
    const killed = await run({ KILL_AT: call.split(' ')[0] ?? '' });
    assert.is(killed.signal, 'SIGKILL', `call ${call}: ended with ${killed.code} instead`);
    expected.afterKill(call);
    await machine.expect(0);
    expected.afterNext(call);
  }
  return calls.length;
}
