import { cpSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type Failure, failureText, type Outcome } from '../../src/model/index.ts';
import { checkRepository, layout, type PublisherPorts, refresh, renew, rotate } from '../../src/publisher/index.ts';
import { readRepository } from '../../src/publisher/repository.ts';
import { Crash, crashingFiles } from '../support/crashing-files.ts';
import { MemoryMetadataStore } from '../support/memory-metadata-store.ts';
import { newestSeen, readCatalogs } from '../support/read-catalogs.ts';
import { must, temporaryFolder, testRepository, type TestRepository } from '../support/repository.ts';

type Work = (ports: PublisherPorts, dir: string) => Promise<Outcome<unknown, Failure>>;
type Case = { readonly name: string; readonly work: Work; readonly lost?: readonly string[]; /** ways to die at least */ readonly points: number };

const turn = (...roles: readonly string[]): Work => (ports, dir) => rotate(ports, { dir, roles });
const CASES: readonly Case[] = [
  { name: 'renew', work: (ports, dir) => renew(ports, { dir }), points: 5 },
  { name: 'rotate root', work: turn('root'), points: 6 },
  { name: 'rotate targets', work: turn('targets'), points: 7 },
  { name: 'rotate snapshot', work: turn('snapshot'), points: 6 },
  { name: 'rotate timestamp', work: turn('timestamp'), points: 5 },
  { name: 'rotate demo', work: turn('demo'), points: 7 },
  { name: 'rotate everything', work: turn('root', 'targets', 'snapshot', 'timestamp', 'demo'), points: 20 },
  { name: 'rotate a lost timestamp', work: turn('timestamp'), lost: ['timestamp-1.pem'], points: 5 },
  { name: 'rotate lost keys of both that are online', work: turn('snapshot', 'timestamp'), lost: ['timestamp-1.pem', 'snapshot-1.pem'], points: 9 },
];

async function published(name: string): Promise<TestRepository> {
  const r = await testRepository(name);
  await r.add('demo');
  await r.publish('demo', { a: '1' });
  return r;
}

/** Keeps metadata and keys as they are; the function that is given puts them back. */
function kept(r: TestRepository): () => void {
  const aside = temporaryFolder('kept');
  const folders = [layout.metadata(r.dir), r.keys];
  folders.forEach((folder, i) => cpSync(folder, join(aside, `${i}`), { recursive: true }));
  return () =>
    folders.forEach((folder, i) => {
      rmSync(folder, { recursive: true });
      cpSync(join(aside, `${i}`), folder, { recursive: true });
    });
}

/** The keys of a whole repository, as metadata names them. */
function keyids(r: TestRepository): readonly string[] {
  const { root, targets } = must(readRepository(r.ports, r.dir));
  return [...root.keys.keys(), ...targets.delegations.keys.keys()];
}

async function whole(r: TestRepository, steady: MemoryMetadataStore, sequence: number, where: string): Promise<void> {
  assert.equal(must(await checkRepository(r.ports, { dir: r.dir })).problems.map(failureText), [], where);
  assert.is(await newestSeen(r, steady, 'demo'), sequence, `${where}: the machine that reads all the time`);
  assert.is(await newestSeen(r, new MemoryMetadataStore(), 'demo'), sequence, `${where}: a new machine`);
}

for (const { name, work, lost = [], points } of CASES) {
  test(`${name}: killed at any change of the disk it leaves a whole repository, and the same command ends the work`, async () => {
    const r = await published('kill');
    const steady = new MemoryMetadataStore();
    await readCatalogs(r, steady, ['demo']);
    const before = keyids(r);
    for (const key of lost) renameSync(join(r.keys, key), join(r.root, key));
    let died = 0;
    for (let at = 1; ; at++) {
      try {
        must(await work({ ...r.ports, files: crashingFiles(r.ports.files, at) }, r.dir));
        break;
      } catch (error) {
        if (!(error instanceof Crash)) throw error;
      }
      died++;
      await whole(r, steady, 1, `${name}, change ${at}`);
      // no private key that the repository needs was lost with the process
      if (lost.length === 0) must(await refresh(r.ports, { dir: r.dir }));
    }
    assert.ok(died >= points, `${name}: died at ${died} points only`);
    await r.publish('demo', { a: '2' });
    await whole(r, steady, 2, name);
    if (name !== 'renew') assert.not.equal(keyids(r), before);
    assert.equal(readdirSync(r.keys).filter((file) => file.endsWith('.tmp')), []);
    console.log(`\nNOTE: ${name}: killed at ${died} points`);
  });
}

/** A machine's run, in whose midst the work is done: before its n-th request. What it sees, or what stands in its way. */
async function during(r: TestRepository, store: MemoryMetadataStore, n: number, work: Work): Promise<{ readonly seen: number | string; readonly asked: number }> {
  let asked = 0;
  let done: Promise<Outcome<unknown, Failure>> | undefined;
  const seen = await newestSeen(r, store, 'demo', () => {
    // all of it happens here: only the promise is settled later
    if (++asked === n) done = work(r.ports, r.dir);
    return undefined;
  });
  if (done !== undefined) must(await done);
  return { seen, asked };
}

for (const { name, work } of CASES.filter((one) => one.lost === undefined)) {
  test(`${name}: a machine that reads at the same time is served, whichever of its requests comes after`, async () => {
    let between = 0;
    const r = await published('during');
    const first = kept(r);
    const steady = new MemoryMetadataStore();
    await readCatalogs(r, steady, ['demo']);
    await r.publish('demo', { a: '2' });
    const second = kept(r);
    for (const { put, sequence, known } of [{ put: first, sequence: 1, known: new MemoryMetadataStore() }, { put: second, sequence: 2, known: steady }]) {
      for (let n = 1, asked = n; asked >= n; n++) {
        put();
        const store = known.copy();
        const read = await during(r, store, n, work);
        asked = read.asked;
        assert.is(read.seen, sequence, `before request ${n}`);
        assert.is(await newestSeen(r, store, 'demo'), sequence, `before request ${n}: the run after`);
        between++;
      }
    }
    assert.ok(between >= 10, `${between} requests`);
  });
}

test.run();
