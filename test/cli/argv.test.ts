// runtimes: node, deno
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { COMMANDS, optionsOf } from '../../src/cli/commands.ts';
import { fastArgv } from '../../src/cli/fast-argv.ts';
import { nearest } from '../../src/cli/nearest.ts';
import { resolveArgv } from '../../src/cli/resolve.ts';
import type { CommandSpec, OptionSpec, RawInvocation } from '../../src/cli/spec.ts';
import { yargsArgv } from '../../src/cli/yargs.ts';
import { failureText } from '../../src/model/index.ts';

const test = suite('argv');

const plain = (raw: RawInvocation): unknown => ({
  command: raw.command.path,
  words: raw.words,
  options: [...raw.options].sort(([a], [b]) => (a < b ? -1 : 1)),
});

const WORDS = ['demo', 'av', 'a b', '1.10', '007', '1e3', 'x=y', 'true', 'false', 'a.b.c', '/tmp/x', 'run', '0', 'né', '__proto__'];

/** Tokens that somebody may type, mostly right, for one command. */
const typed = fc.constantFrom<CommandSpec>(...COMMANDS).chain((command) => {
  const value = fc.constantFrom(...WORDS);
  const option = fc.constantFrom<OptionSpec>(...optionsOf(command)).chain((o) => {
    const name = `--${o.name}`;
    if (o.kind === 'flag') return fc.constantFrom([name], [name], [`${name}=true`]);
    return value.chain((v) => fc.constantFrom([name, v], [`${name}=${v}`], [name, v], [name], [`${name}=`], [name, '-5']));
  });
  const noise = fc.constantFrom(['--'], ['-x'], ['--unknown'], ['--cont'], [''], ['-'], ['--json', 'true']);
  const parts = fc.array(fc.oneof({ weight: 6, arbitrary: option }, { weight: 4, arbitrary: value.map((v) => [v]) }, { weight: 1, arbitrary: noise }), { maxLength: 6 });
  const before = fc.constantFrom([], [], ['--state', '/tmp/s'], ['--no-color'], ['--policy=/p']);
  return fc.tuple(before, parts).map(([b, p]) => [...b, ...command.path.split(' '), ...p.flat()]);
});

test('what fast-argv is sure of, yargs sorts in the same way', () => {
  let sure = 0;
  fc.assert(
    fc.property(typed, (argv) => {
      const fast = fastArgv(argv);
      if (fast === undefined) return;
      sure++;
      const slow = yargsArgv(argv);
      assert.is(slow.kind, 'sorted', `yargs refused ${JSON.stringify(argv)}`);
      if (slow.kind === 'sorted') assert.equal(plain(fast), plain(slow.raw), JSON.stringify(argv));
    }),
    { seed: 3, numRuns: 600 },
  );
  assert.ok(sure > 100, `only ${sure} command lines were plain`);
});

test('everyday command lines need no yargs', () => {
  const lines = [
    'status --json',
    'run --json --content av,ips --component demo --component other',
    '--state /tmp/s --policy=/tmp/p.json run --dry-run',
    'repo publish /srv demo ./rules --version 1.10 --sequence 7',
    'registry add demo --type av --plugin files --path /opt/demo --set A=b --set C=d',
    'policy show --origin',
  ];
  for (const line of lines) assert.ok(fastArgv(line.split(' ')), line);
});

/** Exact sentences: they are what a first-time user sees. */
const REFUSED: readonly (readonly [string, string])[] = [
  ['stauts', "unknown command 'stauts' (did you mean 'status'?)."],
  ['frobnicate', "unknown command 'frobnicate'."],
  ['policy', 'policy needs one of: show, check, schema.'],
  ['policy chek', "unknown command 'policy chek' (did you mean 'policy check'?)."],
  ['run --jsn', "unknown option '--jsn' (did you mean '--json'?)."],
  ['run --content av,spam', "--content takes av, ips, product, agent, not 'spam'."],
  ['run --content', 'needs a value'],
  ['run surplus', "run takes no 'surplus'."],
  ['run --policy a --policy b', '--policy is given 2 times.'],
  ['rollback', "rollback needs ID, the component's id."],
  ['repo serve /srv --port many', "--port takes a whole number, not 'many'."],
  ['repo init ~/site --keys k', "DIR is '~/site', where ~ is not replaced"],
  ['repo init site --keys=~/k', "--keys is '~/k', where ~ is not replaced (the shell does that, outside of quotes and not behind =); write the whole path."],
  ['run --state ~', "--state is '~', where ~ is not replaced"],
  ['repo init /srv', '--keys KEYDIR is needed'],
  ['run --json=maybe', '--json takes no value.'],
  ['status --log-level loud', "--log-level takes error, warn, info, debug, not 'loud'."],
  ['-x status', "unknown option '-x'."],
];
for (const [line, sentence] of REFUSED) {
  test(`"${line}" is refused, naming the word`, async () => {
    const answer = await resolveArgv(line.split(' '), '/tmp');
    assert.not(answer.ok);
    if (!answer.ok) assert.ok(failureText(answer.failure).includes(sentence), failureText(answer.failure));
  });
}

test('paths are resolved against the current folder', async () => {
  const answer = await resolveArgv(['repo', 'publish', 'site', 'demo', '../rules', '--version', '1', '--state', 's'], '/home/me/work');
  assert.ok(answer.ok && answer.value.kind === 'command');
  if (!answer.ok || answer.value.kind !== 'command') return;
  const { invocation } = answer.value;
  assert.is(invocation.word('DIR'), '/home/me/work/site');
  assert.is(invocation.word('PATH'), '/home/me/rules');
  assert.is(invocation.text('state'), '/home/me/work/s');
  assert.is(invocation.text('version'), '1');
});

test('a command that has a --version of its own keeps it; every other shows the version', async () => {
  const status = await resolveArgv(['status', '--version'], '/tmp');
  assert.ok(status.ok && status.value.kind === 'version');
  const before = await resolveArgv(['--no-color', '--version'], '/tmp');
  assert.ok(before.ok && before.value.kind === 'version');
});

test('help shows every command, and every option of a command', async () => {
  const root = await resolveArgv(['--help'], '/tmp');
  assert.ok(root.ok && root.value.kind === 'help');
  for (const command of COMMANDS) {
    if (root.ok && root.value.kind === 'help') assert.ok(root.value.text.includes(command.path), command.path);
    const own = await resolveArgv([...command.path.split(' '), '--help'], '/tmp');
    assert.ok(own.ok && own.value.kind === 'help');
    if (!own.ok || own.value.kind !== 'help') continue;
    for (const option of optionsOf(command)) assert.ok(own.value.text.includes(`--${option.name}`), `${command.path} --${option.name}`);
  }
});

test('a word far from every command is not guessed at', () => {
  assert.is(nearest('xyzzy', ['run', 'status']), undefined);
  assert.is(nearest('staus', ['run', 'status']), 'status');
});

test.run();
