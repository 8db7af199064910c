import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, copyFileSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { at } from '../../build/support/root.ts';
import { PROVEN_AT_ONCE } from '../support/boots.ts';
import { writeTree } from '../support/repository.ts';
import { runtimes } from '../support/runtimes.ts';
import { type Machine, part, StoryWorld, wordsOf } from '../support/story-world.ts';

const test = suite('external plug-in stories');
const world = await StoryWorld.make('demo', 'other');
const RULE = (name: string): string => `rule ${name} {\n  strings:\n    $a = "${name}"\n  condition:\n    $a\n}\n`;
const publish = (version: string, text: string): Promise<unknown> => {
  world.repo.ports.at += 1000;
  // one file: on Deno, with its permissions, no link to a tree can be made
  const path = join(writeTree(join(world.repo.root, `rules-${version}`), { 'a.yar': text }), 'a.yar');
  return world.repo.publish('demo', {}, { version, path });
};
await publish('1.0', RULE('first'));
await publish('2.0', RULE('second'));
await publish('3.0', 'rule broken {\n  strings:\n    $a = "x"\n');
await world.release('other', '1.0');
test.after(() => world.end());

type Allowed = { readonly id: string; readonly path: string; readonly sha256: string };

/** Installs a plug-in on the machine as an administrator does, and gives its entry for plugins.allow. */
function installPlugIn(machine: Machine, id: string, script?: string): Allowed {
  const path = join(machine.folder, `plugin-${id}`);
  if (script === undefined) copyFileSync(at('examples/yara-rules.sh'), path);
  else writeFileSync(path, script);
  chmodSync(path, 0o755);
  return { id, path, sha256: createHash('sha256').update(readFileSync(path)).digest('hex') };
}

/** A plug-in in a few lines of sh: says hello, then does what the case wants. */
const tiny = (methods: string, then: string): string => `#!/bin/sh
while IFS= read -r line; do
  id=$(printf '%s' "$line" | sed -n 's/^{"jsonrpc":"2.0","id":\\([0-9]*\\),.*/\\1/p')
  method=$(printf '%s' "$line" | sed -n 's/.*"method":"\\([a-z]*\\)".*/\\1/p')
  case $method in
    hello) printf '{"jsonrpc":"2.0","id":%s,"result":{"protocol":1,"id":"tiny","version":"1","contentTypes":["av"],"settings":[],"methods":[${methods}],"swap":"files"}}\\n' "$id" ;;
    bye) exit 0 ;;
    ${then}
    *) printf '{"jsonrpc":"2.0","id":%s,"result":{"loaded":null,"engineVersion":null}}\\n' "$id" ;;
  esac
done
`;

async function register(machine: Machine, plugIn: string, settings: readonly string[] = []): Promise<string> {
  const end = await machine.glued(['registry', 'add', 'demo', '--type', 'av', '--plugin', plugIn, '--path', machine.live(), ...settings.flatMap((s) => ['--set', s]), ...machine.place]);
  assert.is(end.code, 0, end.stdout + end.stderr);
  return end.stderr;
}

/** A program that keeps its process id in a file, and leaves it there when it dies. */
function scanner(pidFile: string): { readonly end: () => Promise<void> } {
  const child = spawn('sleep', ['600'], { stdio: 'ignore' });
  writeFileSync(pidFile, `${child.pid}\n`);
  const gone = new Promise<void>((done) => child.once('exit', () => done()));
  return { end: () => (child.kill('SIGKILL'), gone) };
}

const rules = (machine: Machine): string => readFileSync(machine.live(), 'utf8');

