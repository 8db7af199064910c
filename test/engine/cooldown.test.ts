// runtimes: node, deno
/** One custom URL's 429 cools down everything, or rolls the product back: https://github.com/Cisco-Talos/clamav/issues/395, elastic-agent 15557. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ok, type RunDocument, rfc3339, timesForPeople } from '../../src/model/index.ts';
import type { RunOptions, World } from '../../src/engine/index.ts';
import { runCycle } from '../../src/engine/index.ts';
import { folderHttp, type Fault } from '../support/repository.ts';
import { brief, EngineWorld, HOUR_MS, part, worldOf } from './world.ts';

const test = suite('servers that ask us to wait');
const ONE = 'http://127.0.0.1:9/';
const TWO = 'http://127.0.0.1:10/';
const PACKAGE = /^\/packages\//;

type Mood = (path: string) => Fault;
const busy = (seconds: number): Mood => () => ({ status: 429, headers: { 'retry-after': String(seconds) } });
const well: Mood = () => undefined;
const onPackages = (mood: Mood): Mood => (path) => (PACKAGE.test(path) ? mood(path) : undefined);

/** A world with two servers of the same repository, each with a mood and a list of what it was asked. */
async function twoServers(...components: readonly string[]) {
  const world = await worldOf(Object.fromEntries(components.map((id) => [id, {}])));
  const servers = new Map([[ONE, { mood: well, asked: [] as string[] }], [TWO, { mood: well, asked: [] as string[] }]]);
  const real = world.world();
  const at = (url: string) => {
    const found = servers.get(url);
    if (found === undefined) throw new Error(url);
    return found;
  };
  const network: World['network'] = async (policy) => {
    const http = new Map([...servers].map(([url, s]) => [url, folderHttp(world.repository.ports, world.repository.dir, url, (path) => (s.asked.push(path), s.mood(path)))]));
    const of = (url: string) => http.get([...servers.keys()].find((s) => url.startsWith(s)) ?? '');
    const none = { ok: false, failure: { kind: 'unresolvable', url: '', detail: '' } } as const;
    return ok({
      servers: policy.servers.map((s) => ({ url: s.url, headers: {} })),
      http: {
        document: async (request) => (await of(request.url)?.document(request)) ?? none,
        stream: async (request, sink) => (await of(request.url)?.stream(request, sink)) ?? none,
        close: async () => undefined,
      },
    });
  };
  const run = (more: Partial<RunOptions> = {}): Promise<RunDocument> => {
    for (const server of servers.values()) server.asked.length = 0;
    const { ports } = world.world();
    return runCycle({ ...real, ports, network }, world.options(more));
  };
  const both = (): void => world.policy({ servers: [{ url: ONE }, { url: TWO }] });
  return { world, one: at(ONE), two: at(TWO), run, both };
}

const untils = (document: RunDocument): readonly unknown[] => document.components.map((c) => [c.action, c.reason?.code, c.reason?.until]);

test('the only server is busy: 25 with its end, in this run and in the next, which asks nothing', async () => {
  const { world, one, run } = await twoServers('alpha', 'beta');
  world.policy({ servers: [{ url: ONE }] });
  one.mood = busy(600);
  const until = rfc3339(world.ports.at + 600_000);
  for (const requests of [1, 0]) {
    const document = await run();
    assert.equal([document.code, document.codeName, document.outcome], [25, 'cooling-down', 'deferred']);
    assert.equal(untils(document), [['deferred', 'cooling-down', until], ['deferred', 'cooling-down', until]]);
    assert.equal(document.server.tried.map((t) => [t.url, t.error.includes(timesForPeople(until))]), [[ONE, true]]);
    assert.equal(document.errors.map((e) => [e.code, e.text.includes(timesForPeople(until)), e.component]), [[25, true, undefined]]);
    assert.is(one.asked.length, requests);
    assert.is(world.status().health, 'degraded');
  }
  one.mood = well;
  assert.is((await run()).code, 25, 'it is well, and is not asked all the same');
  assert.equal([(await run({ force: 'yes' })).code, one.asked.length > 0], [0, true]);
});

test('after its end the server is asked again; a clock that went back does not make it endless', async () => {
  const { world, one, run } = await twoServers('alpha');
  world.policy({ servers: [{ url: ONE }] });
  one.mood = busy(3600);
  assert.is((await run()).code, 25);
  one.mood = well;
  world.ports.at += HOUR_MS - 1000;
  assert.is((await run()).code, 25);
  world.ports.at += 2000;
  assert.is((await run()).code, 0);
});

test('one server of two is busy: the other gives all, metadata and packages, and 25 is not said', async () => {
  const { one, two, run, both } = await twoServers('alpha', 'beta');
  both();
  one.mood = busy(60);
  const document = await run();
  assert.equal([document.code, document.server.url, document.server.tried.map((t) => t.url)], [0, TWO, [ONE]]);
  assert.equal([one.asked.length, two.asked.filter((p) => PACKAGE.test(p)).length], [1, 2]);
});

