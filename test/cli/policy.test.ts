import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { policyCheck } from '../../src/cli/policy-check.ts';
import { policySchema } from '../../src/cli/policy-schema.ts';
import { policyShow } from '../../src/cli/policy-show.ts';
import { SAMPLE } from '../../build/policy/sample.ts';
import { LEAST, type World, world } from '../support/policy-world.ts';
import { keptTerminal } from './kept-terminal.ts';

type Said = { readonly exit: number; readonly stdout: string; readonly stderr: string };
async function run(on: World, command: (ports: World & { terminal: ReturnType<typeof keptTerminal> }) => Promise<number>): Promise<Said> {
  const terminal = keptTerminal();
  const exit = await command({ ...on, terminal });
  return { exit, stdout: terminal.stdout(), stderr: terminal.stderr() };
}
const enforce = { trustCheck: 'enforce' } as const;
const show = (on: World, origin: 'plain' | 'with-origin', format: 'text' | 'json' = 'text'): Promise<Said> =>
  run(on, (ports) => policyShow(ports, { ...enforce, origin, format }));
const check = (on: World, format: 'text' | 'json' = 'text', file?: string): Promise<Said> =>
  run(on, (ports) => policyCheck(ports, { ...enforce, format, ...(file === undefined ? {} : { file }) }));

const SECRETIVE = { ...LEAST, servers: [{ url: 'https://h/', passwordFile: '/etc/glued/pw', headers: { 'X-Api-Key': 'hunter2' } }] };
function layered(): World {
  const on = world(SECRETIVE);
  on.files.put('/etc/glued/pw', 'hunter3', { mode: 0o600 }).put('/usr/lib/glued/policy.d/a.yaml', 'history:\n  keep: 9\n');
  on.files.put('/etc/glued/policy.d/b.xml', '<policy>\n<history><keep>7</keep></history>\n</policy>').put('/etc/glued/policy.d/.x.json', '{');
  return on;
}

test('policy show lists every effective key and value', async () => {
  const { exit, stdout, stderr } = await show(layered(), 'plain');
  assert.is(exit, 0);
  assert.is(stderr, '');
  assert.match(stdout, /^history\.keep +7$/m);
  assert.match(stdout, /^log\.level +info$/m);
});

test('policy show --origin says source and line, what was overridden and converted, and what was not read', async () => {
  const { stdout } = await show(layered(), 'with-origin');
  assert.match(stdout, /^history\.keep +7 +\/etc\/glued\/policy\.d\/b\.xml:2 +converted from text "7"$/m);
  assert.match(stdout, /^ +overrode \[vendor\] \/usr\/lib\/glued\/policy\.d\/a\.yaml:2 +9$/m);
  assert.match(stdout, /^log\.level +info +\[default\]$/m);
  assert.match(stdout, /^not read +\/etc\/glued\/policy\.d\/\.x\.json +\(a dotfile\)$/m);
  assert.match(stdout, /^digest +[0-9a-f]{64}$/m);
});

test('secrets are never shown: a file by its name, a header not at all', async () => {
  for (const format of ['text', 'json'] as const) {
    for (const origin of ['plain', 'with-origin'] as const) {
      const { stdout, stderr } = await show(layered(), origin, format);
      assert.not.match(stdout + stderr, /hunter/);
      assert.match(stdout, /\/etc\/glued\/pw/);
      assert.match(stdout, /X-Api-Key/);
      assert.match(stdout, /\(not shown\)/);
    }
  }
});

test('--json is one document, with origins where they are asked for', async () => {
  const plain = JSON.parse((await show(layered(), 'plain', 'json')).stdout);
  assert.is(plain.schema, 'glued.policy/1');
  assert.is(plain.policy.history.keep, 7);
  assert.is(plain.origins, undefined);
  const full = JSON.parse((await show(layered(), 'with-origin', 'json')).stdout);
  const keep = full.origins.find((o: { key: string }) => o.key === 'history.keep');
  assert.equal(keep, {
    key: 'history.keep',
    value: 7,
    source: '/etc/glued/policy.d/b.xml',
    line: 2,
    overrode: [{ source: '[vendor] /usr/lib/glued/policy.d/a.yaml', line: 2, value: 9 }],
    converted: { from: 'text "7"' },
  });
  assert.equal(full.skipped, [{ path: '/etc/glued/policy.d/.x.json', reason: 'a dotfile' }]);
});

