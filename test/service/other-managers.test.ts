import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { at } from '../../build/support/root.ts';
import { readPlist } from '../../src/formats/plist.ts';
import type { Failure, Outcome } from '../../src/model/index.ts';
import type { ServiceFacts } from '../../src/service/facts.ts';
import { installService, removeService, serviceStatus } from '../../src/service/index.ts';
import { LAUNCHD } from '../../src/service/launchd.ts';
import { isOurs, sealed, type ServiceText } from '../../src/service/seal.ts';
import { TASK_SCHEDULER, windowsArgument } from '../../src/service/task-scheduler.ts';
import { temporaryFolder } from '../support/repository.ts';
import { saySkipped } from '../support/skip.ts';
import { must } from '../state/world.ts';
import { FACTS, machine, USUAL } from './world.ts';

const test = suite('launchd and the Task Scheduler');
const folder = temporaryFolder('managers');
test.after(() => rmSync(folder, { recursive: true, force: true }));

const MAC: ServiceFacts = { ...FACTS, program: ['/usr/local/bin/gl & ued <1>'], policyPath: '/etc/a "b" & c/policy.plist', state: { place: 'named', dir: '/Volumes/x y/state' } };
const WINDOWS: ServiceFacts = { ...FACTS, program: ['C:\\Program Files\\glued & co\\glued.exe'], policyPath: 'C:\\a b\\policy.json', state: { place: 'named', dir: 'D:\\state <1>\\' } };

function write(file: ServiceText): string {
  const path = join(folder, basename(file.path.replaceAll('\\', '/')));
  mkdirSync(folder, { recursive: true });
  writeFileSync(path, sealed(file));
  return path;
}

test("launchd's property lists are what plistlib and our own reader read, and start the right command", () => {
  const [recover, daemon] = LAUNCHD.files(MAC);
  if (recover === undefined || daemon === undefined) throw new Error('two files');
  const own: unknown = must(readPlist(sealed(daemon))).value;
  const script = 'import json,plistlib,sys; print(json.dumps(plistlib.load(open(sys.argv[1],"rb"))))';
  const done = spawnSync('python3', ['-c', script, write(daemon)], { encoding: 'utf8' });
  if (done.error !== undefined) return saySkipped('python3 is not here');
  const seen: unknown = JSON.parse(done.stdout);
  assert.equal(seen, JSON.parse(JSON.stringify(own)));
  const words = [...MAC.program, 'daemon', '--idle-exit', '5m', '--policy', MAC.policyPath, '--state', MAC.state.dir];
  assert.equal(Object(seen).ProgramArguments, words);
  assert.is(Object(seen).Label, 'dev.glued.agent');
  assert.equal(Object(must(readPlist(sealed(recover))).value).ProgramArguments, [...MAC.program, 'recover', '--state', MAC.state.dir]);
});

test("the Task Scheduler's tasks are valid by its schema's rules, in UTF-16", () => {
  for (const file of TASK_SCHEDULER.files(WINDOWS)) {
    const path = write(file);
    const done = spawnSync('xmllint', ['--noout', '--schema', at('test', 'service', 'task-1.4.xsd'), path], { encoding: 'utf8' });
    if (done.error !== undefined) return saySkipped('xmllint is not here (Debian: libxml2-utils)');
    assert.is(done.status, 0, done.stderr);
    assert.equal([...sealed(file).subarray(0, 2)], [0xff, 0xfe]);
  }
});

test('those rules refuse a task that is wrong', () => {
  const [file] = TASK_SCHEDULER.files(WINDOWS);
  if (file === undefined) throw new Error('no file');
  for (const [from, to] of [['<Enabled>true</Enabled>', '<Enabled>yes</Enabled>'], ['IgnoreNew', 'Ignore'], ['<Count>3', '<Count>0'], ['PT1M', '1 minute']] as const) {
    const done = spawnSync('xmllint', ['--noout', '--schema', at('test', 'service', 'task-1.4.xsd'), write({ ...file, text: file.text.replace(from, to) })], { encoding: 'utf8' });
    if (done.error !== undefined) return saySkipped('xmllint is not here (Debian: libxml2-utils)');
    assert.is(done.status, 3, `${to}: ${done.stderr}`);
  }
});