test('one is busy and the other broken: 4, with both named', async () => {
  const { world, one, two, run, both } = await twoServers('alpha');
  both();
  one.mood = busy(60);
  two.mood = () => ({ status: 500 });
  const document = await run();
  assert.is(document.code, 4);
  const text = document.errors[0]?.text ?? '';
  assert.ok(text.includes(timesForPeople(rfc3339(world.ports.at + 60_000))) && text.includes('status 500'), text);
});

test('both are busy: 25, with the earlier end', async () => {
  const { world, one, two, run, both } = await twoServers('alpha');
  both();
  one.mood = busy(900);
  two.mood = busy(300);
  const document = await run();
  assert.equal([document.code, part(document, 'alpha').reason?.until], [25, rfc3339(world.ports.at + 300_000)]);
  assert.equal(document.server.tried.map((t) => t.url), [ONE, TWO]);
});

test('busy when packages are asked for: nothing is rolled back or quarantined, whatever the number of runs, and 25 beside nothing else', async () => {
  const { world, one, run } = await twoServers('alpha');
  world.policy({ servers: [{ url: ONE }] });
  assert.is((await run()).code, 0);
  await world.publish('alpha', '2.0');
  one.mood = onPackages(busy(60));
  for (let n = 0; n < 5; n++) {
    const document = await run();
    assert.equal([document.code, brief(document, 'alpha')], [25, 'deferred 1>1 package-cooling-down']);
    assert.equal([part(document, 'alpha').reason?.until, document.server.tried.map((t) => t.url)], [rfc3339(world.ports.at + 60_000), [ONE]]);
    world.ports.at += 61_000;
  }
  assert.equal([world.content('alpha'), world.quarantine(), world.journal()], ['alpha 1.0', [], []]);
  one.mood = well;
  assert.is(brief(await run(), 'alpha'), 'updated 1>2 up-to-date');
});

test('one server refuses a package, and all others come from the second without asking the first', async () => {
  const { world, one, two, run, both } = await twoServers('alpha', 'beta', 'gamma');
  both();
  world.policy({ servers: [{ url: ONE }, { url: TWO }], download: { parallel: 1 } });
  one.mood = onPackages(busy(60));
  const document = await run();
  assert.equal([document.code, one.asked.filter((p) => PACKAGE.test(p)).length, two.asked.length], [0, 1, 3]);
});

const OWN: readonly (readonly [string, Mood, number])[] = [
  ['too many requests', busy(60), 25],
  ['a wrong address', () => ({ status: 404 }), 4],
  ['nobody there', () => ({ fail: 'refused' }), 4],
  ['a portal', () => ({ status: 511, body: new TextEncoder().encode('<html>sign in</html>') }), 4],
];
for (const [what, mood, code] of OWN) {
  test(`${what} never moves what is installed: code ${code}`, async () => {
    const { world, one, run } = await twoServers('alpha');
    world.policy({ servers: [{ url: ONE }] });
    assert.is((await run()).code, 0);
    await world.publish('alpha', '2.0');
    one.mood = mood;
    for (let n = 0; n < 4; n++) assert.is((await run({ force: 'yes' })).code, code);
    assert.equal([world.content('alpha'), world.quarantine(), world.journal()], ['alpha 1.0', [], []]);
  });
}

const OWN_PACKAGES: readonly (readonly [string, Mood, number])[] = [
  ['nobody there', () => ({ fail: 'refused' }), 9],
  ['a portal', () => ({ status: 200, headers: { 'content-type': 'text/html' }, body: new TextEncoder().encode('<html>sign in</html>') }), 4],
];
for (const [what, mood, code] of OWN_PACKAGES) {
  test(`${what} when packages are asked for condemns no release: code ${code}`, async () => {
    const { world, one, run } = await twoServers('alpha');
    world.policy({ servers: [{ url: ONE }] });
    assert.is((await run()).code, 0);
    await world.publish('alpha', '2.0');
    one.mood = onPackages(mood);
    for (let n = 0; n < 4; n++) assert.is((await run()).code, code);
    assert.equal([world.content('alpha'), world.quarantine()], ['alpha 1.0', []]);
  });
}

test('a server that cannot be reached is asked once in a run, not once a package; one that failed otherwise is asked for packages again', async () => {
  const { one, two, run, both } = await twoServers('alpha', 'beta', 'gamma');
  both();
  one.mood = () => ({ fail: 'connect-timeout' });
  assert.equal([(await run()).code, one.asked.length, two.asked.filter((p) => PACKAGE.test(p)).length], [0, 1, 3]);
  const again = await twoServers('alpha');
  again.both();
  again.one.mood = (path) => (PACKAGE.test(path) ? undefined : { status: 500 });
  assert.equal([(await again.run()).code, again.one.asked.filter((p) => PACKAGE.test(p)).length], [0, 1]);
});

test('explain says that the servers asked us to wait, and until when, without asking them', async () => {
  const world: EngineWorld = await worldOf({ alpha: {} });
  world.fault = busy(600);
  assert.is((await world.run()).code, 25);
  const explained = await world.explain();
  assert.is(explained.offline?.why, 'cooling-down');
  assert.is(explained.offline?.data['until'], rfc3339(world.ports.at + 600_000));
  assert.equal(world.requests, []);
});

test.run();
