import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { ServiceFacts } from '../../src/service/facts.ts';
import { sealed } from '../../src/service/seal.ts';
import { execLine, isUnfit, word, words } from '../../src/service/systemd/text.ts';
import { RUNNING_UNITS, systemdFiles, UNIT_NAMES } from '../../src/service/systemd/units.ts';
import { temporaryFolder } from '../support/repository.ts';
import { saySkipped } from '../support/skip.ts';
import { FACTS } from './world.ts';

const test = suite('systemd units');
const folder = temporaryFolder('units');
test.after(() => rmSync(folder, { recursive: true, force: true }));

const hasAnalyze = spawnSync('systemd-analyze', ['--version']).status === 0;
const ABSENT = 'systemd-analyze is not here (Debian: systemd)';

/** The units as files, with a program that is really there. */
function written(facts: ServiceFacts): string {
  const root = join(folder, String(Math.random()).slice(2));
  for (const file of systemdFiles(facts)) {
    const at = join(root, file.path);
    mkdirSync(dirname(at), { recursive: true });
    writeFileSync(at, sealed(file));
  }
  return join(root, 'etc', 'systemd', 'system');
}

function program(path: string): string {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, '#!/bin/sh\n');
  chmodSync(path, 0o755);
  return path;
}

const analyze = (cwd: string, ...args: readonly string[]) => spawnSync('systemd-analyze', [...args], { cwd, encoding: 'utf8', env: { PATH: process.env['PATH'] ?? '', LC_ALL: 'C.UTF-8' } });
const textOf = (facts: ServiceFacts, name: string): string => systemdFiles(facts).find(({ path }) => path.endsWith(`/${name}`))?.text ?? '';

const PLAIN: ServiceFacts = { ...FACTS, program: [program(join(folder, 'bin', 'glued'))], writable: ['/var/lib/clamav', '/opt/demo'], credentials: ['proxy-password'] };
/** Everything that systemd gives a meaning to. */
const NASTY: ServiceFacts = {
  ...PLAIN,
  program: [program(join(folder, 'a b', '100%i $HOME ü', 'glued'))],
  policyPath: '/etc/site 50%/policy $1.yaml',
  state: { place: 'named', dir: '/srv/state 10%n "q" \\x' },
  previous: program(join(folder, 'a b', '100%i $HOME ü', '.glued-glued', 'previous')),
  socket: '/srv/state 10%n "q" \\x/run/glued.sock',
  writable: ['/opt/a b', '/opt/c"d', '/opt/%h'],
};

for (const [name, facts] of [['usual', PLAIN], ['nasty', NASTY]] as const) {
  test(`systemd-analyze verify takes units of ${name} facts without a word`, () => {
    if (!hasAnalyze) return saySkipped(ABSENT);
    const done = analyze(written(facts), 'verify', '--man=no', ...UNIT_NAMES.map((unit) => `./${unit}`));
    assert.is(done.stderr, '');
    assert.is(done.status, 0);
  });
}

test('the security score of what runs as root is at most 3.0, offline', () => {
  if (!hasAnalyze) return saySkipped(ABSENT);
  const cwd = written(PLAIN);
  const scores = RUNNING_UNITS.map((unit) => {
    const done = analyze(cwd, 'security', '--offline=true', '--no-pager', `./${unit}`);
    return { unit, score: Number(/Overall exposure level for \S+: (\d+\.\d+)/.exec(done.stdout)?.[1]), said: done.stdout };
  });
  console.log(`\nNOTE: systemd-analyze security, offline: ${scores.map(({ unit, score }) => `${unit} ${score}`).join(', ')} (at most 3.0)`);
  for (const { unit, score, said } of scores) assert.ok(score <= 3, `${unit}: ${score}\n${said}`);
});

test('the same facts give the same bytes', () => assert.equal(systemdFiles(NASTY).map(sealed), systemdFiles({ ...NASTY }).map(sealed)));

test('a list of paths is read back as it was written, whatever is in them', () => {
  const path = fc.string({ unit: 'grapheme', minLength: 1 }).map((s) => `/${s}`).filter((s) => !isUnfit(s));
  fc.assert(fc.property(fc.array(path), (paths) => assert.equal(words(paths.map(word).join(' ')), paths)));
});

