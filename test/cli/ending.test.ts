// runtimes: node, deno
import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { cli, endWith, type Surroundings, tellingOf } from '../../src/cli/index.ts';
import { failure } from '../../src/model/index.ts';
import { createListener, createLocalHttp, createPorts, createProbe } from '../../src/platform/index.ts';
import { temporaryFolder } from '../support/repository.ts';

const test = suite('endings');

/** Surroundings that keep what was printed. */
function surroundings(signal: AbortSignal = new AbortController().signal): { readonly around: Surroundings; readonly out: string[]; readonly err: string[] } {
  const { ports } = createPorts({ colour: 'never' });
  const out: string[] = [];
  const err: string[] = [];
  const terminal = Object.create(ports.terminal, { out: { value: (t: string) => out.push(t) }, err: { value: (t: string) => err.push(t) } });
  const around: Surroundings = {
    ...ports,
    terminal,
    agentVersion: '9.9.9',
    buildTime: 0,
    signal,
    signalName: () => 'SIGTERM',
    onHangup: () => undefined,
    become: () => undefined,
    releaseMemory: () => undefined,
    world: () => {
      throw new Error('a bug, planted');
    },
    stayingWorld: () => {
      throw new Error('a bug, planted');
    },
    doctorNetwork: () => {
      throw new Error('a bug, planted');
    },
    probe: createProbe(),
    listener: createListener(),
    local: createLocalHttp(),
    logTo: () => undefined,
    logLevel: () => undefined,
  };
  return { around, out, err };
}

const CRASH = failure('internal-error', { message: 'first line\nsecond \u001b[31mline' });

test('a failure is one line on stderr, without control characters', async () => {
  const { around, out, err } = surroundings();
  assert.is(await endWith(CRASH, 'text', around), 1);
  assert.equal(out, []);
  assert.is(err.length, 1);
  assert.match(err[0] ?? '', /^glued: glued itself failed: first line second \\x1b\[31mline\. .*\n$/);
});

test('with --json there is one document; of run and rollback it is a run document', async () => {
  for (const [argv, schema] of [[['run', '--json'], 'glued.run/1'], [['rollback', 'x', '--json'], 'glued.run/1'], [['explain', '--json'], 'glued.error/1']] as const) {
    const { around, out } = surroundings();
    await endWith(CRASH, tellingOf(argv), around);
    assert.is(out.length, 1);
    const document: unknown = JSON.parse(out[0] ?? '');
    assert.ok(typeof document === 'object' && document !== null && 'schema' in document && 'code' in document);
    if (typeof document === 'object' && document !== null && 'schema' in document) assert.is(document.schema, schema);
  }
});

test('--json behind -- asks for nothing', () => assert.is(tellingOf(['run', '--', '--json']), 'text'));

test('a bug is not caught here: main has the last catch', async () => {
  const { around, out } = surroundings();
  let caught = '';
  try {
    await cli(['run', '--json'], around);
  } catch (error) {
    caught = String(error);
  }
  assert.match(caught, /a bug, planted/);
  assert.equal(out, []);
});

test('a signal ends a command that does not wait for it with 130, and with its document', async () => {
  const controller = new AbortController();
  controller.abort();
  const { around, out, err } = surroundings(controller.signal);
  const code = await cli(['history', '--json', '--state', '/nonexistent/state'], around);
  assert.ok(code === 130 || code === 0);
  assert.is(out.length, 1, 'never two documents');
  if (code === 130) assert.match(err.join(''), /Interrupted by SIGTERM; what a command changes, .* Give the command again\./, 'nothing of a run that there was not');
});

test('keys that others can read are told after what was signed, and what changes nothing of them is silent', async () => {
  const root = temporaryFolder('loose');
  const said = async (...argv: readonly string[]): Promise<readonly [number, string]> => {
    const { around, err } = surroundings();
    return [await cli(['repo', ...argv], around), err.join('')];
  };
  const [dir, keys] = [join(root, 'site'), join(root, 'keys')];
  assert.equal(await said('init', dir, '--keys', keys), [0, '']);
  assert.equal(await said('refresh', dir), [0, ''], 'as they are made, they are their owner\'s');
  const key = join(keys, 'timestamp-1.pem');
  chmodSync(key, 0o640);
  const told = `glued: Others than their owner can read or change keys: ${key}. Run: chmod go= ${key}\n`;
  assert.equal(await said('refresh', dir, '--json'), [0, told]);
  assert.equal(await said('renew', dir, '--keys', join(root, 'site.keys'), '--offline-keys', keys), [0, told], 'on a medium too');
  assert.equal(await said('check', dir), [0, ''], 'it needs no key');
});

test.run();
