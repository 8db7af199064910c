// runtimes: node, deno
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Os } from '../../src/model/index.ts';
import { createDesktop } from '../../src/platform/desktop.ts';
import { createOs } from '../../src/platform/os.ts';
import { createProc } from '../../src/platform/proc.ts';
import { FakeDesktop } from '../support/fake-desktop.ts';
import { temporaryFolder } from '../support/repository.ts';
import { busMissing, SessionBus } from '../support/session-bus.ts';
import { skip } from '../support/skip.ts';
import { desktopSuite, QUESTION } from './desktop-suite.ts';

const test = suite('desktop');
const NEVER = new AbortController().signal;
const missing = busMissing();
const bus = missing === undefined ? await SessionBus.start() : undefined;
test.after(() => bus?.end());

const osWith = (env: Os['env'], uid = 1000): Os => ({ ...createOs(), env, uid });

desktopSuite(test, 'fake', () => {
  const desktop = new FakeDesktop();
  return { desktop, behave: (person) => void (desktop.person = person), seen: () => [...desktop.asked, ...desktop.told] };
});

if (bus === undefined) skip(test, 'a session bus with a notification service', missing ?? '');
else {
  desktopSuite(test, 'session bus', () => {
    const env: Record<string, string> = {};
    const desktop = createDesktop({ os: osWith(env), proc: createProc() });
    return {
      desktop,
      behave(person) {
        bus.behave(person);
        env['DBUS_SESSION_BUS_ADDRESS'] = person === 'nobody' ? `unix:path=${bus.folder}/none` : bus.address;
      },
      seen: () => bus.shown(),
    };
  });

  const desktop = createDesktop({ os: osWith({ DBUS_SESSION_BUS_ADDRESS: bus.address }), proc: createProc() });

  test('a question whose time is over is taken off the screen', async () => {
    bus.behave({ answers: 'none' });
    await desktop.ask(QUESTION, 200, NEVER);
    const last = bus.shown().at(-1);
    assert.equal(bus.calls().filter((c) => c.method === 'CloseNotification').map((c) => c.id).at(-1), last?.id);
  });

  test('no text becomes markup, an escape or an option', async () => {
    bus.behave({ answers: 'yes' });
    const title = '--urgency=critical <b>x</b>';
    const text = '<a href="https://example.test/?a&b">\\n\\x1b[31m "quoted" $(id) ü';
    await desktop.ask({ ...QUESTION, title, text }, 60_000, NEVER);
    const last = bus.shown().at(-1);
    assert.equal([last?.title, last?.text], [title, '&lt;a href="https://example.test/?a&amp;b"&gt;\\n\\x1b[31m "quoted" $(id) ü']);
    assert.equal(last?.actions, ['yes', 'Install now', 'later', 'Later']);
  });

  test('a desktop that shows text as it is gets it as it is', async () => {
    bus.behave('cannot-answer');
    await desktop.tell({ title: 'x', text: 'a < b & c\\d' });
    assert.is(bus.shown().at(-1)?.text, 'a < b & c\\d');
  });
}

/** Sessions as `loginctl` 252 shows them; there is no logind in a container, so that a stub of that name says them. */
const SEAT = { Id: '3', User: '65534', Class: 'user', Type: 'wayland', State: 'active', Active: 'yes', LockedHint: 'no', TimestampMonotonic: '77' };
const SESSIONS: readonly (readonly [string, Partial<typeof SEAT>, 'someone' | 'nobody', readonly string[]])[] = [
  ['in front', {}, 'someone', ['3@77']],
  ['on X11', { Type: 'x11' }, 'someone', ['3@77']],
  ['with a locked screen', { LockedHint: 'yes' }, 'nobody', ['3@77']],
  ['behind another one', { Active: 'no', State: 'online' }, 'nobody', ['3@77']],
  ['on a text console', { Type: 'tty' }, 'nobody', ['3@77']],
  ['of the login screen', { Class: 'greeter' }, 'nobody', []],
  ['of a service manager', { Class: 'manager' }, 'nobody', []],
  ['that is ending', { Active: 'no', State: 'closing' }, 'nobody', []],
];

const notAlone = missing ?? (process.getuid?.() === 0 ? undefined : 'another user is spoken to by root only');
if (notAlone !== undefined) skip(test, "another user's desktop", notAlone);
else {
  const theirs = await SessionBus.start(65534);
  test.after(() => theirs.end());
  const folder = temporaryFolder('logind');
  const path = process.env['PATH'] ?? '';
  const shows = (session: Partial<typeof SEAT>): void => {
    const lines = Object.entries({ ...SEAT, ...session }).map(([key, value]) => `${key}=${value}`);
    const said = { 'list-sessions': '  3 65534 nobody seat0 tty2\n', 'show-session': `${lines.join('\n')}\n`, 'show-user': `GID=65534\nRuntimePath=${theirs.runtime}\n` };
    for (const [name, text] of Object.entries(said)) writeFileSync(join(folder, name), text);
  };
  writeFileSync(join(folder, 'loginctl'), `#!/bin/sh\nexec cat "${folder}/$1"\n`, { mode: 0o755 });
  test.before(() => void (process.env['PATH'] = `${folder}:${path}`));
  test.after(() => void (process.env['PATH'] = path));
  const desktop = createDesktop({ os: osWith({}, 0), proc: createProc() });

  for (const [what, session, who, logins] of SESSIONS) {
    test(`root, and a session ${what}: ${who}`, async () => {
      shows(session);
      assert.is(await desktop.present(), who);
      assert.equal(await desktop.logins(), logins);
    });
  }

  test('root asks in the name of the one who is logged in', async () => {
    shows({});
    theirs.behave({ answers: 'later' });
    assert.equal(await desktop.ask(QUESTION, 60_000, NEVER), { kind: 'chosen', id: 'later' });
    assert.is(theirs.shown().at(-1)?.title, QUESTION.title);
  });

  test('two desktops are asked at once: the first answer takes the question from the other', async () => {
    shows({});
    if (bus === undefined) return;
    theirs.behave({ answers: 'none' });
    bus.behave({ answers: 'none' });
    const before = theirs.shown().length + bus.shown().length;
    const both = createDesktop({ os: osWith({ DBUS_SESSION_BUS_ADDRESS: bus.address }, 0), proc: createProc() });
    const asked = both.ask(QUESTION, 60_000, NEVER);
    while (theirs.shown().length + bus.shown().length < before + 2) await new Promise((done) => setTimeout(done, 20));
    bus.behave({ answers: 'yes' });
    assert.equal(await asked, { kind: 'chosen', id: 'yes' });
    const open = theirs.shown().at(-1)?.id;
    assert.is(theirs.calls().filter((c) => c.method === 'CloseNotification').at(-1)?.id, open);
  });
}

test('where neither logind nor utmp is, who is logged in is not known', async () => {
  const nothing = { ...createProc(), run: async () => ({ ok: false as const, failure: { kind: 'absent' as const, program: 'loginctl', detail: 'not there' } }) };
  assert.is(await createDesktop({ os: osWith({}, 0), proc: nothing }).logins(), undefined);
});

test.run();
