import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { refresh } from '../../src/publisher/index.ts';
import { must } from '../support/repository.ts';
import { runtimes } from '../support/runtimes.ts';
import type { StoryFault } from '../support/story-server.ts';
import { type Machine, part, StoryWorld, wordsOf } from '../support/story-world.ts';
import type { RunDocument } from '../../src/model/index.ts';

const test = suite('metadata stories');
const DAY = 86_400_000;

/** `newest` is the repository with release 2, `older` as it was before that, `expired` signed anew, for a time that is over. */
const world = await StoryWorld.make();
const older = join(world.repo.root, 'older');
const expired = join(world.repo.root, 'expired');
await world.release('demo', '1.0');
cpSync(world.repo.dir, older, { recursive: true });
await world.release('demo', '2.0');
const newest = join(world.repo.root, 'newest');
cpSync(world.repo.dir, newest, { recursive: true });
const now = world.repo.ports.at;
world.repo.ports.at = now - 60 * DAY;
must(await refresh(world.repo.ports, { dir: world.repo.dir }));
world.repo.ports.at = now;
cpSync(world.repo.dir, expired, { recursive: true });
test.after(() => world.end());

const changed = (change: (whole: Buffer) => Buffer) => (file: RegExp) => (path: string): StoryFault | undefined =>
  file.test(path) ? { kind: 'bytes', change } : undefined;
const TIMESTAMP = /^\/metadata\/timestamp\.json$/;
const SNAPSHOT = /^\/metadata\/\d+\.snapshot\.json$/;
const ROLE = /^\/metadata\/\d+\.demo\.json$/;

const cut = changed((whole) => whole.subarray(0, whole.length / 2));
const padded = changed((whole) => Buffer.concat([whole, Buffer.alloc(6_000_000, ' ')]));
/** another version than the one that was signed, so that the signature holds no longer */
const forged = changed((whole) => Buffer.from(whole.toString('utf8').replace(/"version":\s*(\d+)/, (_, v) => `"version": ${Number(v) + 50}`)));
/** as long as before, one letter another: the signed hash of it holds no longer */
const altered = changed((whole) => Buffer.from(whole.toString('utf8').replace(/[0-9a-f]{8}"/, '00000000"')));

type Case = { readonly name: string; readonly dir: string; readonly fault?: (path: string) => StoryFault | undefined; readonly code: number; readonly says: RegExp };
/** What a server gives to a machine that has release 1 and knows of release 1 only, one after the other. */
const CASES: readonly Case[] = [
  { name: 'an expired timestamp', dir: expired, code: 7, says: /timestamp.* expired on / },
  { name: 'a timestamp that was wrongly signed', dir: newest, fault: forged(TIMESTAMP), code: 6, says: /timestamp.* bears 0 valid signatures/ },
  { name: 'a snapshot that was changed on the way', dir: newest, fault: altered(SNAPSHOT), code: 6, says: /snapshot/ },
  { name: 'a truncated timestamp', dir: newest, fault: cut(TIMESTAMP), code: 8, says: /timestamp.* cannot be used/ },
  { name: 'a truncated snapshot', dir: newest, fault: cut(SNAPSHOT), code: 8, says: /snapshot/ },
  { name: 'an oversized timestamp', dir: newest, fault: padded(TIMESTAMP), code: 8, says: /timestamp.* is longer than/ },
  // snapshot and timestamp are good from here on, and are kept
  { name: "a component's role that was changed on the way", dir: newest, fault: altered(ROLE), code: 6, says: /demo/ },
  { name: 'an oversized role of a component', dir: newest, fault: padded(ROLE), code: 8, says: /demo/ },
];

/** The failure is the run's or the component's, and nothing was installed. */
function refused(document: RunDocument, machine: Machine, before: string, { code, says }: Pick<Case, 'code' | 'says'>): void {
  assert.is(document.code, code, JSON.stringify(document, null, 1));
  assert.equal([part(document).action, part(document).before?.version, part(document).after?.version], ['failed', '1.0', '1.0']);
  assert.match(wordsOf(document), says);
  assert.is(machine.digest(), before, 'the installed content was touched');
}

for (const rt of runtimes()) {
  test(`${rt.name}: bad metadata is refused with its own code, and the installed content stays`, async () => {
    world.server.dir = older;
    const machine = world.machine(rt).register('demo');
    await machine.expect(0);
    const before = machine.digest();
    for (const one of CASES) {
      Object.assign(world.server, { dir: one.dir, fault: one.fault ?? (() => undefined) });
      const packages = world.server.packages().length;
      const { document } = await machine.run();
      assert.ok(document.errors.length === 1, `${one.name}: ${JSON.stringify(document.errors)}`);
      refused(document, machine, before, one);
      assert.is(world.server.packages().length, packages, `${one.name}: a package was asked for`);
    }
    Object.assign(world.server, { dir: newest, fault: () => undefined });
    assert.is(part(await machine.expect(0)).after?.version, '2.0', 'nothing bad was kept');
  });

  test(`${rt.name}: metadata that goes back is 7, and the installed content stays`, async () => {
    Object.assign(world.server, { dir: newest, fault: () => undefined });
    const machine = world.machine(rt).register('demo');
    await machine.expect(0);
    const before = machine.digest();
    world.server.dir = older;
    const { document } = await machine.run();
    assert.is(document.code, 7, JSON.stringify(document, null, 1));
    assert.match(wordsOf(document), /went back to version \d+ .* version \d+ was verified before/);
    assert.is(machine.digest(), before);
    assert.is(part(document).after?.version, '2.0');
  });
}

test.run();
