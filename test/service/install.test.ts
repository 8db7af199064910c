// runtimes: node, deno
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type Failure, failureExit, failureText, type Outcome, type ServiceDocument } from '../../src/model/index.ts';
import { coverageNote, installService, PACKAGED, removeService, serviceStatus, unit, UNIT_NAMES } from '../../src/service/index.ts';
import { LEAST, ROOT_FILE } from '../support/policy-world.ts';
import { component, must } from '../state/world.ts';
import { FACTS, machine, type Machine, PROGRAM, register, UNITS, USUAL } from './world.ts';

const test = suite('installing the service');

const STATIC = ['glued.service', 'glued-failed.service'];
const SHOWN = UNIT_NAMES
  .map((id) => `Id=${id}\nLoadState=loaded\nUnitFileState=${STATIC.includes(id) ? 'static' : 'enabled'}\nActiveState=${STATIC.includes(id) ? 'inactive' : 'active'}\n`)
  .join('\n');

/** systemd runs on it, and answers. */
function booted(failing?: RegExp): Machine {
  const made = machine({
    answers: (words) => (failing?.test(words) === true ? 1 : words.startsWith('systemctl show') ? SHOWN : words.includes('list-timers') ? `[{"next":${Date.UTC(2026, 10, 28)}000,"unit":"glued.timer"}]` : ''),
  });
  made.files.putFolder('/run/systemd/system');
  return made;
}

const states = (document: ServiceDocument): readonly string[] => document.files.map(({ state }) => state);
const refusal = (outcome: Outcome<unknown, Failure>): string => (outcome.ok ? 'done' : `${failureExit(outcome.failure)} ${outcome.failure.why}`);
/** five units, and drop-ins of the three that run our program */
const ALL = (state: string): readonly string[] => Array.from({ length: 8 }, () => state);

test('where systemd does not run the files are written, and it says so', async () => {
  const here = machine();
  const done = must(await installService(here, USUAL));
  assert.equal(states(done), ALL('written'));
  assert.equal(here.asked, []);
  assert.is(done.managerRuns, false);
  assert.match(done.notes.join('\n'), /nothing was started, since systemd does not run here.*systemctl enable --now/);
  assert.match(here.files.text(`${UNITS}/glued.service`) ?? '', `ExecStart=:${PROGRAM} daemon`);
});

test('done twice it changes nothing the second time', async () => {
  const here = machine();
  must(await installService(here, USUAL));
  const before = here.files.text(`${UNITS}/glued.service`);
  assert.equal(states(must(await installService(here, USUAL))), ALL('same'));
  assert.is(here.files.text(`${UNITS}/glued.service`), before);
});

test('where systemd runs the units are loaded, enabled and started, and their state is told', async () => {
  const here = booted();
  const done = must(await installService(here, USUAL));
  assert.equal(here.asked.slice(0, 4), [
    'systemctl daemon-reload',
    'systemctl enable glued-recover.service glued.socket glued.timer',
    'systemctl stop glued.service',
    'systemctl restart glued.socket glued.timer',
  ]);
  assert.equal(done.units.map(({ name, enabled, active }) => [name, enabled, active]), [
    ['glued-recover.service', true, true],
    ['glued.socket', true, true],
    ['glued.timer', true, true],
    ['glued.service', null, false],
    ['glued-failed.service', null, false],
  ]);
  assert.is(done.units[2]?.next, '2026-11-28T00:00:00.000Z');
  assert.is(done.readiness, 'ready');
});

test('below another root systemctl is never asked, although systemd runs', async () => {
  const here = booted();
  here.files.putFolder('/mnt/image/usr/bin');
  const done = must(await installService(here, { ...USUAL, root: '/mnt/image' }));
  assert.equal(here.asked, []);
  assert.is(done.root, '/mnt/image');
  assert.ok(here.files.text(`/mnt/image${UNITS}/glued.timer`) !== undefined);
  assert.is(here.files.text(`${UNITS}/glued.timer`), undefined);
  assert.match(done.notes.join('\n'), /\/usr\/bin\/glued is not below \/mnt\/image yet/);
});

