// runtimes: node, deno
import addFormats from 'ajv-formats';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { at } from '../../build/support/root.ts';
import type { AllowedPlugIns, Component, EngineLife, Job, Outcome, PlugIn } from '../../src/model/index.ts';
import { BUILT_IN_PLUG_INS, failureExit, failureText, FAILURES, type Failure } from '../../src/model/index.ts';
import { createPlugIns, plugInFor } from '../../src/plugins/index.ts';
import { LIMITS } from '../../src/plugins/host/limits.ts';
import { METHODS, OPTIONAL_METHODS } from '../../src/plugins/host/methods.ts';
import { protocolSchemas } from '../../src/plugins/host/schemas.ts';
import { tellAlive, tellInventory, tellJob, tellOffer } from '../../src/plugins/host/tell.ts';
import { parse, readMessage, requestLine } from '../../src/plugins/host/wire.ts';
import { componentAt, installedAs, jobOf, newFolder, readView, realPorts, releaseOf, sha256, valueOf, VERIFY, viewOf, writeContent } from './world.ts';

const test = suite('external plug-ins: the host');
const HELLO = '"protocol":1,"id":"tiny","version":"1","contentTypes":["av"],"settings":[]';
const signal = new AbortController().signal;

/** A plug-in in sh. `cases` are arms of a case over the method; `say` and `no` answer. */
const tiny = (methods: string, cases = '', swap = 'files'): string => `#!/bin/sh
say() { printf '{"jsonrpc":"2.0","id":%s,"result":%s}\\n' "$id" "$1"; }
no() { printf '{"jsonrpc":"2.0","id":%s,"error":{"code":%s,"message":"%s"}}\\n' "$id" "$1" "$2"; }
while IFS= read -r line; do
  id=$(printf '%s' "$line" | sed -n 's/^{"jsonrpc":"2.0","id":\\([0-9]*\\),.*/\\1/p')
  method=$(printf '%s' "$line" | sed -n 's/.*"method":"\\([a-z]*\\)".*/\\1/p')
  case $method in
    ${cases}
    hello) say '{${HELLO},"methods":[${methods}],"swap":"${swap}"}' ;;
    bye) exit 0 ;;
    *) say '{"loaded":null,"engineVersion":null}' ;;
  esac
done
`;

class World {
  readonly root = newFolder();
  readonly path = join(this.root, 'plugin');
  readonly scratch = join(this.root, 'scratch');
  readonly component: Component = componentAt('tiny', join(this.root, 'product', 'rules'));
  readonly logged: string[] = [];
  plugIn: PlugIn;
  job: Job;

  constructor(script: string, verify: Partial<AllowedPlugIns['verify']> = {}) {
    mkdirSync(join(this.root, 'product'));
    mkdirSync(this.scratch, { mode: 0o700 });
    this.install(script);
    this.plugIn = this.allow(verify);
    const content = writeContent(join(this.root, 'product', '.glued-demo'), 2, 'tree', { 'a.rules': 'two' });
    this.job = jobOf(this.component, content, null, this.root);
  }

  install(script: string): void {
    rmSync(this.path, { force: true });
    writeFileSync(this.path, script, { mode: 0o755 });
  }

  allow(verify: Partial<AllowedPlugIns['verify']> = {}): PlugIn {
    const allow = [{ id: 'tiny', path: this.path, sha256: sha256(readFileSync(this.path)) }];
    const log = { write: (level: string, event: string, data?: object) => this.logged.push(`${level} ${event} ${JSON.stringify(data)}`) };
    const plugIn = createPlugIns({ ...realPorts, log }, { allow, verify: { ...VERIFY, ...verify }, scratch: this.scratch }).get('tiny');
    if (plugIn === undefined) throw new Error('no plug-in');
    return plugIn;
  }
}

async function within(world: World, work: (world: World) => Promise<void>): Promise<void> {
  try {
    await work(world);
  } finally {
    await world.plugIn.end?.();
    assert.equal(readdirSync(world.scratch), [], 'nothing is left of it');
  }
}

function failureOf(outcome: Outcome<unknown, Failure>): Failure {
  if (outcome.ok) throw new Error('it went well');
  return outcome.failure;
}

