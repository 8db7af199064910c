/** Late laptops miss the window: https://github.com/elastic/kibana/issues/139803. And when is it, and why not now? */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { ExplainDocument } from '../../src/report/index.ts';
import { clockMoved, hasFaketime } from '../support/faketime.ts';
import { documentOf, runtimes } from '../support/runtimes.ts';
import { saySkipped } from '../support/skip.ts';
import { type Machine, part, StoryWorld } from '../support/story-world.ts';

const test = suite('schedule stories');
const world = await StoryWorld.make('demo');
await world.release('demo', '1.0');
test.after(() => world.end());

const HOUR = 3_600_000;
const MINUTE = 60_000;
const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];
const timeOfDay = (at: number): string => new Date(at).toISOString().slice(11, 16);

/** A nightly window that opens in about two hours, for three, and the policy that has it. */
function soon(): { readonly opens: number; readonly policy: { readonly schedule: object } } {
  const opens = Math.floor((Date.now() + 2 * HOUR) / MINUTE) * MINUTE;
  const windows = [{ days: DAYS, from: timeOfDay(opens), to: timeOfDay(opens + 3 * HOUR) }];
  return { opens, policy: { schedule: { timeZone: 'UTC', everyMinutes: 60, splayMinutes: 30, windows } } };
}

async function explained(machine: Machine, at?: number): Promise<ExplainDocument> {
  const when = at === undefined ? [] : ['--at', new Date(at).toISOString()];
  const end = await machine.glued(['explain', '--json', ...when, ...machine.place]);
  assert.is(end.code, 0, end.stderr);
  return documentOf(end) as ExplainDocument;
}

/** `install window-open`: what would be done, and what the gate of windows says of the newest release */
function word(document: ExplainDocument): string {
  const [component] = document.components;
  return `${component?.choice} ${component?.verdicts.find((v) => v.gate === 'window')?.reason.code}`;
}

for (const rt of runtimes()) {
  test(`${rt.name}: explain --at tells what a run then does, and when the one after it is due`, async () => {
    const { opens, policy } = soon();
    const machine = world.machine(rt).register('demo').policy(policy);
    const now = await machine.expect(0);
    assert.equal([part(now).action, part(now).reason?.code, part(now).reason?.until], ['deferred', 'window', new Date(opens).toISOString()]);
    const due = Date.parse(now.next.at ?? '');
    assert.equal([now.next.reason?.code, now.next.reason?.policyKey, now.next.reason?.source], ['next-window', 'schedule.windows', machine.policyFile]);
    assert.ok(due >= opens && due < opens + 30 * MINUTE, `${now.next.at}`);

    const same = await explained(machine);
    assert.equal([word(same), same.next.at], ['deferred window', now.next.at]);
    assert.is((await machine.glued(['status', '--field', 'next.at', ...machine.place])).stdout.trim(), now.next.at);
    const status = await machine.glued(['status', ...machine.place]);
    assert.match(status.stdout.replaceAll(/\s+/g, ' '), /Next run: .* It waits for the windows of policy; the next one opens at /);

    const before = await explained(machine, opens - HOUR);
    assert.equal([word(before), before.next.at, before.at], ['deferred window', now.next.at, new Date(opens - HOUR).toISOString()]);
    const then = await explained(machine, due + MINUTE);
    assert.is(word(then), 'install window-open');
    assert.ok(Date.parse(then.next.at ?? '') > due + MINUTE, 'the run that is due before is taken to be made');

    if (!hasFaketime) return saySkipped(`the run at its time on ${rt.name}: libfaketime is not installed`);
    const made = await machine.expect(0, [], { settings: { env: clockMoved(`+${Math.ceil((due - Date.now()) / 1000)}`) } });
    assert.ok(Date.parse(made.startedAt) >= due, made.startedAt);
    assert.equal([part(made).action, part(made).after?.version, made.next.at], ['updated', '1.0', then.next.at]);
  });

  test(`${rt.name}: where policy names no zone, the machine's counts`, async () => {
    const opens = Math.floor((Date.now() + 2 * HOUR) / MINUTE) * MINUTE;
    const IST = 5.5 * HOUR;
    const schedule = { windows: [{ days: DAYS, from: timeOfDay(opens + IST), to: timeOfDay(opens + IST + HOUR) }] };
    const machine = world.machine(rt).register('demo').policy({ schedule });
    const untilIn = async (TZ: string) => part(await machine.expect(0, [], { settings: { env: { TZ } } })).reason?.until;
    assert.equal([await untilIn('Asia/Kolkata'), await untilIn('UTC')], [new Date(opens).toISOString(), new Date(opens + IST).toISOString()]);
    machine.policy({ schedule: { ...schedule, timeZone: 'Asia/Kolkata' } });
    assert.is(await untilIn('America/New_York'), new Date(opens).toISOString());
  });

  test(`${rt.name}: a time that is none is one clear error`, async () => {
    const machine = world.machine(rt);
    for (const time of ['tomorrow', '2026-11-25', '2026-11-25T06:30:00', '2026-02-30T06:30:00Z', '2026-11-25T25:00:00Z']) {
      const end = await machine.glued(['explain', '--at', time, ...machine.place]);
      assert.is(end.code, 64, time);
      assert.match(end.stderr, /^glued: --at takes a time like 2026-11-25T06:30:00Z, not '[^']+'\. See: glued explain --help\n$/);
      assert.is(end.stdout, '');
    }
  });

  test(`${rt.name}: a time zone that nobody has is 21, with what was found and what is allowed`, async () => {
    const machine = world.machine(rt).policy({ schedule: { timeZone: 'Europe/Berlim' } });
    const document = await machine.expect(21);
    assert.match(document.errors[0]?.text ?? '', /schedule\.timeZone: found text "Europe\/Berlim"; allowed: an IANA time zone, like Europe\/Berlin/);
    assert.equal(document.next, { at: null, reason: null });
  });
}

test.run();
