import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { ExplainDocument } from '../../src/report/index.ts';
import { StoryDaemon } from '../support/daemon.ts';
import { clockMoved, hasFaketime } from '../support/faketime.ts';
import { documentOf, runtimes } from '../support/runtimes.ts';
import { saySkipped } from '../support/skip.ts';
import { type Machine, StoryWorld } from '../support/story-world.ts';
import { until } from '../support/until.ts';

const test = suite("stories of the daemon's schedule");
const world = await StoryWorld.make('demo');
await world.release('demo', '1.0');
test.after(() => world.end());

const MINUTE = 60_000;
/** A daemon is started so long before the moment that is foretold. */
const BEFORE_MS = 5000;

async function explained(machine: Machine, at: number): Promise<ExplainDocument> {
  const end = await machine.glued(['explain', '--json', '--at', new Date(at).toISOString(), ...machine.place]);
  assert.is(end.code, 0, end.stderr);
  return documentOf(end) as ExplainDocument;
}

for (const rt of runtimes()) {
  test(`${rt.name}: explain --at foretells when the daemon runs, and it asks no server before`, async () => {
    if (!hasFaketime) return saySkipped(`the daemon at its time on ${rt.name}: libfaketime is not installed`);
    const machine = world.machine(rt).register('demo').policy({ schedule: { everyMinutes: 180, splayMinutes: 60 } });
    await machine.expect(0);
    const due = Date.parse((await explained(machine, Date.now() + MINUTE)).next.at ?? '');
    assert.ok(due > Date.now() + MINUTE, new Date(due).toISOString());
    const then = (await explained(machine, due + MINUTE)).next.at;
    const asked = world.server.asked.length;
    const daemon = await StoryDaemon.start(machine, { env: clockMoved(`+${Math.floor((due - BEFORE_MS - Date.now()) / 1000)}`) });
    assert.equal([(await daemon.status()).daemon.next.at, world.server.asked.length], [new Date(due).toISOString(), asked]);
    await until(() => daemon.events('command-ended').length > 0);
    const [began] = daemon.events('command-started');
    const late = Date.parse(String(began?.['at'])) - due;
    assert.equal([began?.['trigger'], late >= 0 && late < MINUTE], ['schedule', true], `${late} ms after ${new Date(due).toISOString()}`);
    assert.is((await daemon.status()).daemon.next.at, then, 'and when it runs after that');
    await daemon.stop();
    machine.end();
  });
}

test.run();