test('a release that needs a license is for a plug-in that looks for it: its word counts, and without one it is 5', async () => {
  const licensed = (world: World) => ({ ...releaseOf(world.component, world.job.next), license: 'gold' });
  const knows = new World(tiny('"license"', 'license) case $line in *gold*) say "{}" ;; *) no 5 "no license" ;; esac ;;'));
  await within(knows, async ({ plugIn, job, component }) => {
    valueOf(await plugIn.license(component, licensed(knows)));
    assert.is(failureOf(await plugIn.license(component, releaseOf(component, job.next))).why, 'plugin-no-license');
  });
  const knowsNone = new World(tiny(''));
  await within(knowsNone, async ({ plugIn, job, component }) => {
    valueOf(await plugIn.license(component, releaseOf(component, job.next)));
    const failure = failureOf(await plugIn.license(component, licensed(knowsNone)));
    assert.equal([failure.why, failureExit(failure)], ['license-unknown', 5]);
    assert.match(failureText(failure), /needs the license gold, and the plug-in tiny knows of no licenses/);
  });
});

test('with swap files, glued swaps and restores, and the plug-in is asked to test, to confirm and to restore', async () => {
  const world = new World(tiny('"test","confirm","restore","finish"', 'test|confirm|restore|finish) echo "$method" >> ../../../said; say \'{"loaded":"7"}\' ;;'));
  await within(world, async ({ plugIn, job, component }) => {
    const looked = valueOf(await plugIn.inventory(component, 'quick', signal));
    assert.equal([looked.state, looked.versions], ['absent', join(world.root, 'product', '.glued-demo')]);
    valueOf(await plugIn.license(component, releaseOf(component, job.next)));
    valueOf(await plugIn.check(component, releaseOf(component, job.next)));
    for (const step of ['test', 'swap'] as const) valueOf(await plugIn[step](job));
    assert.is(valueOf(await plugIn.confirm(job)).loaded, '7');
    assert.equal(readView(component.installPath), viewOf({ 'a.rules': 'two' }));
    valueOf(await plugIn.restore(job));
    assert.equal(readView(component.installPath), {});
    valueOf(await plugIn.finish(job));
    assert.is(readFileSync(join(world.root, 'said'), 'utf8'), 'test\nconfirm\nrestore\nfinish\n');
  });
});

test('it is given four variables, an empty private folder of its own, and a copy that nobody else can write', async () => {
  const world = new World(tiny('"test"', 'test) { env | cut -d= -f1 | sort | tr "\\n" " "; echo; pwd; ls -A | wc -l; ls -ld . ..; ls -l ../program; } > "$TMPDIR/../../../seen"; say \'{}\' ;;'));
  process.env['SECRET_TOKEN'] = 'hunter2';
  await within(world, async ({ plugIn, job }) => {
    valueOf(await plugIn.test(job));
    const [names = '', cwd = '', count = '', here = '', above = '', copy = ''] = readFileSync(join(world.root, 'seen'), 'utf8').split('\n');
    assert.equal(names.trim().split(' ').filter((n) => !['PWD', 'SHLVL', '_', 'OLDPWD'].includes(n)), ['GLUED_PROTOCOL', 'LANG', 'PATH', 'TMPDIR']);
    assert.ok(cwd.startsWith(world.scratch), cwd);
    assert.equal([Number(count), here.slice(0, 10), above.slice(0, 10), copy.slice(0, 10)], [0, 'drwx------', 'drwx------', '-r-x------']);
  });
});

test('what takes its place after its hash was taken is not run', async () => {
  const world = new World(tiny('"test"', 'test) no 11 original ;;'));
  await within(world, async ({ plugIn, job }) => {
    const { proc } = realPorts;
    const swapped = new World(tiny('"test"', 'test) no 11 original ;;'));
    const evil = join(swapped.root, 'evil');
    writeFileSync(evil, tiny('"test"', 'test) no 11 replaced ;;'), { mode: 0o755 });
    const talk: typeof proc.talk = (request) => {
      renameSync(evil, swapped.path);
      return proc.talk(request);
    };
    const allow = [{ id: 'tiny', path: swapped.path, sha256: sha256(readFileSync(swapped.path)) }];
    const raced = createPlugIns({ ...realPorts, proc: { ...proc, talk } }, { allow, verify: VERIFY, scratch: swapped.scratch }).get('tiny');
    const judged = failureOf((await raced?.test(swapped.job)) ?? { ok: true, value: undefined });
    assert.match(failureText(judged), /original/);
    assert.match(readFileSync(swapped.path, 'utf8'), /replaced/);
    await raced?.end?.();
    assert.is(failureOf(await plugIn.test(job)).why, 'plugin-refused-content');
  });
});