/** CommandLineToArgvW's rules, the other way: an independent reading of what Microsoft documents. */
function splitWindows(line: string): string[] {
  const words: string[] = [];
  let word: string | undefined;
  let quoted = false;
  for (let i = 0; i < line.length; ) {
    const slashes = /^\\*/.exec(line.slice(i))?.[0].length ?? 0;
    const next = line[i + slashes];
    if (next === '"') {
      word = (word ?? '') + '\\'.repeat(Math.floor(slashes / 2));
      if (slashes % 2 === 1) word += '"';
      else quoted = !quoted;
      i += slashes + 1;
    } else if (slashes > 0) {
      word = (word ?? '') + '\\'.repeat(slashes);
      i += slashes;
    } else if (!quoted && /\s/.test(next ?? '')) {
      if (word !== undefined) words.push(word);
      word = undefined;
      i += 1;
    } else {
      word = (word ?? '') + (next ?? '');
      i += 1;
    }
  }
  return word === undefined ? words : [...words, word];
}

test('arguments come through the Windows command line as they were', () => {
  const part = fc.array(fc.constantFrom('a', ' ', '"', '\\', '\\\\', 'ü', '\t')).map((parts) => parts.join(''));
  fc.assert(fc.property(fc.array(part), (args) => assert.equal(splitWindows(args.map(windowsArgument).join(' ')), args)));
});

const why = (outcome: Outcome<unknown, Failure>): string => (outcome.ok ? 'done' : outcome.failure.why);

test('on a Mac both jobs are loaded anew, and remove unloads them', async () => {
  const here = machine({ os: { platform: 'darwin' }, answers: (words) => (words.includes('bootout') ? 3 : words.includes('print') ? '  state = running\n' : '') });
  here.files.putFolder('/Library/LaunchDaemons');
  const options = { ...USUAL, stateDir: '/Library/Application Support/glued' };
  const done = must(await installService(here, options));
  assert.equal(here.asked.slice(0, 3), ['launchctl bootout system/dev.glued.recover', 'launchctl enable system/dev.glued.recover', 'launchctl bootstrap system /Library/LaunchDaemons/dev.glued.recover.plist']);
  assert.equal(done.units.map(({ name, active }) => [name, active]), [['dev.glued.agent', true], ['dev.glued.recover', true]]);
  assert.equal(must(await removeService(here, options)).files.map(({ state }) => state), ['removed', 'removed']);
});

test('on Windows the tasks are created from their files; the state of each is told', async () => {
  const here = machine({ os: { platform: 'win32', env: { PATH: 'C:\\Windows\\System32' } }, answers: (words) => (words.includes('/Query') ? 1 : '') });
  const options = { ...USUAL, stateDir: '/glued' };
  here.files.putFolder('/glued/service');
  // files in memory know no backslash
  const files = new Proxy(here.files, {
    get: (all, name) => {
      const found: unknown = Reflect.get(all, name);
      return typeof found === 'function' ? (...args: readonly unknown[]): unknown => Reflect.apply(found, all, args.map((one) => (one === '.' ? '/' : typeof one === 'string' ? one.replaceAll('\\', '/') : one))) : found;
    },
  });
  const windows = { ...here, files };
  assert.is(why(await installService(windows, options)), 'done');
  assert.match(here.asked.find((words) => words.startsWith('schtasks')) ?? '', /^schtasks\.exe \/Create \/F \/TN \\glued\\recover \/XML \S+recover\.xml$/);
  assert.equal(must(await serviceStatus(windows, options)).units.map(({ installed }) => installed), [false, false]);
});

test('what was written is known again, and one changed byte is seen', () => {
  for (const file of [...LAUNCHD.files(MAC), ...TASK_SCHEDULER.files(WINDOWS)]) {
    const bytes = sealed(file);
    assert.ok(isOurs(bytes), file.path);
    const other = Uint8Array.from(bytes);
    other[200] = (other[200] ?? 0) ^ 1;
    assert.not(isOurs(other), file.path);
  }
  assert.not(isOurs(new Uint8Array()));
});

test.run();
