import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { createLocalHttp } from '../../src/platform/index.ts';
import { must } from '../support/outcome.ts';
import { check, Patient } from './world.ts';

const test = suite('doctor and the daemon');
const LIMITS = { maxBodyBytes: 1000, maxHeaderBytes: 8192, maxConnections: 10, requestMs: 10_000, maxUnreadBytes: 1000 };

/** What doctor says of a daemon that answers so. */
async function beside(body: string | undefined): Promise<readonly [string, string]> {
  const patient = new Patient();
  const ending = new AbortController();
  mkdirSync(dirname(patient.socket), { recursive: true, mode: 0o700 });
  const answer = () => ({ status: 200, headers: {}, body: body ?? '' });
  const listening = body === undefined ? undefined : must(await createLocalHttp().listen({ place: { kind: 'path', path: patient.socket }, limits: LIMITS, handle: answer, signal: ending.signal }));
  try {
    const { verdict, text } = check(await patient.examine(), 'daemon');
    return [verdict, text];
  } finally {
    ending.abort();
    await listening?.closed;
    patient.end();
  }
}

const status = (version: string): string => JSON.stringify({ schema: 'glued.status/1', daemon: { pid: 77, version, state: 'idle' } });

test('no daemon is fine, and is said', async () => {
  assert.equal(await beside(undefined), ['ok', 'no daemon listens; glued run works by itself']);
});

test('one that answers is named by pid and version', async () => {
  assert.equal(await beside(status('1.2.3')), ['ok', 'pid 77, glued 1.2.3, idle']);
});

test('one of another version is a warning: it was not restarted', async () => {
  assert.equal(await beside(status('1.2.2')), ['warn', 'The daemon (pid 77) is glued 1.2.2, and this is 1.2.3.']);
});

test('something that answers and is no daemon is a failure', async () => {
  const [verdict, text] = await beside('<html>');
  assert.is(verdict, 'fail');
  assert.match(text, /does not answer as the glued daemon does: status 200, and no document of ours/);
});

test.run();
