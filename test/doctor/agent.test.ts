// runtimes: node, deno
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { openCatalogs } from '../../src/catalog/index.ts';
import { floor } from '../../src/publisher/index.ts';
import { createMetadataStore } from '../../src/state/index.ts';
import { must, publisherPorts, testRepository } from '../support/repository.ts';
import { check, Patient } from './world.ts';

const test = suite('doctor on glued itself');
const SERVER = 'http://127.0.0.1:9/';

/** A machine whose trusted metadata, kept from a run before, lets nobody have an agent below `version`. */
async function heldTo(version: string | undefined): Promise<Patient> {
  const ports = publisherPorts();
  ports.at = Date.now() - 3_600_000;
  const repo = await testRepository('doctor', ports);
  await repo.add('glued');
  if (version !== undefined) must(await floor(repo.ports, { dir: repo.dir, version }));
  const patient = new Patient().policy({ servers: [{ url: SERVER }], trust: { rootFile: repo.rootFile } });
  must(patient.ports.files.makeFolder(join(patient.state, 'metadata'), 0o700));
  const store = createMetadataStore(patient.ports, join(patient.state, 'metadata'), () => undefined);
  const input = { servers: [{ url: SERVER, headers: {} }], store, rootBytes: must(ports.files.read(repo.rootFile, 1 << 20)), components: [], now: ports.at, buildTime: 0, signal: new AbortController().signal, idleTimeoutMs: 1000 };
  assert.ok((await openCatalogs({ http: repo.http(SERVER), clock: ports.clock }, input)).ok);
  return patient;
}

test('one that does not update itself is well, and says so', async () => {
  const patient = (await heldTo(undefined)).register('demo');
  const found = check(await patient.examine(), 'agent');
  assert.equal([found.verdict, found.evidence], ['ok', ['runs: glued 1.2.3', 'oldest that the publisher allows: any']]);
  assert.match(found.text, /does not update itself/);
  patient.end();
});

test('one that does is shown with what it is held to, its version before and its probation', async () => {
  const patient = await heldTo('1.2.3');
  patient.register('glued', { ContentType: 'agent', PlugIn: 'agent', InstallPath: join(patient.folder, 'glued') });
  const found = check(await patient.examine(), 'agent');
  assert.is(found.verdict, 'ok', found.text);
  assert.equal(found.evidence, ['runs: glued 1.2.3', 'oldest that the publisher allows: 1.2.3', 'installed: none', 'before it: none', 'nothing of it is on probation']);
  patient.end();
});

test('one below the floor is to be updated', async () => {
  const patient = (await heldTo('1.3')).register('demo');
  const found = check(await patient.examine(), 'agent');
  assert.equal([found.verdict, found.text], ['warn', 'This is glued 1.2.3, and the publisher lets no machine have one older than 1.3.']);
  patient.end();
});

test.run();
