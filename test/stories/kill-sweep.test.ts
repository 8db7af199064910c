import { existsSync, readFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { at } from '../../build/support/root.ts';
import { killShim } from '../support/kill-sweep.ts';
import { type Command, finish, TwoComponents } from '../support/two-components.ts';

const NODE: Command = [at('node_modules/.bin/node'), at('dist/glued.mjs')];
const BINARY: Command = [at('dist/glued')];
const shim = killShim();

const test = suite('kill sweep');

/** Kills the run at every rename and fsync, one after the other; after each the next run must end well, with whole content. */
async function sweep(name: string, glued: Command, route: 'full' | 'delta', preload: string): Promise<number> {
  const world = new TwoComponents(glued, route);
  try {
    await world.setUp();
    world.reset();
    const log = world.path('calls');
    const counted = await finish(world.run, { LD_PRELOAD: preload, KILL_LOG: log });
    assert.is(counted.code, 0, counted.stdout + counted.stderr);
    assert.equal(JSON.parse(counted.stdout).components.map((c: { readonly via: string }) => c.via), [route, route]);
    const calls = readFileSync(log, 'utf8').trim().split('\n');
    assert.ok(calls.length > 20, `only ${calls.length} calls were seen: the shim is not at work`);
    for (const [i, call] of calls.entries()) {
      world.reset();
      const killed = await finish(world.run, { LD_PRELOAD: preload, KILL_AT: String(i + 1) });
      assert.is(killed.signal, 'SIGKILL', `call ${call}: ended with ${killed.code} instead`);
      world.installed().forEach((now, c) => assert.ok(now === world.old[c] || now === world.fresh[c], `after the kill at ${call}: component ${c} is neither old nor new`));
      const next = await finish(world.run);
      assert.is(next.code, 0, `after the kill at ${call}: ${next.stdout}${next.stderr}`);
      assert.equal(world.installed(), world.fresh, `after the kill at ${call} and a run: not the new content`);
    }
    console.log(`\nNOTE: kill sweep on ${name}, by ${route}: ${calls.length} kills at rename, fsync and fdatasync, every one recovered`);
    return calls.length;
  } finally {
    world.tearDown();
  }
}

if (shim === undefined) console.log('SKIP: kill sweep: no gcc to build the shim');
else {
  for (const [name, glued, route] of [['Node', NODE, 'full'], ['Node', NODE, 'delta'], ['the binary', BINARY, 'full']] as const) {
    const artefact = glued[glued.length - 1] ?? '';
    if (!existsSync(artefact)) console.log(`SKIP: kill sweep on ${name}, by ${route}: ${artefact} was not built`);
    else test(`a kill at any rename or fsync of an update by ${route} on ${name} leaves old or new content, and the next run ends well`, async () => {
      assert.ok((await sweep(name, glued, route, shim)) > 0);
    });
  }
}

test.run();