test('what policy show --json prints as the policy is a policy, but for headers', async () => {
  const sample = JSON.parse((await show(world(SAMPLE), 'plain', 'json')).stdout).policy;
  assert.is((await check(world(sample))).exit, 0);
  assert.equal(JSON.parse((await show(world(sample), 'plain', 'json')).stdout).policy, sample);
});

const FAILING: readonly (readonly [string, World, number])[] = [
  ['no policy', world(), 20],
  ['an invalid one', world({ ...LEAST, colour: 1, log: { level: 'loud' } }), 21],
  ['one that others can write', (() => { const on = world(); on.files.put('/etc/glued/policy.json', JSON.stringify(LEAST), { mode: 0o666 }); return on; })(), 22],
  ['no root file', (() => { const on = world(LEAST); on.files.remove('/etc/glued/root.json'); return on; })(), 21],
];
for (const [what, on, code] of FAILING) {
  test(`${what} ends with ${code}: prose on stderr, and with --json exactly one document on stdout`, async () => {
    for (const ask of [(format: 'text' | 'json') => show(on, 'plain', format), (format: 'text' | 'json') => check(on, format)]) {
      const text = await ask('text');
      assert.is(text.exit, code);
      assert.ok(text.stderr.includes(`code ${code}`), text.stderr);
      const json = await ask('json');
      assert.is(json.exit, code);
      const document = JSON.parse(json.stdout);
      assert.equal([document.schema, document.code, document.policy, document.errors.length], ['glued.policy/1', code, null, 1]);
      assert.ok(document.errors[0].remedy.length > 5);
    }
  });
}

test('policy check prints every problem, one a line, with file, line, key, found and allowed', async () => {
  const on = world({ ...LEAST, colour: 1, log: { level: 'loud' } });
  const { exit, stdout } = await check(on);
  assert.is(exit, 21);
  const lines = stdout.trimEnd().split('\n');
  assert.is(lines.length, 2);
  assert.match(stdout, /^\/etc\/glued\/policy\.json:10: colour: found a key that is not known, with a value; allowed: one of: schema, id/m);
  assert.match(stdout, /^\/etc\/glued\/policy\.json:12: log\.level: found text "loud"; allowed: one of: error, warn, info, debug|error, warn/m);
  const { problems } = JSON.parse((await check(on, 'json')).stdout);
  assert.equal(problems.map(({ key, line }: { key: string; line: number }) => `${key} ${line}`), ['colour 10', 'log.level 12']);
});

test('policy check FILE looks at that file only', async () => {
  const on = world('broken {');
  on.files.put('/root/new.yaml', `servers: [{url: "https://h/"}]\ntrust: {rootFile: /etc/glued/root.json}\nschema: 9\nmood: good\n`);
  const { exit, stdout } = await check(on, 'text', '/root/new.yaml');
  assert.is(exit, 0);
  assert.match(stdout, /The policy is good: \/root\/new\.yaml/);
  assert.match(stdout, /ignored: mood/);
  assert.is((await check(on)).exit, 21);
});

test('outside text cannot steer the terminal', async () => {
  const { stdout, stderr } = await check(world({ ...LEAST, 'a\u001b[31m\u202eb': 1, id: '\u001b]0;x\u0007' }));
  assert.not.match(stdout + stderr, /[\u001b\u0007\u202e]/);
});

test('policy schema prints a JSON Schema that takes a policy and refuses a bad one', async () => {
  const { exit, stdout } = await run(world(), (ports) => policySchema(ports));
  assert.is(exit, 0);
  const ajv = new Ajv2020({ strict: true });
  formats.default(ajv);
  const validate = ajv.compile(JSON.parse(stdout));
  assert.ok(validate(LEAST));
  assert.not(validate({ ...LEAST, colour: 1 }));
});

test.run();