type Unfit = readonly [name: string, why: string, change: (world: World) => void, says: RegExp];
const UNFIT: readonly Unfit[] = [
  ['was changed', 'plugin-changed', (w) => writeFileSync(w.path, `${readFileSync(w.path, 'utf8')}#`), /sha256 of .* is [0-9a-f]{64}, and plugins\.allow says [0-9a-f]{64}/],
  ['others can write', 'plugin-untrusted', (w) => chmodSync(w.path, 0o757), /plugin belongs to user \d+ and has the mode 0757/],
  ['lies in a folder that others can write', 'plugin-untrusted', (w) => chmodSync(w.root, 0o777), /has the mode 0777/],
  ['is not there', 'plugin-unreadable', (w) => rmSync(w.path), /named by plugins\.allow, it is not there/],
  ['is a link', 'plugin-unreadable', (w) => (renameSync(w.path, `${w.path}-real`), symlinkSync(`${w.path}-real`, w.path)), /it is a link, where none may be/],
  ['is a folder', 'plugin-unreadable', (w) => (rmSync(w.path), mkdirSync(w.path)), /no regular file/],
];
for (const [name, why, change, says] of UNFIT) {
  test(`a plug-in that ${name} is 2, and never run`, async () => {
    const world = new World(tiny('"inventory"', 'hello) touch ../../../was-run ;;'));
    change(world);
    await within(world, async ({ plugIn, component }) => {
      const failure = failureOf(await plugIn.inventory(component, 'quick', signal));
      assert.equal([failure.why, failureExit(failure)], [why, 2]);
      assert.match(failureText(failure), says);
      assert.not.ok(existsSync(join(world.root, 'was-run')));
    });
    chmodSync(world.root, 0o755);
  });
}

type Broken = readonly [name: string, script: string, code: number, says: RegExp];
const TEST = '"test"';
const BROKEN: readonly Broken[] = [
  ['says no with 11', tiny(TEST, 'test) echo why >&2; no 11 "it is bad" ;;'), 11, /refused by the plug-in tiny: it is bad\./],
  ['says no with a code that a test may not give', tiny(TEST, 'test) no 13 x ;;'), 3, /error code 13, which test may not give/],
  ['says that it cannot work here', tiny(TEST, 'test) no 2 "no engine" ;;'), 2, /cannot work here: no engine/],
  ['prints what is no message', tiny(TEST, 'test) echo hm ;;'), 3, /no JSON message: "hm"/],
  ['answers with the id of another', tiny(TEST, 'test) id=99; say "{}" ;;'), 3, /id 99 where 2 was asked/],
  ['answers with text for an id', tiny(TEST, 'test) id="\\"2\\""; say "{}" ;;'), 3, /wrong at id/],
  ['answers both result and error', tiny(TEST, `test) printf '{"jsonrpc":"2.0","id":2,"result":{},"error":{"code":11,"message":"x"}}\\n' ;;`), 3, /not exactly one of result and error/],
  ['answers with the same key twice', tiny(TEST, `test) printf '{"jsonrpc":"2.0","id":2,"id":2,"result":{}}\\n' ;;`), 3, /the same key twice/],
  ['answers another version of JSON-RPC', tiny(TEST, `test) printf '{"jsonrpc":"1.0","id":2,"result":{}}\\n' ;;`), 3, /wrong at jsonrpc/],
  ['sends an endless line', tiny(TEST, `test) yes x | tr -d '\\n' ;;`), 3, /a line of more than/],
  ['sends bad UTF-8', tiny(TEST, `test) printf '"\\377\\376"\\n' ;;`), 3, /bytes that are not UTF-8/],
  ['floods with messages', tiny(TEST, `test) yes '{"jsonrpc":"2.0","method":"x"}' ;;`), 3, /more than 1000 messages/],
  ['ends', tiny(TEST, 'test) echo oops >&2; exit 7 ;;'), 3, /exit status 7 before it answered test/],
  ['dies of the content', tiny(TEST, 'test) kill -SEGV $$ ;;'), 11, /killed by SIGSEGV before it answered test/],
  ['hangs', tiny(TEST, 'test) trap "" TERM; sleep 600 & wait ;;'), 11, /did not answer test within 2 seconds/],
  ['bears another id', tiny(TEST, `hello) say '{${HELLO.replace('tiny', 'other')},"methods":[],"swap":"files"}' ;;`), 3, /says that its id is other/],
  ['speaks another protocol', tiny(TEST, `hello) say '{${HELLO.replace(':1', ':2')},"methods":[],"swap":"files"}' ;;`), 3, /wrong at protocol/],
  ['swaps itself and cannot restore', tiny('"swap"', '', 'own'), 3, /puts content in place itself and has no inventory/],
  ['cannot be run', '#!/no/such/interpreter\n', 2, /could not be started: .*not found/],
];
for (const [name, script, code, says] of BROKEN) {
  test(`a plug-in that ${name} is ${code}, ended, and the next call starts it anew`, async () => {
    const world = new World(script, { timeoutSeconds: 2 });
    await within(world, async ({ plugIn, job }) => {
      const from = performance.now();
      const failure = failureOf(await plugIn.test(job));
      assert.equal([failureExit(failure), FAILURES[failure.why].text.length > 0], [code, true], failureText(failure));
      assert.match(failureText(failure), says);
      assert.is(failureOf(await plugIn.test(job)).why, failure.why);
      assert.ok(performance.now() - from < 25_000);
    });
  });
}

