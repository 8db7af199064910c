import { existsSync, readFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { at } from '../../build/support/root.ts';
import type { RunDocument } from '../../src/model/index.ts';
import { StoryDaemon } from '../support/daemon.ts';
import { runtimes } from '../support/runtimes.ts';
import { busMissing, SessionBus } from '../support/session-bus.ts';
import { skip } from '../support/skip.ts';
import { type Machine, part, StoryWorld, told } from '../support/story-world.ts';
import { until } from '../support/until.ts';

const test = suite('consent stories');
const world = await StoryWorld.make('demo', 'other');
await world.release('demo', '1.0');
await world.release('other', '1.0');
test.after(() => world.end());

/** the shortest that policy allows */
const POLICY = { consent: { optional: 'ask', maxDeferrals: 2, askTimeoutSeconds: 5 } };
const brief = (document: RunDocument, id = 'demo'): string => `${part(document, id).action} ${part(document, id).after?.version ?? '-'} ${part(document, id).reason?.code ?? '-'}`;
const missing = busMissing();
const bus = missing === undefined ? await SessionBus.start() : undefined;
test.after(() => bus?.end());

/** A run that may ask by the desktop of `bus`. */
async function runBeside(machine: Machine, desktop: SessionBus): Promise<RunDocument> {
  const env = { DBUS_SESSION_BUS_ADDRESS: desktop.address };
  return told(await machine.glued(['run', '--json', ...machine.place], { settings: { env } })).document;
}

// facts/safety.md, what users ask for: "deferral counts (munki 133)"
for (const rt of runtimes()) {
  // the five seconds of a question that nobody answers are spent once
  const waits = rt.name === 'node';
  const name = `${rt.name}: a desktop's user puts a release off, is away, and then it is installed unasked; a no holds; a reboot is told once`;
  if (bus === undefined) skip(test, name, missing ?? '');
  else {
    test(name, async () => {
      const machine = world.machine(rt).register('demo', 'other').policy({ ...POLICY, components: { demo: { pin: '1.0' }, other: { pin: '1.0' } } });
      await machine.expect(0);
      machine.policy(POLICY);
      await world.release('demo', `2.${rt.name}`, { optional: true, restart: 'reboot' });
      await world.release('other', `2.${rt.name}`);
      const before = bus.shown().length;
      const shown = () => bus.shown().slice(before).map((n) => n.title);

      bus.behave({ answers: 'later' });
      const later = await runBeside(machine, bus);
      assert.equal([brief(later), brief(later, 'other')], ['deferred 1.0 consent-deferred', `updated 2.${rt.name} up-to-date`]);
      assert.equal(part(later).reason?.deferrals, { count: 1, limit: 2 });
      const question = `Install The demo 2.${rt.name}?`;
      assert.equal(shown(), [question]);

      bus.behave({ answers: waits ? 'none' : 'close' });
      const away = await runBeside(machine, bus);
      assert.equal([brief(away), part(away).reason?.deferrals], ['deferred 1.0 consent-deferred', { count: 2, limit: 2 }]);
      if (waits) assert.equal(bus.calls().filter((c) => c.method === 'CloseNotification').at(-1)?.id, bus.shown().at(-1)?.id, 'what is over is taken off the screen');

      const third = await runBeside(machine, bus);
      assert.is(brief(third), `updated 2.${rt.name} install-unasked`);
      assert.is(third.restart, 'reboot');
      assert.equal(shown(), [question, question, 'Restart this computer to finish an update']);
      assert.match(bus.shown().at(-1)?.text ?? '', new RegExp(`^The demo 2\\.${rt.name} is installed`));

      await world.release('demo', `3.${rt.name}`, { optional: true });
      bus.behave({ answers: 'no' });
      assert.is(brief(await runBeside(machine, bus)), `deferred 2.${rt.name} consent-refused`);
      bus.behave({ answers: 'yes' });
      assert.is(brief(await runBeside(machine, bus)), `deferred 2.${rt.name} consent-refused`);
      assert.is(shown().length, 4, 'nor is the reboot told twice in a day');
      await world.release('demo', `4.${rt.name}`, { optional: true });
      assert.is(brief(await runBeside(machine, bus)), `updated 4.${rt.name} up-to-date`);
    });

    test(`${rt.name}: a daemon's scheduled run asks the desktop, after it has done everything else`, async () => {
      const machine = world.machine(rt).register('demo', 'other').policy(POLICY);
      await world.release('demo', `5.${rt.name}`, { optional: true });
      bus.behave({ answers: 'none' });
      const before = bus.shown().length;
      const daemon = await StoryDaemon.start(machine, { env: { DBUS_SESSION_BUS_ADDRESS: bus.address } });
      await until(() => bus.shown().length > before);
      assert.ok(existsSync(machine.live('other')), 'it did not wait for the answer');
      bus.behave({ answers: 'yes' });
      await daemon.quiet();
      assert.is((await daemon.status()).last?.components.find((c) => c.id === 'demo')?.after?.version, `5.${rt.name}`);
      assert.is((await daemon.stop()).code, 0);
    });
  }

  test(`${rt.name}: at a terminal the user is asked there; no answer in time, and nobody there, are told apart`, async () => {
    const machine = world.machine(rt).register('demo').policy({ ...POLICY, components: { demo: { pin: '1.0' } } });
    await machine.expect(0);
    machine.policy(POLICY);
    const version = `6.${rt.name}`;
    await world.release('demo', version, { optional: true });
    assert.equal(part((await machine.run()).document).reason?.deferrals, { count: 0, limit: 2 }, '--no-input asks nobody, and counts nothing');
    const typed = async (...script: readonly string[]): Promise<RunDocument> => {
      const under = ['python3', at('test', 'support', 'at-terminal.py'), ...script, '--'];
      const end = await machine.glued(['run', ...machine.place], { under });
      assert.is(end.code, 0, end.stdout);
      assert.match(end.stdout, new RegExp(`Install The demo ${version.replace('.', '\\.')}\\?`));
      const { last }: { last: RunDocument } = JSON.parse(readFileSync(machine.file('status.json'), 'utf8'));
      return last;
    };
    const silent = await (waits ? typed() : typed('(later): =\\n'));
    assert.equal([brief(silent), part(silent).reason?.deferrals], ['deferred 1.0 consent-deferred', { count: 1, limit: 2 }]);
    assert.is(brief(await typed('(later): =y\\n')), `updated ${version} up-to-date`);
  });

  test(`${rt.name}: status --watch on a terminal draws each run's end anew, and Ctrl-C ends it with 0`, async () => {
    const machine = world.machine(rt).register('demo');
    await machine.expect(0);
    const under = ['python3', at('test', 'support', 'at-terminal.py'), 'All well=', 'All well=\\x03', '--'];
    let drawn = (): void => undefined;
    const first = new Promise<void>((resolve) => (drawn = resolve));
    const watching = machine.glued(['status', '--watch', '--state', machine.state], { under, settings: { permissions: ['--allow-read'], said: (out) => out.includes('All well') && drawn() } });
    await first;
    await machine.expect(0);
    const end = await watching;
    assert.is(end.code, 0, end.stdout);
    assert.ok(end.stdout.split('\u001b[H\u001b[J').length >= 3, end.stdout);
  });
}

test.run();