test('a policy and a state that are not the usual ones stand in every command that needs them', () => {
  assert.match(textOf(NASTY, 'glued.service'), /daemon --idle-exit 5m --policy "\/etc\/site 50%%\/policy \$1\.yaml" --state "\/srv\/state 10%%n \\"q\\" \\\\x"\n/);
  const recover = textOf(NASTY, 'glued-recover.service');
  assert.match(recover, / recover --state /);
  assert.not.match(recover, /--policy/, 'recover works while the policy is broken');
  assert.match(textOf(NASTY, 'glued.socket'), /ListenStream=\/srv\/state 10%%n "q" \\x\/run\/glued\.sock\n/);
  assert.not.match(textOf(PLAIN, 'glued.service'), /--policy|--state/);
});

test('nothing of the policy is writable, and what is not the usual state is', () => {
  assert.match(textOf(NASTY, 'glued.service'), /ReadOnlyPaths=-\/etc\/glued -\/usr\/lib\/glued "-\/etc\/site 50%%\/policy \$1\.yaml"/);
  assert.match(textOf(NASTY, 'glued.service'), /ReadWritePaths=-\/var\/lib\/clamav -\/var\/lib\/suricata "-\/srv\/state/);
});

test('recover comes before the engines, and nothing of the boot waits for its success', () => {
  const text = textOf(PLAIN, 'glued-recover.service');
  for (const line of ['Before=glued.service clamav-daemon.service clamd.service suricata.service', 'Type=oneshot', 'TimeoutStartSec=30', 'WantedBy=multi-user.target']) assert.match(text, line);
  assert.not.match(systemdFiles(PLAIN).map(({ text: all }) => all).join(''), /Requires|BindsTo/);
});

test('as many starts as the limit counts fit into its time, also of an agent that hangs in each', () => {
  const number = (key: string): number => Number(new RegExp(`^${key}=(\\d+)$`, 'm').exec(textOf(PLAIN, 'glued.service'))?.[1]);
  assert.match(textOf(PLAIN, 'glued.service'), /^Type=notify\nNotifyAccess=all\n/m);
  assert.ok((number('TimeoutStartSec') + number('RestartSec')) * number('StartLimitBurst') < number('StartLimitIntervalSec'));
});

test('after a crash loop the agent before, where there is one, undoes first, and then the socket is opened whatever that ended with', () => {
  const [text, dropIn] = systemdFiles(NASTY).filter(({ path }) => path.includes('glued-failed.service')).map((file) => file.text);
  assert.match(textOf(NASTY, 'glued.service'), 'OnFailure=glued-failed.service\n');
  assert.match(textOf(NASTY, 'glued.service'), 'Sockets=glued.socket\n');
  assert.equal([...(text ?? '').matchAll(/^ExecStart=systemctl \S+ (.*)$/gm)].map(([, words]) => words), ['reset-failed glued.service', '--no-block restart glued.socket']);
  assert.match(dropIn ?? '', /^ExecStartPre=-:".*\/previous" recover --state "/m);
  assert.not.match(systemdFiles(PLAIN).map(({ text: all }) => all).join(''), /ExecStartPre/);
});

test('a credential of the policy is loaded for the daemon alone', () => {
  const dropIns = systemdFiles(PLAIN).filter(({ path }) => path.endsWith('.conf'));
  assert.equal(dropIns.map(({ text }) => /^LoadCredential=(.*)$/m.exec(text)?.[1]), ['proxy-password:/etc/credstore/proxy-password', undefined, undefined]);
});

test('a dollar sign in an argument is not a variable', () => assert.is(execLine(['/bin/a', '$HOME']), ':/bin/a "$HOME"'));

test('systemd starts no program with a quotation mark in its path', () => {
  for (const path of ['/a"b', "/a'b", '/a\\b']) assert.ok(isUnfit(path, 'program'), path);
  assert.not(isUnfit(NASTY.program[0], 'program'));
});

for (const path of ['/a\nb', '/a\u0000', '/a ', ' /a', '/a\\', '/a\ud800']) {
  test(`no unit can hold the path ${JSON.stringify(path)}`, () => assert.ok(isUnfit(path)));
}

test.run();