for (const rt of runtimes()) {
  const pinned = (version: string, allow: readonly Allowed[], more: Readonly<Record<string, unknown>> = {}) => ({ plugins: { allow }, components: { demo: { pin: version } }, ...more });

  test(`${rt.name}: the YARA example, allowed by policy, tests what is published, and a broken rule is 11 with its line`, async () => {
    const machine = world.machine(rt);
    const allow = [installPlugIn(machine, 'yara')];
    machine.policy(pinned('1.0', allow));
    assert.not.match(await register(machine, 'yara'), /has no plug-in/);
    const first = await machine.expect(0);
    assert.equal([part(first).action, part(first).after?.version], ['updated', '1.0']);
    assert.ok(part(first).stages.some((s) => s.stage === 'testing' && s.outcome === 'pass'));
    machine.policy(pinned('2.0', allow));
    await machine.expect(0);
    assert.is(rules(machine), RULE('second'));
    machine.policy(pinned('3.0', allow)).register('other');
    const refused = await machine.expect(16);
    assert.equal([part(refused).action, part(refused).reason?.code, part(refused, 'other').action], ['failed', 'plugin-refused-content', 'updated']);
    assert.equal(refused.errors.map((e) => [e.component, e.code]), [['demo', 11]]);
    assert.match(refused.errors[0]?.detail ?? '', /a\.yar: the last rule has no end/);
    assert.is(rules(machine), RULE('second'));
    machine.policy(pinned('2.0', allow));
    assert.is(part(await machine.expect(0)).action, 'current');
    machine.end();
  });

  test(`${rt.name}: a plug-in that was changed after policy named it is 2, and never run; one that others can write, or that is not there, too`, async () => {
    const machine = world.machine(rt);
    const mark = join(machine.folder, 'live', 'was-run');
    const allow = [installPlugIn(machine, 'yara')];
    machine.policy(pinned('1.0', allow));
    await register(machine, 'yara');
    const path = allow[0]?.path ?? '';
    writeFileSync(path, `#!/bin/sh\ntouch '${mark}'\n`);
    const changed = await machine.expect(2);
    assert.equal([changed.codeName, part(changed).reason?.code], ['plugin-load', 'plugin-changed']);
    assert.match(wordsOf(changed), /plugins\.allow/);
    const now = { id: 'yara', path, sha256: createHash('sha256').update(readFileSync(path)).digest('hex') };
    machine.policy(pinned('1.0', [now]));
    chmodSync(path, 0o757);
    assert.is(part(await machine.expect(2)).reason?.code, 'plugin-untrusted');
    assert.not.ok(existsSync(mark));
    machine.policy(pinned('1.0', [{ ...now, path: `${path}-elsewhere` }]));
    assert.match(wordsOf(await machine.expect(2)), /plugin-yara-elsewhere, named by plugins\.allow, it is not there/);
    machine.policy(pinned('1.0', []));
    assert.match(wordsOf(await machine.expect(2)), /neither built in nor allowed by plugins\.allow/);
    assert.is(machine.digest(), 'absent');
    machine.end();
  });

  test(`${rt.name}: a plug-in that hangs in its test is killed at policy's limit: 11, and the others are updated`, async () => {
    const machine = world.machine(rt);
    const allow = [installPlugIn(machine, 'tiny', tiny('"test"', 'test) echo thinking >&2; sleep 600 ;;'))];
    machine.policy({ ...pinned('1.0', allow), verify: { timeoutSeconds: 2 } });
    await register(machine, 'tiny');
    machine.register('other');
    const hung = await machine.expect(16);
    assert.equal(hung.errors.map((e) => [e.component, e.code]), [['demo', 11]]);
    assert.match(wordsOf(hung), /did not answer test within 2 seconds[^]*thinking/);
    assert.equal([machine.digest(), part(hung, 'other').action], ['absent', 'updated']);
    machine.end();
  });

  test(`${rt.name}: a plug-in that breaks the protocol is 3, and costs no other component its update`, async () => {
    const machine = world.machine(rt);
    const allow = [installPlugIn(machine, 'tiny', tiny('"test"', 'test) echo debugging ;;'))];
    machine.policy(pinned('1.0', allow));
    await register(machine, 'tiny');
    machine.register('other');
    const broke = await machine.expect(16);
    assert.equal(broke.errors.map((e) => [e.component, e.code, e.name]), [['demo', 3, 'plugin-protocol']]);
    assert.is(part(broke, 'other').action, 'updated');
    machine.end();
  });

  test(`${rt.name}: a run that is killed while the plug-in confirms is recovered, also when policy does not allow the plug-in any more`, async () => {
    const machine = world.machine(rt);
    const good = installPlugIn(machine, 'tiny', tiny('"confirm"', ''));
    machine.policy(pinned('1.0', [good]));
    await register(machine, 'tiny');
    await machine.expect(0);
    const deadly = installPlugIn(machine, 'tiny', tiny('"confirm"', 'confirm) kill -KILL $PPID; sleep 60 ;;'));
    machine.policy(pinned('2.0', [deadly]));
    const killed = await machine.glued(['run', '--json', '--no-input', ...machine.place]);
    assert.is(killed.signal, 'SIGKILL', killed.stdout + killed.stderr);
    machine.policy({ plugins: { allow: [] } });
    const next = await machine.run();
    assert.ok([RULE('first'), RULE('second')].includes(rules(machine)), rules(machine));
    assert.match(next.document.notes.join('\n'), /An earlier run was stopped/);
    assert.not.match(wordsOf(next.document), /cannot be recovered/);
    machine.policy(pinned('2.0', [installPlugIn(machine, 'tiny', tiny('"confirm"', ''))]));
    await machine.expect(0);
    assert.is(rules(machine), RULE('second'));
    machine.end();
  });

  test(`${rt.name}: a run that looks at no component of a plug-in starts no process of it: none has it, none is asked for, or its content is off`, async () => {
    const machine = world.machine(rt);
    const mark = join(machine.folder, 'live', 'started');
    const allow = [installPlugIn(machine, 'tiny', tiny('"test"', '').replace('\n', `\necho . >> '${mark}'\n`))];
    machine.policy(pinned('1.0', allow)).register('other');
    await machine.expect(0);
    assert.is(part(await machine.expect(0), 'other').action, 'current');
    await machine.expect(0, ['--dry-run']);
    assert.not.ok(existsSync(mark), 'no component has it');
    await register(machine, 'tiny');
    await machine.expect(0);
    assert.ok(existsSync(mark), 'it is the mark that is looked for');
    rmSync(mark);
    await machine.expect(0, ['--component', 'other']);
    machine.policy(pinned('1.0', allow, { content: { av: { enabled: false } } }));
    assert.is(part(await machine.expect(0)).action, 'skipped');
    assert.not.ok(existsSync(mark), 'nobody looked at its component');
    machine.end();
  });

  test(`${rt.name}: the YARA example watches its scanner: one that dies of new rules takes them back with 12, and one that is stopped does not`, async () => {
    const machine = world.machine(rt);
    const allow = [installPlugIn(machine, 'yara')];
    const pidFile = join(machine.folder, 'live', 'scanner.pid');
    machine.policy(pinned('1.0', allow, PROVEN_AT_ONCE));
    await register(machine, 'yara', [`PidFile=${pidFile}`]);
    await machine.expect(0);
    const stopped = scanner(pidFile);
    machine.policy(pinned('2.0', allow));
    assert.equal([part(await machine.expect(0)).after?.version, rules(machine)], ['2.0', RULE('second')]);
    await stopped.end();
    rmSync(pidFile);
    assert.is(part(await machine.expect(0)).action, 'current', 'an administrator stopped it');
    const dying = scanner(pidFile);
    assert.not.equal(part(await machine.expect(0)).probation, null);
    await dying.end();
    const document = await machine.expect(12);
    assert.equal([part(document).action, part(document).after?.version, part(document).reason?.code], ['rolled-back', '1.0', 'probation-engine-died']);
    assert.match(wordsOf(document), /its process \d+ is gone/);
    assert.equal([rules(machine), part(await machine.expect(0)).reason?.code], [RULE('first'), 'quarantined']);
    machine.end();
  });

  test(`${rt.name}: a plug-in that makes no sense of how its engine fares, or does not say it, leaves its content on probation, and to the clock`, async () => {
    const machine = world.machine(rt);
    const tinyWith = (methods: string): readonly Allowed[] => [installPlugIn(machine, 'tiny', tiny(methods, 'alive) exit 9 ;;'))];
    machine.policy(pinned('1.0', tinyWith('"test","alive"'), PROVEN_AT_ONCE));
    await register(machine, 'tiny');
    await machine.expect(0);
    machine.policy(pinned('2.0', tinyWith('"test","alive"')));
    await machine.expect(0);
    const broken = await machine.expect(0);
    assert.equal([part(broken).action, part(broken).after?.version, part(broken).probation === null], ['current', '2.0', false]);
    assert.match(broken.notes.join('\n'), /How the engine of demo fares could not be asked[^]*by the clock alone\. .*exit status 9 before it answered alive/);
    machine.policy(pinned('2.0', tinyWith('"test"')));
    const unasked = await machine.expect(0);
    assert.equal([part(unasked).action, part(unasked).probation === null, unasked.notes], ['current', false, []]);
    machine.end();
  });

  test(`${rt.name}: registry add asks an allowed plug-in which settings it reads`, async () => {
    const machine = world.machine(rt);
    machine.policy({ plugins: { allow: [installPlugIn(machine, 'yara')] } });
    const wrong = await machine.glued(['registry', 'add', 'demo', '--type', 'av', '--plugin', 'yara', '--path', machine.live(), '--set', 'Reload=/bin/true', ...machine.place], { settings: { env: { TMPDIR: join(machine.folder, 'live') } } });
    assert.is(wrong.code, 64, wrong.stdout + wrong.stderr);
    assert.match(wrong.stderr, /the plug-in yara has no setting Reload; it has: ReloadCommand/);
    machine.end();
  });
}

test.run();
