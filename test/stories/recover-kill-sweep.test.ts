/** `glued recover` itself is killed, at every rename and fsync: a machine that starts again and again dies anywhere. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { at } from '../../build/support/root.ts';
import { boot, bootId, canFakeBoots, onProbation, recoverIn } from '../support/boots.ts';
import { runtimes } from '../support/runtimes.ts';
import { skip } from '../support/skip.ts';
import { StoryWorld } from '../support/story-world.ts';

const test = suite('recover kill sweep');
const NAME = 'recover, killed at any rename or fsync, leaves the content whole, and the next one ends in the last known good';

const tools = mkdtempSync(join(tmpdir(), 'glued-shim-'));
const shim = join(tools, 'shim.so');
const compiled = spawnSync('gcc', ['-shared', '-fPIC', '-o', shim, at('test', 'support', 'kill-shim.c'), '-ldl']);
test.after(() => rmSync(tools, { recursive: true, force: true }));

if (compiled.status !== 0) skip(test, NAME, 'no gcc to build the shim');
else if (!canFakeBoots()) skip(test, NAME, 'unshare -m and mount --bind are not allowed here, so that no boot id can be faked');
else test(NAME, async () => {
  const world = await StoryWorld.make('demo');
  await world.release('demo', '1.0');
  await world.release('demo', '2.0');
  const rt = runtimes().find((one) => one.name === 'node');
  if (rt === undefined) throw new Error('no Node');
  const machine = await onProbation(world, rt);
  world.end();
  const fresh = machine.digest();
  for (const n of [1, 2]) assert.is((await boot(machine, bootId(n))).code, 0);
  const disk = ['state', 'live'].map((name) => join(machine.folder, name));
  const kept = (path: string): string => `${path}.kept`;
  const copy = (from: (path: string) => string, to: (path: string) => string): void => {
    for (const path of disk) {
      rmSync(to(path), { recursive: true, force: true });
      execFileSync('cp', ['-a', from(path), to(path)]);
    }
  };
  const itself = (path: string): string => path;
  copy(itself, kept);
  const log = join(machine.folder, 'calls');
  const counted = await recoverIn(machine, bootId(3), { LD_PRELOAD: shim, KILL_LOG: log });
  assert.is(counted.code, 12, counted.stdout + counted.stderr);
  const old = machine.digest();
  assert.not.equal(old, fresh);
  const calls = readFileSync(log, 'utf8').trim().split('\n');
  assert.ok(calls.length > 10, `only ${calls.length} calls were seen: the shim is not at work`);
  for (const [i, call] of calls.entries()) {
    copy(kept, itself);
    const killed = await recoverIn(machine, bootId(3), { LD_PRELOAD: shim, KILL_AT: String(i + 1) });
    assert.is(killed.signal, 'SIGKILL', `call ${call}: ended with ${killed.code} instead`);
    assert.ok([old, fresh].includes(machine.digest()), `after the kill at ${call}: neither old nor new`);
    const next = await boot(machine, bootId(3));
    assert.is(machine.digest(), old, `after the kill at ${call}: ${next.stdout}`);
  }
  console.log(`\nNOTE: recover was killed at each of ${calls.length} calls of rename, fsync and fdatasync; every next one ended in the last known good`);
  machine.end();
});

test.run();