const ALIVE = '"alive","test"';
const LIVES: readonly (readonly [answer: string, life: EngineLife])[] = [
  ['{"kind":"none"}', { kind: 'none' }],
  ['{"kind":"up","identity":"7","detail":"Tiny 1.0"}', { kind: 'up', identity: '7', says: 'Tiny 1.0' }],
  ['{"kind":"up","more":1}', { kind: 'up', identity: '', says: '' }],
  ['{"kind":"silent","detail":"no answer"}', { kind: 'silent', detail: 'no answer' }],
  ['{"kind":"stopped"}', { kind: 'stopped', detail: '' }],
  ['{"kind":"dead","since":5,"detail":"gone","lastWords":"oops"}', { kind: 'dead', since: 5, detail: 'gone', lastWords: 'oops' }],
  ['{"kind":"dead"}', { kind: 'dead', since: null, detail: '', lastWords: '' }],
];
test('how its engine fares is the word of a plug-in that has alive, with what it was told of', async () => {
  const world = new World(tiny(ALIVE, 'alive) printf "%s\\n" "$line" > ../../../asked; say "$(cat ../../../life)" ;;'));
  await within(world, async ({ plugIn, component, root }) => {
    for (const [answer, life] of LIVES) {
      writeFileSync(join(root, 'life'), answer);
      assert.equal(await plugIn.alive?.(component, 5000, signal), life);
    }
    const { params } = JSON.parse(readFileSync(join(root, 'asked'), 'utf8'));
    assert.equal([params.component.id, params.timeoutMs], ['demo', 5000]);
  });
});

test('one without alive is never asked, and one of a later version may name methods that this one does not know', async () => {
  const world = new World(tiny('"test","foresee"', 'alive|foresee) touch ../../../was-asked ;;'));
  await within(world, async ({ plugIn, component, job, root }) => {
    assert.equal(await plugIn.alive?.(component, 5000, signal), { kind: 'none', ever: 'no' });
    valueOf(await plugIn.test(job));
    assert.not.ok(existsSync(join(root, 'was-asked')));
  });
});

