// runtimes: node, deno
/** What a run costs on the wire: our agent, over real connections, from `repo serve`, through a relay that counts. */
import { connect, createServer, type Socket } from 'node:net';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { runCycle } from '../../src/engine/index.ts';
import { ok, type RunDocument } from '../../src/model/index.ts';
import { createHttp } from '../../src/net/index.ts';
import { createListener } from '../../src/platform/index.ts';
import { serve } from '../../src/publisher/index.ts';
import { fastClock, keptLog } from '../support/quick-ports.ts';
import { must } from '../support/outcome.ts';
import { type EngineWorld, worldOf } from './world.ts';

const test = suite('least bytes');
type Wire = { readonly url: string; received: number; connections: number; requests: string[] };
const stop = new AbortController();
const sockets = new Set<Socket>();
const relays: { close(): void }[] = [];

/** The server's Date as the world's clock has it, which stands: byte for byte as long. */
function atTheWorldsTime(bytes: Buffer): Buffer {
  const there = new Date(world.ports.at).toUTCString();
  return Buffer.from(bytes.toString('latin1').replace(/^Date: \w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT(?=\r$)/gm, `Date: ${there}`), 'latin1');
}

/** Passes bytes on, and counts those that come from the server; requests are read from what goes to it. */
async function relay(to: number): Promise<Wire> {
  const server = createServer((client) => {
    wire.connections += 1;
    const upstream = connect(to, '127.0.0.1');
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        client.destroy();
        upstream.destroy();
      });
    }
    client.on('data', (bytes: Buffer) => {
      wire.requests.push(...[...bytes.toString('latin1').matchAll(/^GET (\S+) HTTP/gm)].map((m) => m[1] ?? ''));
      upstream.write(bytes);
    });
    upstream.on('data', (bytes: Buffer) => {
      wire.received += bytes.length;
      client.write(atTheWorldsTime(bytes));
    });
  });
  relays.push(server);
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const address = server.address();
  const wire: Wire = { url: `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}/`, received: 0, connections: 0, requests: [] };
  return wire;
}

const world: EngineWorld = await worldOf({ alpha: {}, beta: { type: 'ips' }, gamma: {} });
const served = must(await serve({ ...world.repository.ports, listener: createListener() }, { dir: world.repository.dir, port: 0, signal: stop.signal }));
const wire = await relay(Number(new URL(served.url).port));
test.after(() => {
  for (const socket of sockets) socket.destroy();
  for (const one of relays) one.close();
  stop.abort();
});

async function run(policy: object = {}): Promise<RunDocument> {
  Object.assign(wire, { received: 0, connections: 0, requests: [] });
  world.policy({ servers: [{ url: wire.url }], ...policy });
  const real = world.world();
  const network = async () => ok({ http: await createHttp({ clock: fastClock(1), log: keptLog() }, { tls: {}, agentVersion: '1.0.0' }), servers: [{ url: wire.url, headers: {} }] });
  return runCycle({ ...real, network }, world.options());
}

const asked = (): readonly string[] => wire.requests.map((path) => path.replace(/[0-9a-f]{64}/g, 'HASH').replace(/packages\/..\//, 'packages/'));

test('a first run fetches each thing once', async () => {
  assert.is((await run()).code, 0);
  assert.is(new Set(wire.requests).size, wire.requests.length, wire.requests.join('\n'));
  assert.is(wire.requests.filter((p) => p.startsWith('/packages/')).length, 3);
});

test('a no-op of three components is two requests on one connection, and at most 720 bytes received', async () => {
  assert.is((await run()).code, 0);
  assert.equal(asked(), ['/metadata/2.root.json', '/metadata/timestamp.json']);
  assert.is(wire.connections, 1);
  assert.ok(wire.received <= 720, `${wire.received} bytes`);
  console.log(`\nNOTE: a no-op of three components received ${wire.received} bytes in ${wire.requests.length} requests`);
});

test('one component of three published: its role, its catalog and its package, and what leads there', async () => {
  await world.publish('beta', '2.0');
  assert.is((await run()).code, 0);
  const [root, timestamp, ...rest] = asked();
  assert.equal([root, timestamp], ['/metadata/2.root.json', '/metadata/timestamp.json']);
  assert.equal(rest.map((p) => p.replace(/\d+\./, 'N.')), ['/metadata/N.snapshot.json', '/metadata/N.beta.json', '/targets/catalog/HASH.beta.json', '/packages/HASH']);
});

test('content types that are off cost no request at all, nor does one of them among others', async () => {
  const off = { enabled: false };
  await world.publish('beta', '3.0');
  assert.is((await run({ content: { ips: off } })).code, 0);
  assert.equal(asked().filter((p) => p.includes('beta') || p.startsWith('/packages/')), []);
  assert.is((await run({ content: { ips: off, av: off } })).code, 0);
  assert.equal([wire.requests, wire.connections], [[], 0]);
});

test.run();
