/** How engines fare, as probation asks: an end in order is no death (facts/safety.md, 8). */
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { EngineLife } from '../../src/model/index.ts';
import { fakeEngine, staleSocket, wellBehaved } from './suricata-world.ts';
import { builtIn, componentAt, newFolder, realPorts } from './world.ts';

const test = suite('engines alive');
const signal = new AbortController().signal;

async function lifeOf(plugIn: 'clamav' | 'suricata', root: string, settings: Record<string, string>): Promise<EngineLife> {
  const life = await builtIn(plugIn)(realPorts).alive?.(componentAt(plugIn, join(root, 'content'), settings), 2000, signal);
  if (life === undefined) throw new Error('it cannot be asked');
  return life;
}

test('clamd: no socket is an end in order, one that nobody listens on is a death', async () => {
  const root = newFolder();
  const Socket = join(root, 'clamd.ctl');
  assert.is((await lifeOf('clamav', root, { Socket })).kind, 'stopped');
  staleSocket(Socket);
  const life = await lifeOf('clamav', root, { Socket });
  assert.is(life.kind, 'dead');
  assert.ok(life.kind === 'dead' && life.since !== null && life.since > 0);
});

/** The engine as far as it is asked where it logs to. */
function loggingEngine(root: string): string {
  const path = join(root, 'engine.sh');
  writeFileSync(path, `#!/bin/sh\nprintf 'default-log-dir = ${root}\\nlogging.outputs.1.file.filename = suricata.log\\n'\n`);
  chmodSync(path, 0o755);
  return path;
}

const STARTED = 'Notice: suricata: This is Suricata version 7.0.10 RELEASE running in SYSTEM mode\n';
const STOPPED = 'Notice: suricata: Signal Received.  Stopping engine.\n';
const LOGS: readonly (readonly [log: string, kind: EngineLife['kind']])[] = [
  [`${STARTED}${STOPPED}`, 'stopped'],
  [`${STARTED}Notice: threads: Engine started.\n`, 'dead'],
  [`${STARTED}${STOPPED}${STARTED}`, 'dead'],
  ['', 'dead'],
];
for (const [log, kind] of LOGS) {
  test(`suricata, with a socket that nobody listens on and ${log === '' ? 'no log' : `${log.split('\n').length - 1} lines in its log`}: ${kind}`, async () => {
    const root = newFolder();
    const CommandSocket = join(root, 'command.socket');
    staleSocket(CommandSocket);
    writeFileSync(join(root, 'suricata.log'), log);
    const life = await lifeOf('suricata', root, { CommandSocket, EnginePath: loggingEngine(root) });
    assert.is(life.kind, kind);
    if (life.kind === 'dead') assert.is(life.lastWords, log.trim());
  });
}

test('suricata that answers is up, and the same one each time', async () => {
  const root = newFolder();
  const CommandSocket = join(root, 'command.socket');
  const server = await fakeEngine(CommandSocket, wellBehaved(4));
  const [one, other] = [await lifeOf('suricata', root, { CommandSocket }), await lifeOf('suricata', root, { CommandSocket })];
  server.close();
  assert.equal([one.kind, one], ['up', other]);
});

test.run();