test('systemctl that fails is 26, with what it said', async () => {
  const failed = await installService(booted(/ enable /), USUAL);
  assert.is(refusal(failed), '26 service-manager-failed');
  assert.is(failed.ok ? '' : failed.failure.detail, 'Unit is masked.');
});

for (const [what, change] of [
  ['an edited unit', (text: string) => text.replace('Nice=5', 'Nice=0')],
  ['a unit that somebody else wrote', () => '[Service]\nExecStart=/opt/other\n'],
] as const) {
  test(`${what} is never overwritten: 26, and nothing else is touched`, async () => {
    const here = machine();
    must(await installService(here, USUAL));
    const path = `${UNITS}/glued.service`;
    const edited = change(here.files.text(path) ?? '');
    here.files.put(path, edited);
    here.files.remove(`${UNITS}/glued.timer`);
    const refused = await installService(here, USUAL);
    assert.is(refusal(refused), '26 service-edited');
    assert.match(refused.ok ? '' : failureText(refused.failure), path);
    assert.is(here.files.text(path), edited);
    assert.is(here.files.text(`${UNITS}/glued.timer`), undefined);
    assert.ok(states(must(await serviceStatus(here, USUAL))).includes('edited'));
  });
}

test('a masked unit is not unmasked', async () => {
  const here = machine();
  here.files.putLink(`${UNITS}/glued.timer`, '/dev/null');
  assert.is(refusal(await installService(here, USUAL)), '26 service-edited');
});

test('remove takes away what install wrote, and leaves drop-ins of others and edited files', async () => {
  const here = booted();
  must(await installService(here, USUAL));
  const own = `${UNITS}/glued.service.d/90-site.conf`;
  here.files.put(own, '[Service]\nNice=0\n').put(`${UNITS}/glued.socket`, '[Socket]\n');
  here.asked.length = 0;
  const done = must(await removeService(here, USUAL));
  assert.equal(done.files.filter(({ state }) => state !== 'removed'), [{ path: `${UNITS}/glued.socket`, state: 'edited' }]);
  assert.match(done.notes.join('\n'), /glued\.socket was changed by hand/);
  assert.is(here.files.text(own), '[Service]\nNice=0\n');
  assert.is(here.files.stat(`${UNITS}/glued-recover.service.d`).ok, false, 'a folder that it emptied goes too');
  assert.is(here.asked[0], 'systemctl disable --now glued-recover.service glued.socket glued.timer');
  assert.ok(here.asked.includes('systemctl daemon-reload'));
});

test('remove where nothing was installed does nothing', async () => {
  const here = machine();
  assert.equal(states(must(await removeService(here, USUAL))), ALL('missing'));
});

test("a package's own unit that says the same needs no second one", async () => {
  const here = machine();
  must(await installService(here, USUAL));
  for (const name of UNIT_NAMES) here.files.put(`/usr/lib/systemd/system/${name}`, unit(name, FACTS));
  const done = must(await installService(here, USUAL));
  assert.equal(states(done), [...UNIT_NAMES.map(() => 'supplied'), 'same', 'same', 'same']);
  assert.is(here.files.text(`${UNITS}/glued.service`), undefined, 'one of ours would hide what the package brings later');
  const removed = must(await removeService(here, USUAL));
  assert.ok(here.files.text('/usr/lib/systemd/system/glued.service') !== undefined);
  assert.match(removed.notes.join('\n'), /left to it/);
});

test('who is not root is told so: 26; below another root nobody needs to be', async () => {
  const here = machine({ uid: 1000 });
  assert.is(refusal(await installService(here, USUAL)), '26 service-needs-root');
  assert.is(refusal(await removeService(here, USUAL)), '26 service-needs-root');
  here.files.putFolder('/home/me/root', { uid: 1000 });
  assert.is(refusal(await installService(here, { ...USUAL, root: '/home/me/root' })), 'done');
});

