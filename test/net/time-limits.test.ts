// runtimes: node, deno
import { createServer, type Socket } from 'node:net';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { HttpFailure } from '../../src/model/index.ts';
import { createHttp } from '../../src/net/index.ts';
import { type Answer, closeFaultServers, faultServer } from '../support/fault-server.ts';
import { fastClock, keptLog } from '../support/quick-ports.ts';
import { requestOf } from '../support/scripted-http.ts';

test.after.each(closeFaultServers);
const SPEED = 100;
const body = new Uint8Array(200_000).fill(65);

async function get(answer: Answer, totalTimeoutMs: number | undefined, hold?: () => Promise<'go'>): Promise<HttpFailure | 'whole'> {
  const server = await faultServer({ '/x': answer });
  const http = await createHttp({ clock: fastClock(SPEED), log: keptLog() }, { tls: {}, agentVersion: '0' });
  const limits = { idleTimeoutMs: 60_000, ...(totalTimeoutMs === undefined ? {} : { totalTimeoutMs }) };
  const end = await http.stream(requestOf(`${server.url}x`, limits), { head: () => 'go', chunk: () => hold?.() ?? 'go' });
  await http.close();
  return end.ok ? 'whole' : end.failure;
}

test('a trickle above the least rate ends at the total limit, and without one it does not', async () => {
  // 2 KiB/s on the clock of the test: 100 s for it all
  const trickle: Answer = { body, trickle: { bytes: 2048 * 2, everyMs: 20 } };
  const got = await get(trickle, 20_000);
  assert.ok(got !== 'whole');
  assert.is(got.kind, 'stalled');
  assert.match(got.detail, /not at its end after 20 s/);
  assert.is(await get(trickle, undefined), 'whole');
});

test('time in which we hold the transfer back does not count', async () => {
  const clock = fastClock(SPEED);
  let held = 0;
  const hold = async (): Promise<'go'> => {
    if (held++ < 3) await clock.sleep(20_000);
    return 'go';
  };
  assert.is(await get({ body }, 20_000, hold), 'whole');
});

test('an idle limit that ends before the connection is there says that there was no connection', async () => {
  // it takes the connection and never begins with TLS
  const silent = createServer().listen(0, '127.0.0.1');
  const sockets: Socket[] = [];
  silent.on('connection', (socket) => sockets.push(socket));
  await new Promise((done) => silent.once('listening', done));
  const address = silent.address();
  const http = await createHttp({ clock: fastClock(SPEED), log: keptLog() }, { tls: {}, agentVersion: '0', connectTimeoutMs: 10_000 });
  const url = `https://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}/x`;
  const end = await http.document(requestOf(url, { idleTimeoutMs: 5000 }));
  await http.close();
  for (const socket of sockets) socket.destroy();
  silent.close();
  assert.equal(end.ok ? [] : [end.failure.kind, end.failure.detail], ['connect-timeout', 'no byte for 5 s']);
});

test.run();
