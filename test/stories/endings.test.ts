import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { at, NODE } from '../../build/support/root.ts';
import { documentOf, runtimes } from '../support/runtimes.ts';
import { makeSite, type Site } from '../support/site.ts';

const test = suite('endings');

/** A process that ended too early is found by what it said, not by its absence. */
function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    console.error(`no process ${pid}: ${String(error)}`);
  }
}

for (const rt of runtimes()) {
  let site: Site;

  test(`${rt.name}: a run installs, prints one document, and leaves a status that anybody may read`, async () => {
    site = await makeSite(rt);
    try {
      const end = await rt.run(['run', '--json', ...site.place]);
      assert.is(end.code, 0, end.stderr);
      assert.is(documentOf(end)['outcome'], 'updated');
      assert.is(readFileSync(site.live, 'utf8'), 'rules of release 1\n');
      assert.is(statSync(site.state).mode & 0o777, 0o755, 'the log must not make the state folder in its own mode');
      assert.is(statSync(join(site.state, 'status.json')).mode & 0o777, 0o644);
      const field = await rt.run(['status', '--field', 'last.components.demo.after.version', '--state', site.state], { permissions: ['--allow-read'] });
      assert.equal([field.code, field.stdout], [0, '1.0\n']);
    } finally {
      site.end();
    }
  });

  test(`${rt.name}: a state that is a file is 26 with one text for whoever asks, and nagios' own word`, async () => {
    site = await makeSite(rt);
    try {
      const file = join(site.state, '..', 'a-file');
      writeFileSync(file, 'x');
      const text = `The folder ${file} cannot hold the state: it is no folder.`;
      for (const command of [['run', '--no-input', ...site.place.slice(0, 2)], ['explain', ...site.place.slice(0, 2)], ['status'], ['history'], ['registry', 'list']]) {
        const end = await rt.run([...command, '--json', '--state', file], { permissions: ['--allow-all'] });
        assert.is(end.code, 26, `${command.join(' ')}: ${end.stdout}${end.stderr}`);
        assert.ok(JSON.stringify(documentOf(end)).includes(JSON.stringify(text).slice(1, -1)), `${command.join(' ')}: ${end.stdout}`);
      }
      const nagios = await rt.run(['status', '--format', 'nagios', '--state', file], { permissions: ['--allow-read'] });
      assert.is(nagios.code, 3);
      assert.ok(nagios.stdout.startsWith('GLUED UNKNOWN - Not known: The folder'), nagios.stdout);
    } finally {
      site.end();
    }
  });

  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    test(`${rt.name}: ${signal} during a run is 130, with one document, and the next run goes on`, async () => {
      site = await makeSite(rt);
      try {
        site.mood = 'hang';
        const started = (pid: number): void => {
          void site.hung.then(() => send(pid, signal));
        };
        const end = await rt.run(['run', '--json', '--no-input', ...site.place], { started });
        assert.is(end.code, 130, `${end.signal ?? ''} ${end.stderr}`);
        const document = documentOf(end);
        assert.equal([document['schema'], document['code'], document['codeName']], ['glued.run/1', 130, 'interrupted']);
        assert.match(end.stdout, new RegExp(`Interrupted by ${signal}`));
        assert.not(existsSync(site.live));
        site.mood = 'serve';
        assert.is((await rt.run(['run', '--json', ...site.place])).code, 0);
      } finally {
        site.end();
      }
    });
  }

  test(`${rt.name}: a signal ends the trial server with 0`, async () => {
    site = await makeSite(rt);
    try {
      const said = (stdout: string, pid: number): void => {
        if (stdout.includes('Serving')) send(pid, 'SIGTERM');
      };
      const end = await rt.run(['repo', 'serve', join(site.folder, 'repo'), '--port', '0'], { said });
      assert.is(end.code, 0, end.stderr);
      assert.match(end.stdout, /Serving .* at http:\/\/127\.0\.0\.1:\d+\//);
    } finally {
      site.end();
    }
  });
}

test('deno: a run needs no more than reading, the server, and the state and install folders to write', async () => {
  const [, rt] = runtimes();
  assert.ok(rt?.name === 'deno');
  if (rt === undefined) return;
  const site = await makeSite(rt);
  try {
    const permissions = ['--allow-read', '--allow-env', '--allow-sys', `--allow-net=127.0.0.1:${site.port}`, `--allow-write=${site.state},${dirname(site.live)}`];
    const end = await rt.run(['run', '--json', ...site.place], { permissions });
    assert.is(end.code, 0, end.stdout + end.stderr);
    assert.is(documentOf(end)['outcome'], 'updated');
  } finally {
    site.end();
  }
});

test('deno: a permission that is missing is an error, never "nothing there"', async () => {
  const [, rt] = runtimes();
  if (rt === undefined) return;
  const check = await rt.run(['policy', 'check', '--json'], { permissions: [] });
  assert.not.equal(check.code, 20, 'the policy is not missing, it may not be read');
  assert.ok((check.code ?? 0) > 0);
  const list = await rt.run(['registry', 'list', '--state', '/var/lib/glued'], { permissions: [] });
  assert.is(list.code, 26, list.stderr);
});

test('a bug of ours is 1: one line, one document, and a stack only for who asks', () => {
  const folder = at('dist', '.crash');
  mkdirSync(folder, { recursive: true });
  const policy = join(folder, 'policy.json');
  writeFileSync(policy, JSON.stringify({ servers: [{ url: 'http://127.0.0.1:1/' }], trust: { rootFile: policy } }));
  // every run sorts its components; whoever else sorts is left alone
  const planted = `data:text/javascript,const sort = Array.prototype.sort; Array.prototype.sort = function (...how) {
    if (new Error().stack.includes('glued.mjs')) throw new TypeError('planted');
    return sort.apply(this, how);
  };`;
  const run = (...args: string[]): ReturnType<typeof spawnSync> =>
    spawnSync(NODE, ['--import', planted, at('dist', 'glued.mjs'), 'run', '--json', '--policy', policy, '--state', join(folder, 'state'), ...args], { encoding: 'utf8' });
  const end = run();
  assert.is(end.status, 1, `${end.stdout}${end.stderr}`);
  const document: unknown = JSON.parse(String(end.stdout));
  assert.ok(typeof document === 'object' && document !== null && 'codeName' in document && document.codeName === 'internal');
  assert.match(String(end.stderr), /^glued: glued itself failed: planted\. .*\n$/);
  assert.match(String(run('--log-level', 'debug').stderr), /at .*glued\.mjs/);
  rmSync(folder, { recursive: true });
});

test.run();
