// runtimes: node, deno
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { tellReady } from '../../src/daemon/ready.ts';
import { failed, type Ports, ok } from '../../src/model/index.ts';
import { osFake, procFake } from '../support/policy-world.ts';

const test = suite('telling systemd that the daemon answers');

type Run = Ports['proc']['run'];

/** What was started, and what was logged. */
async function told(env: Readonly<Record<string, string>>, run: Run): Promise<readonly unknown[]> {
  const seen: unknown[] = [];
  const proc = { ...procFake(), run: (request: Parameters<Run>[0]) => (seen.push([request.argv, request.env['NOTIFY_SOCKET']]), run(request)) };
  await tellReady({ proc, os: osFake({ env }), log: { write: (level, event, data) => seen.push([level, event, data?.['problem']]) } });
  return seen;
}

const END = { kind: 'exit', signal: null, stdout: '', ms: 1, peakBytes: 1 } as const;
const CALL = [['systemd-notify', '--ready'], '/run/systemd/notify'];
const WAITING = { NOTIFY_SOCKET: '/run/systemd/notify' };

test('where nobody waits for it, nothing is started', async () => assert.equal(await told({}, procFake().run), []));
test('it says so once', async () => assert.equal(await told(WAITING, async () => ok({ ...END, exit: 0, stderr: '' })), [CALL]));
test('where it cannot, the log says why', async () => {
  assert.equal(await told(WAITING, async () => ok({ ...END, exit: 1, stderr: 'no' })), [CALL, ['error', 'not-told-ready', 'no']]);
  assert.equal(await told(WAITING, async () => failed({ kind: 'absent', program: '', detail: 'not there' })), [CALL, ['error', 'not-told-ready', 'not there']]);
});

test.run();
