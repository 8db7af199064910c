// facts/pains: "No error, but definitions are not updated"; a run that cannot be debugged.
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import addFormats from 'ajv-formats';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { at } from '../../build/support/root.ts';
import type { DoctorDocument } from '../../src/model/index.ts';
import type { Har } from '../../src/report/index.ts';
import { HAR_SCHEMA } from '../net/har-schema.ts';
import { documentOf, runtimes } from '../support/runtimes.ts';
import { type Machine, StoryWorld, told } from '../support/story-world.ts';

const test = suite('stories of doctor and traces');
const ajv = new Ajv2020({ strict: false, allErrors: true });
addFormats.default(ajv);
const validDoctor = ajv.compile<DoctorDocument>(JSON.parse(readFileSync(at('docs', 'schema', 'glued.doctor.1.json'), 'utf8')));
const validHar = ajv.compile<Har>(HAR_SCHEMA);
const CANARY = 'CANARY-value-7f3a';

function harOf(path: string): Har {
  const har: unknown = JSON.parse(readFileSync(path, 'utf8'));
  if (!validHar(har)) throw new Error(ajv.errorsText(validHar.errors));
  return har;
}

for (const rt of runtimes()) {
  let world: StoryWorld;
  let machine: Machine;

  const begin = async (): Promise<void> => {
    world = await StoryWorld.make('demo');
    await world.release('demo', '1.0');
    machine = world.machine(rt).register('demo');
  };
  const end = (): void => {
    machine.end();
    world.end();
  };
  /** `doctor --json`, whose one document must be valid and agree with the exit code. */
  const examine = async (settings = {}): Promise<DoctorDocument> => {
    const done = await machine.glued(['doctor', '--json', ...machine.place], { settings });
    const document: unknown = documentOf(done);
    if (!validDoctor(document)) throw new Error(`${ajv.errorsText(validDoctor.errors)}\n${done.stdout}`);
    assert.is(done.code, document.code, done.stdout);
    return document;
  };
  const verdictOf = (document: DoctorDocument, id: string): string => document.checks.find((c) => c.id === id)?.verdict ?? 'absent';
  const story = (name: string, tell: () => Promise<void>): void => {
    test(`${rt.name}: ${name}`, async () => {
      await begin();
      try {
        await tell();
      } finally {
        end();
      }
    });
  };

  story('doctor on a machine that is well fails nothing, before and after a run, and leaves the state as it was', async () => {
    const before = await examine();
    assert.equal([before.code, before.counts.fail], [0, 0], JSON.stringify(before.checks));
    assert.not(machine.exists('state.db'));
    await machine.expect(0);
    const files = (): string => JSON.stringify(readdirSync(machine.state, { recursive: true, encoding: 'utf8' }).sort().map((n) => [n, statSync(machine.file(n)).mtimeMs]));
    const left = files();
    const after = await examine();
    assert.equal([after.code, after.counts.fail], [0, 0], JSON.stringify(after.checks));
    assert.ok(after.checks.some((c) => c.id === 'trust' && c.evidence.some((line) => line.startsWith('cached timestamp'))));
    assert.is(files(), left);
  });

  story('doctor in words: a line a check, what to do, the sum, and the code of what failed', async () => {
    machine.policy({ servers: [{ url: 'http://127.0.0.1:9/' }] });
    const done = await machine.glued(['doctor', ...machine.place]);
    assert.is(done.code, 4, done.stdout + done.stderr);
    assert.match(done.stdout, /^FAIL {2}server-tcp http:\/\/127\.0\.0\.1:9\/ \(code 4, no-valid-host\)$/m);
    assert.match(done.stdout, /^ {8}What to do: See that the server runs/m);
    assert.match(done.stdout, /^\d+ checks: \d+ ok, \d+ to watch, 1 failed, \d+ skipped\. Exit code 4 \(no-valid-host\)\.$/m);
    assert.match(done.stdout, /policy\.json:\d+/, 'the line that names the server');
  });

  story('doctor beside a run is not locked out, and names the run', async () => {
    world.server.fault = (path) => (path.startsWith('/packages/') ? { kind: 'stuck', bytes: 1 } : undefined);
    const hung = world.server.whenAsked(/^\/packages\//);
    let pid = 0;
    const running = machine.run([], { settings: { started: (p: number) => void (pid = p) } });
    await hung;
    const document = await examine();
    process.kill(pid, 'SIGTERM');
    await running;
    assert.is(document.code, 0, JSON.stringify(document.checks));
    assert.match(document.checks.find((c) => c.id === 'lock')?.text ?? '', `pid ${pid}`);
    assert.is(document.checks.find((c) => c.id === 'state-database')?.verdict, 'ok', 'what the run is about to install was not interrupted');
  });

  story('--trace writes the run as a HAR that its owner alone can read, without secrets', async () => {
    const trace = join(machine.state, 'run.har');
    const password = join(machine.folder, 'password');
    writeFileSync(password, `${CANARY}-pw\n`, { mode: 0o600 });
    machine.policy({ servers: [{ url: world.server.url, username: 'u', passwordFile: password, headers: { 'x-token': CANARY } }] });
    await machine.expect(0, ['--trace', trace]);
    const { log } = harOf(trace);
    const paths = log.entries.map((e) => new URL(e.request.url).pathname);
    assert.ok(paths.includes('/metadata/timestamp.json') && paths.some((p) => p.startsWith('/packages/')), paths.join());
    assert.equal(paths, world.server.asked, 'every exchange, in order');
    assert.is(statSync(trace).mode & 0o777, 0o600);
    const everything = readFileSync(trace, 'utf8') + JSON.stringify(await examine());
    for (const secret of [CANARY, `${CANARY}-pw`, btoa(`u:${CANARY}-pw`)]) assert.not.ok(everything.includes(secret), secret);
    await machine.expect(0, ['--trace', trace]);
    assert.ok(harOf(trace).log.entries.length < log.entries.length, 'the second run asks for less, and its trace takes the place of the first');
  });

  story('--trace is written when the run fails, and when it is interrupted', async () => {
    const trace = join(machine.state, 'run.har');
    world.server.fault = () => ({ kind: 'status', status: 503 });
    await machine.run(['--trace', trace]);
    assert.ok(harOf(trace).log.entries.some((e) => e.response.status === 503));
    world.server.fault = (path) => (path.startsWith('/packages/') ? { kind: 'stuck', bytes: 1 } : undefined);
    const hung = world.server.whenAsked(/^\/packages\//);
    const running = machine.run(['--force', '--trace', trace], { settings: { started: (pid: number) => void hung.then(() => process.kill(pid, 'SIGTERM')) } });
    assert.is((await running).code, 130);
    assert.ok(harOf(trace).log.entries.some((e) => e._error?.kind === 'interrupted'), readFileSync(trace, 'utf8'));
  });

  story('a trace that cannot be written is 64 before anything is done', async () => {
    mkdirSync(machine.file('folder'));
    writeFileSync(machine.file('theirs'), 'theirs');
    symlinkSync(machine.file('theirs'), machine.file('link'));
    for (const [name, words] of [['none/run.har', 'is not there'], ['folder', 'there is a folder'], ['link', 'it is a link'], ['theirs', 'a file that is no trace is there'], ['-', 'stdout is for the result']] as const) {
      const done = told(await machine.glued(['run', '--json', '--no-input', ...machine.place, '--trace', name === '-' ? '-' : machine.file(name)]));
      assert.is(done.code, 64, done.stdout);
      assert.match(done.document.errors[0]?.text ?? '', words);
    }
    assert.is(readFileSync(machine.file('theirs'), 'utf8'), 'theirs');
    assert.equal([world.server.asked, machine.exists('state.db')], [[], false], 'no run was started');
    assert.not(existsSync(join(machine.folder, '-')));
  });

  story('doctor says which policy is broken and goes on; a policy that others can change is 22', async () => {
    writeFileSync(machine.policyFile, '{ "servers": 7 }');
    const broken = await examine();
    assert.equal([broken.code, verdictOf(broken, 'policy'), verdictOf(broken, 'content'), verdictOf(broken, 'server-access')], [21, 'fail', 'ok', 'skipped']);
    machine.policy();
    chmodSync(machine.policyFile, 0o666);
    assert.is((await examine()).code, 22);
  });

  if (rt.name === 'deno') {
    story('a permission that is missing is a warning of its own', async () => {
      const document = await examine({ permissions: ['--allow-read', '--allow-env', '--allow-sys'] });
      const runtime = document.checks.find((c) => c.id === 'runtime');
      assert.equal([runtime?.verdict, /--allow-write/.test(runtime?.text ?? '')], ['warn', true]);
      assert.is(verdictOf(document, 'server-tcp'), 'fail');
    });
  }
}

test.run();