test('a program that others could replace is never started as root: 22', async () => {
  const here = machine();
  here.files.put(PROGRAM, 'elf', { mode: 0o775 });
  const refused = await installService(here, USUAL);
  assert.is(refusal(refused), '22 service-program-untrusted');
  assert.is(here.files.text(`${UNITS}/glued.service`), undefined);
  const above = machine({ os: { program: () => ['/opt/bin/glued'] } });
  above.files.putFolder('/opt', { mode: 0o777 }).put('/opt/bin/glued', 'elf', { mode: 0o755 });
  assert.is(refusal(await installService(above, USUAL)), '22 service-program-untrusted');
});

test('no service manager that we know: 64', async () => assert.is(refusal(await installService(machine({ os: { platform: 'other' } }), USUAL)), '64 service-unsupported'));

test('a link to the program is followed, so that the service does not depend on it', async () => {
  const here = machine({ os: { program: () => ['/usr/local/bin/glued'] } });
  here.files.putLink('/usr/local/bin/glued', PROGRAM);
  assert.equal(must(await installService(here, USUAL)).program, [PROGRAM]);
});

test('a runtime that knows only its own name is looked for on the path: /proc is not there while an image is built', async () => {
  const here = machine({ os: { program: () => ['glued'] } });
  const found = { ...here, proc: { ...here.proc, find: ([name]: readonly string[]) => (name === 'glued' ? PROGRAM : undefined) } };
  assert.equal(must(await installService(found, USUAL)).program, [PROGRAM]);
});

test('a program that is a component itself is started by its install path, which stays', async () => {
  const here = machine({ os: { program: () => ['/opt/glued/glued'] } });
  here.files.put('/opt/glued/.glued-glued/7/content/glued', 'elf', { mode: 0o755 }).putLink('/opt/glued/glued', '.glued-glued/7/content/glued');
  register(here, 'glued', { contentType: 'agent', plugIn: 'agent', installPath: '/opt/glued/glued' });
  const done = must(await installService(here, USUAL));
  assert.equal(done.program, ['/opt/glued/glued']);
  const undoes = 'ExecStartPre=-:/opt/glued/.glued-glued/previous recover\n';
  const dropIn = (): string => here.files.text(`${UNITS}/glued-failed.service.d/50-glued.conf`) ?? '';
  assert.match(dropIn(), `ReadWritePaths=-/opt/glued\n${undoes}`);
  here.files.remove('/var/lib/glued/ActiveRegistry/glued.plist');
  must(await installService(here, USUAL));
  assert.not.match(dropIn(), undoes, 'no component any more: nobody is there to undo anything');
});

test("the package's launcher is what the service starts, whichever of the two it started itself; its units stay the package's", async () => {
  for (const running of [PACKAGED.program, PACKAGED.agent]) {
    const here = machine({ os: { program: () => [running] } });
    for (const path of Object.values(PACKAGED)) here.files.put(path, 'elf', { mode: 0o755 });
    for (const name of UNIT_NAMES) here.files.put(`/usr/lib/systemd/system/${name}`, unit(name, FACTS));
    register(here, 'glued', { contentType: 'agent', plugIn: 'agent', installPath: PACKAGED.agent });
    const done = must(await installService(here, USUAL));
    assert.equal([done.program, states(done)], [[PACKAGED.launcher], [...UNIT_NAMES.map(() => 'supplied'), 'written', 'written', 'written']]);
    assert.match(here.files.text(`${UNITS}/glued.service.d/50-glued.conf`) ?? '', 'ReadWritePaths=-/opt/glued\n');
    here.files.put(PACKAGED.launcher, 'sh', { mode: 0o777 });
    assert.is(refusal(await installService(here, USUAL)), '22 service-program-untrusted');
  }
});

test('without the package, an agent in the same place is started by its own name', async () => {
  const here = machine({ os: { program: () => [PACKAGED.agent] } });
  here.files.put(PACKAGED.agent, 'elf', { mode: 0o755 });
  register(here, 'glued', { contentType: 'agent', plugIn: 'agent', installPath: PACKAGED.agent });
  assert.equal(must(await installService(here, USUAL)).program, [PACKAGED.agent]);
});

