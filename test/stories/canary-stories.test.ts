import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { canary, filesIn, foundBelow, foundIn } from '../support/canary.ts';
import type { Answer, Seen } from '../support/fault-server.ts';
import { type FaultyRepository, faultyRepository, type Meddle } from '../support/faulty-repository.ts';
import { type Runtime, type RunEnd, runtimes } from '../support/runtimes.ts';
import { type Machine, StoryWorld } from '../support/story-world.ts';
import { type ProxyManners, testProxy } from '../support/test-proxy.ts';

const test = suite('canary stories');
const SECRETS = {
  password: canary('password'),
  header: canary('header'),
  proxy: canary('proxy'),
  address: canary('address'),
  environment: canary('environment'),
  token: canary('token'),
  outbox: canary('outbox'),
} as const;
/** Where the secrets are on purpose. */
const OWN_FILES = /\/secrets\/|\/policy\.json$/;

const world = await StoryWorld.make('demo');
await world.release('demo', '1.0');
test.after(() => world.end());

/** Everything that glued says or writes is looked through, after every command. */
class Watched {
  readonly machine: Machine;
  private readonly folder: string;

  constructor(rt: Runtime) {
    this.machine = world.machine(rt).register('demo');
    this.folder = join(this.machine.folder, 'secrets');
    mkdirSync(this.folder, { mode: 0o700 });
  }

  secret(name: string, value: string, mode = 0o600): string {
    const path = join(this.folder, name);
    writeFileSync(path, `${value}\n`, { mode });
    return path;
  }

  get har(): string {
    return join(this.machine.folder, 'live', 'trace.har');
  }