type Mute = readonly [name: string, script: string, says: RegExp, asked: 'once' | 'again'];
const MUTE: readonly Mute[] = [
  ['hangs', tiny(ALIVE, 'alive) echo >> ../../../asked; sleep 600 & wait ;;'), /did not answer alive within 2\.1 seconds/, 'once'],
  ['floods', tiny(ALIVE, `alive) echo >> ../../../asked; yes '{"jsonrpc":"2.0","method":"x"}' ;;`), /more than 1000 messages/, 'once'],
  ['sends an endless line', tiny(ALIVE, `alive) echo >> ../../../asked; yes x | tr -d '\\n' ;;`), /a line of more than/, 'once'],
  ['answers nonsense', tiny(ALIVE, `alive) echo >> ../../../asked; say '{"kind":"undead"}' ;;`), /wrong at kind/, 'once'],
  ['answers a death since never', tiny(ALIVE, `alive) echo >> ../../../asked; say '{"kind":"dead","since":-1}' ;;`), /wrong at since/, 'once'],
  ['ends', tiny(ALIVE, 'alive) echo >> ../../../asked; exit 7 ;;'), /exit status 7 before it answered alive/, 'once'],
  ['dies', tiny(ALIVE, 'alive) echo >> ../../../asked; kill -SEGV $$ ;;'), /killed by SIGSEGV/, 'once'],
  ['gives an error that it may not give', tiny(ALIVE, 'alive) echo >> ../../../asked; no 11 "bad content" ;;'), /error code 11, which alive may not give/, 'once'],
  ['cannot ask', tiny(ALIVE, 'alive) echo >> ../../../asked; no 2 "no right to read the socket" ;;'), /cannot work here: no right to read the socket/, 'again'],
];
for (const [name, script, says, asked] of MUTE) {
  test(`a plug-in that ${name} when it is asked how its engine fares has said nothing of the content, and goes on with all else`, async () => {
    const world = new World(script);
    await within(world, async ({ plugIn, component, job, root }) => {
      for (let i = 0; i < LIMITS.starts + 1; i++) {
        const life = await plugIn.alive?.(component, 100, signal);
        assert.ok(life?.kind === 'none' && life.why !== undefined, JSON.stringify(life));
        assert.match(failureText(life.why), says);
      }
      assert.is(readFileSync(join(root, 'asked'), 'utf8').length, asked === 'once' ? 1 : LIMITS.starts + 1);
      valueOf(await plugIn.test(job));
    });
  });
}

test('its last words on stderr are the detail of a failure, 8 KiB of them, and go into the log at its end', async () => {
  const world = new World(tiny(TEST, 'test) yes noise | head -c 30000 >&2; echo "line 3: bad" >&2; no 11 bad ;;'));
  await within(world, async ({ plugIn, job }) => {
    const { detail = '' } = failureOf(await plugIn.test(job));
    assert.ok(detail.endsWith('line 3: bad') && Buffer.byteLength(detail) <= LIMITS.stderrBytes, `${detail.length}`);
  });
  assert.ok(world.logged.some((line) => line.startsWith('info plugin-stderr') && line.includes('line 3: bad')));
});

test('one that breaks again and again is left alone after its starts are used up, but a restore is always tried', async () => {
  const world = new World(tiny('"test","restore"', 'hello) echo x >> ../../../starts; exit 1 ;;'));
  await within(world, async ({ plugIn, job }) => {
    for (let i = 0; i < LIMITS.starts + 3; i++) failureOf(await plugIn.test(job));
    const starts = (): number => readFileSync(join(world.root, 'starts'), 'utf8').length / 2;
    assert.is(starts(), LIMITS.starts);
    valueOf(await plugIn.swap(job));
    valueOf(await plugIn.restore(job));
    assert.equal(readView(world.component.installPath), {});
  });
});

test('the ids of built-in plug-ins cannot be taken, and a component of an absent one is recovered by files where its content lies beside it', () => {
  const allowed = { allow: [{ id: 'files', path: '/x', sha256: sha256(Buffer.from('')) }], verify: VERIFY, scratch: '/none' };
  const plugIns = createPlugIns(realPorts, allowed);
  assert.equal([...plugIns.keys()].sort(), [...createPlugIns(realPorts).keys()].sort());
  assert.is(plugIns.get('files')?.end, undefined);
  assert.equal([...plugIns.keys()].filter((id) => !BUILT_IN_PLUG_INS.some((other) => other === id)), [], 'policy refuses every one of them in plugins.allow');
  const component = componentAt('gone', '/opt/product/rules');
  assert.is(plugInFor(plugIns, component, { folder: '/opt/product/.glued-demo/2' })?.id, 'files');
  assert.is(plugInFor(plugIns, component, { folder: '/opt/product/rules/.glued-demo/2' }), undefined);
});