const RUNTIMES = [
  ['node 26.10.0', ['--disable-warning=ExperimentalWarning']],
  ['deno 2.9.6', ['run', '--quiet', '--no-prompt', '--no-config', '--no-lock', '--allow-read', '--allow-env', '--allow-sys', '--allow-net', '--allow-run', '--allow-write', '--deny-write=/etc/glued,/usr/lib/glued']],
] as const;
for (const [runtime, args] of RUNTIMES) {
  test(`on ${runtime} the service starts the runtime with the script`, async () => {
    const here = machine({ os: { runtime, program: () => ['/usr/bin/runtime', '/opt/glued.mjs'] } });
    here.files.put('/usr/bin/runtime', 'elf', { mode: 0o755 }).put('/opt/glued.mjs', 'js');
    assert.equal(must(await installService(here, USUAL)).program, ['/usr/bin/runtime', ...args, '/opt/glued.mjs']);
  });
}

test('folders of components become writable; one registered later is noticed until the next install', async () => {
  const here = machine();
  here.files.putFolder('/opt/demo').putFolder('/var/lib/clamav');
  register(here, 'demo', { installPath: '/opt/demo/rules' });
  register(here, 'clamav', { plugIn: 'clamav', installPath: '/var/lib/clamav' });
  const done = must(await installService(here, USUAL));
  assert.equal(done.uncovered, []);
  assert.match(here.files.text(`${UNITS}/glued.service.d/50-glued.conf`) ?? '', 'ReadWritePaths=-/opt/demo -/var/lib/clamav\n');
  register(here, 'later', { installPath: '/srv/later/rules' });
  assert.equal(must(await serviceStatus(here, USUAL)).uncovered, [{ component: 'later', path: '/srv/later', problem: 'not-listed' }]);
  assert.match(coverageNote(here, component('later', { installPath: '/srv/later/rules' })) ?? '', /run glued service install/);
  assert.is(coverageNote(here, component('demo', { installPath: '/opt/demo/rules' })), undefined);
  assert.equal(must(await installService(here, USUAL)).uncovered, [{ component: 'later', path: '/srv/later', problem: 'absent' }]);
});

test('where no service is installed, a registration is not told of it', () => assert.is(coverageNote(machine(), component('demo', { installPath: '/opt/demo/rules' })), undefined));

test('credentials that the policy names are loaded, and one that is not there is told', async () => {
  const here = machine();
  const proxy = { mode: 'custom', url: 'http://proxy.example:3128', username: 'u', passwordFile: 'credential:proxy-password' };
  here.files.put(ROOT_FILE, JSON.stringify({ signed: { _type: 'root', version: 1 }, signatures: [] })).put('/etc/glued/policy.json', JSON.stringify({ ...LEAST, proxy }));
  const done = must(await installService(here, USUAL));
  assert.match(here.files.text(`${UNITS}/glued.service.d/50-glued.conf`) ?? '', 'LoadCredential=proxy-password:/etc/credstore/proxy-password\n');
  assert.match(done.notes.join('\n'), /put the secret into \/etc\/credstore\/proxy-password/);
});

test('a state folder that was named is made, for systemd lets nobody make it later', async () => {
  const here = machine();
  must(await installService(here, { ...USUAL, stateDir: '/srv/state', statePlace: 'named', socket: '/srv/state/run/glued.sock' }));
  assert.ok(here.files.stat('/srv/state').ok);
  assert.match(here.files.text(`${UNITS}/glued.socket`) ?? '', 'ListenStream=/srv/state/run/glued.sock\n');
});

test('a path that no unit can hold is refused: 64', async () => {
  const refused = await installService(machine(), { ...USUAL, stateDir: '/srv/a\nb', statePlace: 'named' });
  assert.is(refusal(refused), '64 service-path-unfit');
});

test('a disk that is full in the middle leaves whole files, and the next install finishes', async () => {
  const here = machine();
  here.files.fault = (op, path) => (op === 'replace' && path.endsWith('glued.timer') ? 'full' : undefined);
  assert.is(refusal(await installService(here, USUAL)), '26 service-unwritable');
  here.files.fault = () => undefined;
  assert.equal(states(must(await installService(here, USUAL))), ['same', 'same', ...Array.from({ length: 6 }, () => 'written')]);
});

test.run();