  async says(words: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<RunEnd> {
    const place = words[0] === 'status' || words[0] === 'history' || words[0] === 'registry' ? ['--state', this.machine.state] : this.machine.place;
    const end = await this.machine.glued([...words, ...place], { settings: { env, permissions: this.machine.permissions(['127.0.0.1']) } });
    const told = `${words.join(' ')} (exit ${end.code ?? end.signal})\n${end.stdout}${end.stderr}`;
    assert.equal(foundIn(`${end.stdout}\n${end.stderr}`, SECRETS), [], told);
    assert.equal(foundBelow(this.machine.folder, OWN_FILES, SECRETS), [], told);
    return end;
  }

  /** The loudest that a run can be, into every file that it can write. */
  run(env: Readonly<Record<string, string>> = {}, ...more: readonly string[]): Promise<RunEnd> {
    return this.says(['run', '--json', '--no-input', '--log-level', 'debug', '--trace', this.har, ...more], env);
  }
}

const ALL: readonly (readonly string[])[] = [
  ['run', '--no-input', '--log-level', 'debug', '--force'],
  ['run', '--json', '--dry-run'],
  ['doctor'],
  ['doctor', '--json', '--log-level', 'debug'],
  ['explain'],
  ['explain', 'demo', '--json'],
  ['status', '--json'],
  ['status'],
  ['history'],
  ['policy', 'show'],
  ['policy', 'show', '--origin'],
  ['policy', 'check'],
  ['registry', 'list'],
];

function secretPolicy(watched: Watched, url: string, more: object = {}): void {
  const { password, header, token, outbox } = SECRETS;
  watched.machine.policy({
    servers: [{ url, username: 'fleet', passwordFile: watched.secret('password', password), headers: { 'X-Token': header } }],
    report: { tokenFile: watched.secret('token', token), secretFile: watched.secret('outbox', outbox) },
    download: { timeoutSeconds: 5 },
    ...more,
  });
}

async function serving<T>(meddle: Meddle, act: (server: FaultyRepository) => Promise<T>): Promise<T> {
  const server = await faultyRepository(world.repo.ports, { dir: () => world.repo.dir, meddle });
  try {
    return await act(server);
  } finally {
    await server.close();
  }
}
const asIs: Meddle = (_kind, _n, good) => good;

/** The secrets that a request brought, in all the ways in which a server could throw them back. */
const thrown = ({ headers }: Seen): string => `${headers['x-token'] ?? ''} ${headers['authorization'] ?? ''} ${Buffer.from((headers['authorization'] ?? '').slice(6), 'base64').toString()}`;
type Throw = readonly [name: string, on: RegExp, answer: (echo: string) => Answer];
const text = (value: string): Uint8Array => new TextEncoder().encode(value);
const THROWS: readonly Throw[] = [
  ['in the page of a 401', /timestamp/, (echo) => ({ status: 401, headers: [['www-authenticate', `Basic realm="${echo}"`]], body: text(echo) })],
  ['in a web page', /timestamp/, (echo) => ({ headers: [['content-type', 'text/html']], body: text(`<!DOCTYPE html><html>${echo}</html>`) })],
  ['in the name of an encoding', /timestamp/, (echo) => ({ headers: [['content-encoding', echo]], body: text('x') })],
  ['in a redirect', /timestamp/, (echo) => ({ status: 302, headers: [['location', `http://${encodeURIComponent(echo.slice(0, 20))}.test/?t=${encodeURIComponent(echo)}`]] })],
  ['in a redirect of the package', /packages/, (echo) => ({ status: 302, headers: [['location', `ftp://x/${encodeURIComponent(echo)}`]] })],
  ['in a status line that is none', /timestamp/, (echo) => ({ garbage: `HTTP/1.1 ${echo}\r\n\r\n` })],
  ['in a Content-Range', /packages/, (echo) => ({ status: 206, headers: [['content-range', `bytes ${echo}`]], body: text('x') })],
  ['in a Retry-After', /timestamp/, (echo) => ({ status: 429, headers: [['retry-after', echo]] })],
  ['in metadata, as its type', /timestamp/, (echo) => ({ body: text(JSON.stringify({ signed: { _type: echo, version: 1, expires: '2030-01-01T00:00:00Z', spec_version: '1.0.0', meta: {} }, signatures: [] })) })],
  ['in metadata that is no JSON', /timestamp/, (echo) => ({ body: text(`{${echo}`) })],
  ['in metadata, as a key', /timestamp/, (echo) => ({ body: text(`{"signed": {"${JSON.stringify(echo).slice(1, -1)}": 1, "${JSON.stringify(echo).slice(1, -1)}": 2}}`) })],
];

for (const rt of runtimes().filter((r) => r.name !== 'binary')) {
  test(`${rt.name}: good runs and every other command show no secret, and write none down`, async () => {
    await serving(asIs, async (server) => {
      const watched = new Watched(rt);
      secretPolicy(watched, server.url);
      const end = await watched.run();
      assert.is(end.code, 0, `${end.stdout}${end.stderr}`);
      assert.ok(server.seen.every((s) => s.headers['x-token'] === SECRETS.header), 'the header was not sent');
      assert.ok(server.seen.every((s) => (s.headers['authorization'] ?? '').endsWith(btoa(`fleet:${SECRETS.password}`))), 'the password was not sent');
      assert.ok(filesIn(watched.machine.folder, OWN_FILES).some((path) => path.endsWith('.har')), 'there is no HAR');
      for (const words of ALL) await watched.says(words);
    });
  });

  test(`${rt.name}: whatever a server throws back at us, nothing of it that is secret is told`, async () => {
    const problems: string[] = [];
    for (const [name, on, answer] of THROWS) {
      await serving((_kind, _n, good, request) => (on.test(request.path) ? answer(thrown(request)) : good), async (server) => {
        const watched = new Watched(rt);
        secretPolicy(watched, server.url);
        const end = await watched.run().catch((e: unknown) => problems.push(`${name}: ${String(e).slice(0, 4000)}`));
        if (typeof end === 'number') return;
        assert.not.equal(end.code, 0, `${name}: ${end.stdout}`);
        for (const words of [['status', '--json'], ['doctor', '--json']]) await watched.says(words).catch((e: unknown) => problems.push(`${name}: ${String(e).slice(0, 4000)}`));
      });
    }
    assert.equal(problems, []);
  });

  const PROXIES: readonly (readonly [string, ProxyManners, number])[] = [
    ['that lets us through', { wants: `fleet:${SECRETS.proxy}` }, 0],
    ['that wants another password, and throws ours back', { wants: 'fleet:another', challenge: `Basic realm="${SECRETS.proxy}"` }, 19],
    ['that answers with what we sent', { says: `HTTP/1.1 502 ${SECRETS.proxy}\r\nproxy-status: ${SECRETS.proxy}\r\ncontent-length: 0\r\n\r\n` }, 4],
  ];
  for (const [name, manners, code] of PROXIES) {
    test(`${rt.name}: a proxy ${name}`, async () => {
      const proxy = await testProxy(manners);
      try {
        await serving(asIs, async (server) => {
          const watched = new Watched(rt);
          const custom = { mode: 'custom', url: proxy.url, username: 'fleet', passwordFile: watched.secret('proxy', SECRETS.proxy) };
          secretPolicy(watched, server.url.replace('127.0.0.1', 'content.test'), { proxy: custom });
          assert.is((await watched.run()).code, code);
          const sent = proxy.heads.some((h) => h.includes(btoa(`fleet:${SECRETS.proxy}`)));
          assert.ok(sent, 'the password was not sent');
          for (const words of [['doctor', '--json'], ['doctor'], ['policy', 'show', '--origin'], ['status', '--json']]) await watched.says(words);
          if (manners.says !== undefined) return;
          // the same proxy, from the environment: it knows another secret then
          secretPolicy(watched, server.url.replace('127.0.0.1', 'content.test'), { proxy: { mode: 'system' } });
          const env = { http_proxy: `http://fleet:${encodeURIComponent(SECRETS.environment)}@127.0.0.1:${proxy.port}` };
          await watched.run(env);
          for (const words of [['doctor', '--json'], ['policy', 'show', '--origin']]) await watched.says(words, env);
        });
      } finally {
        proxy.close();
      }
    });
  }

  test(`${rt.name}: policies that are refused for their secrets do not tell them`, async () => {
    const { address, header, password } = SECRETS;
    const at = 'http://127.0.0.1:9/';
    type Bad = readonly [number, (watched: Watched) => { readonly [key: string]: unknown }];
    const BAD: readonly Bad[] = [
      [21, () => ({ servers: [{ url: `https://fleet:${encodeURIComponent(address)}@content.test/` }] })],
      [21, () => ({ servers: [{ url: `${at}?token=${encodeURIComponent(address)}` }] })],
      [21, () => ({ servers: [{ url: at, headers: { 'X-Token': `${header}\r\nX-Other: 1` } }] })],
      [21, () => ({ servers: [{ url: at, headers: { Host: header } }] })],
      [22, (watched) => ({ servers: [{ url: at, username: 'fleet', passwordFile: watched.secret('open', password, 0o644) }] })],
      [21, (watched) => ({ servers: [{ url: at, username: 'fleet', passwordFile: watched.secret('lines', `${password}\n${password}`) }] })],
      [21, () => ({ servers: [{ url: at }], proxy: { mode: 'custom', url: `http://fleet:${encodeURIComponent(address)}@127.0.0.1:9/` } })],
      [21, () => ({ servers: [{ url: at, passwrod: password }] })],
      [21, () => ({ servers: [{ url: at, headers: { 'X-Token': [header] } }] })],
    ];
    const problems: string[] = [];
    for (const [code, policyOf] of BAD) {
      const watched = new Watched(rt);
      const more = policyOf(watched);
      watched.machine.policy(more);
      for (const words of [['run', '--json', '--log-level', 'debug'], ['policy', 'show', '--origin'], ['doctor', '--json']]) {
        const end = await watched.says(words).catch((e: unknown) => problems.push(`${JSON.stringify(more)}: ${String(e).slice(0, 1500)}`));
        if (typeof end !== 'number' && words[0] === 'run') assert.is(end.code, code, `${JSON.stringify(more)}\n${end.stdout}${end.stderr}`);
      }
    }
    assert.equal(problems, []);
  });

  test(`${rt.name}: a run that is killed leaves no secret in its files`, async () => {
    let pid = 0;
    await serving((kind, _n, good) => {
      if (kind === 'package') process.kill(pid, 'SIGKILL');
      return good;
    }, async (server) => {
      const watched = new Watched(rt);
      secretPolicy(watched, server.url);
      const end = await watched.machine.glued(['run', '--json', '--log-level', 'debug', '--trace', watched.har, ...watched.machine.place], {
        settings: { started: (started) => (pid = started), permissions: watched.machine.permissions(['127.0.0.1']) },
      });
      assert.is(end.signal, 'SIGKILL');
      assert.equal(foundIn(end.stdout + end.stderr, SECRETS), []);
      assert.equal(foundBelow(watched.machine.folder, OWN_FILES, SECRETS), []);
    });
  });
}

test('what is looked for is found where it is, in each of its forms', () => {
  const watched = new Watched(runtimes()[0] ?? (() => { throw new Error('no runtime'); })());
  watched.secret('password', SECRETS.password);
  assert.is(foundBelow(watched.machine.folder, /nothing/, SECRETS).length, 1);
  for (const said of [`a ${SECRETS.token} b`, `Basic ${btoa(`fleet:${SECRETS.token}`)}`, `?t=${encodeURIComponent(SECRETS.token)}`, JSON.stringify({ a: `"${SECRETS.token}` }), btoa(`xx${SECRETS.token}yy`)]) {
    assert.ok(foundIn(said, SECRETS).every((found) => found.startsWith('token as')) && foundIn(said, SECRETS).length > 0, said);
  }
  assert.equal(foundIn('nothing of this kind', SECRETS), []);
});

test.run();
