// runtimes: node, deno
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type Probation, type Sha256, asComponentId, asSha256 } from '../../src/model/index.ts';
import { createPorts } from '../../src/platform/index.ts';
import { createProbations } from '../../src/state/index.ts';
import { must } from '../support/outcome.ts';
import { temporaryFolder } from '../support/repository.ts';

const test = suite('probations');
const { ports } = createPorts({ colour: 'never' });

const sha = (digit: string): Sha256 => {
  const made = asSha256(digit.repeat(64));
  if (made === undefined) throw new Error('no hash');
  return made;
};
const release = (sequence: number) => ({ sequence, version: `${sequence}.0`, date: sequence * 1000, sha256: sha(String(sequence % 10)) });

function probation(id = 'demo', sequence = 3): Probation {
  const known = asComponentId(id);
  if (known === undefined) throw new Error('no id');
  return {
    component: { id: known, name: 'Dêmo "x"', contentType: 'av', plugIn: 'clamav', installPath: '/v', settings: { Socket: '/s' }, installed: release(2), previous: release(1) },
    next: { ...release(sequence), folder: `/v/.glued-demo/${sequence}` },
    good: { ...release(2), folder: '/v/.glued-demo/2' },
    since: 1,
    until: 2,
    maxRestarts: 3,
    bootLoopMinutes: 10,
    policyDigest: 'digest',
    requires: [{ component: known, minSequence: 2 }],
    boot: 'b',
    engine: 'pid 7 since 8',
    restarts: 1,
    silentSince: null,
    starts: [{ boot: null, at: 5 }],
    condemned: { why: 'probation-engine-died', data: { component: 'demo', version: '3.0', seconds: 20, problem: 'p' }, detail: 'line\nline' },
  };
}

function world() {
  const dir = temporaryFolder('probations');
  return { dir, folder: join(dir, 'probation'), store: createProbations(ports, dir) };
}

test('what is put comes back, every component and release apart, until it is dropped', () => {
  const { dir, folder, store } = world();
  assert.equal(must(store.list()), { probations: [], unreadable: [] });
  const all = [probation('a.b@'.slice(0, 3), 3), probation('demo', 3), probation('demo', 12)];
  for (const one of all) must(store.put(one));
  assert.equal(must(store.list()), { probations: all, unreadable: [] });
  const first = all[0];
  if (first !== undefined) must(store.drop(first.component.id, 3));
  assert.equal(must(store.list()).probations, all.slice(1));
  for (const { component, next } of all) must(store.drop(component.id, next.sequence));
  assert.equal(readdirSync(folder), []);
  rmSync(dir, { recursive: true });
});

test('one copy is enough, whatever happens to the other', () => {
  const { dir, folder, store } = world();
  must(store.put(probation()));
  const [one, other] = readdirSync(folder).sort().map((name) => join(folder, name));
  if (one === undefined || other === undefined) throw new Error('two copies were expected');
  for (const broken of [one, other]) {
    const whole = readFileSync(broken);
    for (const bytes of ['', 'garbage', whole.subarray(0, 100), Buffer.concat([whole.subarray(0, -30), Buffer.from('0'), whole.subarray(-29)])]) {
      writeFileSync(broken, bytes);
      assert.equal(must(store.list()), { probations: [probation()], unreadable: [] });
    }
    rmSync(broken);
    assert.equal(must(store.list()).probations, [probation()]);
    must(store.put(probation()));
  }
  rmSync(dir, { recursive: true });
});

test('a copy of another release under its name is none of its', () => {
  const { dir, folder, store } = world();
  must(store.put(probation('demo', 3)));
  for (const name of readdirSync(folder)) {
    writeFileSync(join(folder, name.replace('@3', '@4')), readFileSync(join(folder, name)));
    rmSync(join(folder, name));
  }
  assert.equal(must(store.list()).unreadable.map((u) => [u.component, u.sequence, u.problem]), [['demo', 4, 'it is of another release']]);
  rmSync(dir, { recursive: true });
});

test('where neither can be read it says so, and keeps them aside when told to', () => {
  const { dir, folder, store } = world();
  must(store.put(probation()));
  for (const name of readdirSync(folder)) writeFileSync(join(folder, name), '{}');
  const { probations, unreadable } = must(store.list());
  assert.equal([probations, unreadable.map((u) => u.component)], [[], ['demo']]);
  for (const one of unreadable) must(store.setAside(one));
  assert.equal(must(store.list()), { probations: [], unreadable: [] });
  assert.ok(existsSync(join(folder, 'demo@3.json.bad')));
  rmSync(dir, { recursive: true });
});

test('no change of a byte makes another probation of it', () => {
  const { dir, folder, store } = world();
  must(store.put(probation()));
  const [name = ''] = readdirSync(folder).sort();
  const paths = readdirSync(folder).map((n) => join(folder, n));
  const whole = readFileSync(join(folder, name));
  fc.assert(
    fc.property(fc.nat(whole.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
      const bytes = Buffer.from(whole);
      bytes[at] = (bytes[at] ?? 0) ^ change;
      for (const path of paths) writeFileSync(path, bytes);
      const { probations } = must(store.list());
      // another line end at the very end changes nothing
      if (probations.length > 0) assert.equal(probations[0], probation(), `byte ${at}`);
    }),
    { numRuns: 200 },
  );
  rmSync(dir, { recursive: true });
});

test.run();