test('what it is told is as the schemas and the shapes say, and on one line with its keys in order', () => {
  const ajv = new Ajv2020({ strict: true, allErrors: true });
  addFormats.default(ajv);
  const component = { ...componentAt('tiny', '/opt/x', { Key: 'va"l\n' }), installed: installedAs(componentAt('tiny', '/opt/x'), { sequence: 1, version: '1', date: 1, sha256: sha256(Buffer.from('')), folder: '/f' }).installed };
  const content = { sequence: 2, version: '2', date: 2, sha256: sha256(Buffer.from('')), folder: '/f/2' };
  const job = tellJob(jobOf(component, content, { ...content, sequence: 1 }, '/root'));
  const told = { hello: { protocol: 1, agent: 'glued' }, inventory: tellInventory(component, 'deep'), license: tellOffer(component, releaseOf(component, content)), check: tellOffer(component, { ...releaseOf(component, content), license: 'x' }), test: job, swap: job, confirm: job, restore: job, finish: job, alive: tellAlive(component, 5000) };
  assert.equal(Object.keys(told), ['hello', ...OPTIONAL_METHODS]);
  for (const [method, params] of Object.entries(told)) {
    const line = requestLine(3, method, params);
    assert.not.match(line, /\n/);
    const valid = ajv.compile(protocolSchemas().get(`plugin-${method}-request.schema.json`) ?? {});
    assert.ok(valid(JSON.parse(line)), `${method}: ${ajv.errorsText(valid.errors)}`);
    const { shape } = Object.entries(METHODS).find(([name]) => name === method)?.[1].params ?? METHODS.hello.params;
    const parsed = parse<unknown>(shape, JSON.parse(line).params);
    assert.ok(parsed.ok, parsed.ok ? '' : parsed.failure);
  }
  assert.match(requestLine(3, 'test', job), /^\{"jsonrpc":"2\.0","id":3,"method":"test","params":\{"component":\{"id":"demo","name":/);
  assert.match(requestLine(3, 'test', job), /"next":\{"sequence":2,"version":"2","date":2,"sha256":"[0-9a-f]+","folder":"\/f\/2\/content","manifest":"\/f\/2\/manifest\.json"\},"previous":\{"sequence":1/);
});

test('every message that is no answer is ignored, and what is neither is named', () => {
  const read = (text: string) => readMessage(Buffer.from(text));
  assert.equal(valueless(read('{"jsonrpc":"2.0","method":"log","params":[]}')), 'other');
  assert.equal(valueless(read('{"jsonrpc":"2.0","id":4,"method":"ask"}')), 'other');
  assert.equal(valueless(read('{"jsonrpc":"2.0","id":4,"result":null,"more":1}')), 'result');
  for (const bad of ['[]', '1', '""', '{}', '{"jsonrpc":"2.0"}', '{"jsonrpc":"2.0","id":1.5,"result":{}}', '{"jsonrpc":"2.0","id":1,"error":{"code":"11","message":"x"}}', '{"jsonrpc":"2.0","id":null,"result":{}}']) assert.match(valueless(read(bad)), /^(its message is wrong|it sent)/, bad);
});

function valueless(read: ReturnType<typeof readMessage>): string {
  return read.ok ? read.value.kind : read.failure;
}

test('the published protocol names every method, every limit in its number, and every schema', () => {
  const page = readFileSync(at('docs/plugin-protocol.md'), 'utf8');
  for (const [method, { seconds, codes, meaning }] of Object.entries(METHODS)) {
    const limit = typeof seconds === 'number' ? `${seconds} s` : { verify: 'verify.timeoutSeconds', told: '`timeoutMs` and 2 s' }[seconds];
    assert.ok(page.includes(`| \`${method}\` | ${meaning} | ${limit} | ${codes.join(', ')} |`), method);
  }
  for (const number of Object.values(LIMITS)) assert.ok(page.includes(String(number)), `${number}`);
  for (const name of protocolSchemas().keys()) assert.ok(page.includes(name.replace(/plugin-(.*)-(request|answer)\.schema\.json/, 'plugin-METHOD-$2.schema.json')), name);
});

test.run();
