import addFormats from 'ajv-formats';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { readFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { at } from '../../build/support/root.ts';
import { documentOf, runtimes } from '../support/runtimes.ts';
import { part, StoryWorld } from '../support/story-world.ts';

const test = suite('reason stories');
const ajv = new Ajv2020({ strict: true, allErrors: true });
addFormats.default(ajv);
type Explained = { readonly components: readonly { readonly id: string; readonly reason: unknown; readonly verdicts: readonly { readonly gate: string; readonly outcome: string; readonly reason: { readonly code: string } }[] }[] };
const validExplain = ajv.compile<Explained>(JSON.parse(readFileSync(at('docs', 'schema', 'glued.explain.1.json'), 'utf8')));

const IDS = ['held', 'held-until', 'pinned', 'pin-unmet', 'off', 'quiet', 'optional', 'rollout', 'needy', 'beta-only', 'fine', 'older'];
// `unpublished` is registered and not in the repository; `base` is there, and registered on no machine
const world = await StoryWorld.make(...IDS, 'base');
await world.release('base', '1.0', { sequence: 9 });
for (const id of IDS) await world.release(id, '1.0', { ...(id === 'beta-only' ? { channel: 'beta' } : {}), ...(id === 'optional' ? { optional: true } : {}), ...(id === 'rollout' ? { rollout: 0 } : {}), ...(id === 'needy' ? { requires: ['base:9'] } : {}) });
await world.release('pinned', '2.0');
test.after(() => world.end());

const POLICY = {
  id: 'reasons',
  consent: { optional: 'never' },
  components: {
    held: { hold: { hours: 48, reason: 'change freeze' } },
    'held-until': { hold: { until: '2099-01-01T00:00:00Z' } },
    pinned: { pin: '1.0' },
    'pin-unmet': { pin: '7.7' },
    off: { enabled: false },
    quiet: { channel: 'nightly' },
  },
};

type Row = { readonly action: string; readonly code: string; readonly key?: string; readonly says: RegExp };
/** What each component's reason must be; `key`: the policy key that decided, with the file that set it. */
const ROWS: Readonly<Record<string, Row>> = {
  held: { action: 'deferred', code: 'held', key: 'components.held.hold.hours', says: /until 20\d\d-.*change freeze/ },
  'held-until': { action: 'deferred', code: 'held', key: 'components.held-until.hold.until', says: /until 2099-01-01/ },
  pinned: { action: 'updated', code: 'pinned', key: 'components.pinned.pin', says: /1\.0/ },
  'pin-unmet': { action: 'skipped', code: 'pin-unmet', key: 'components.pin-unmet.pin', says: /7\.7/ },
  off: { action: 'skipped', code: 'disabled', key: 'components.off.enabled', says: /off|disabled|components\.off\.enabled/i },
  quiet: { action: 'skipped', code: 'channel-empty', key: 'components.quiet.channel', says: /nightly/ },
  optional: { action: 'skipped', code: 'consent-never', key: 'consent.optional', says: /optional/ },
  rollout: { action: 'deferred', code: 'rollout-not-yet', says: /at 0 %, this machine is in bucket \d+/ },
  needy: { action: 'deferred', code: 'requires-unmet', says: /needs base at release 9/ },
  'beta-only': { action: 'skipped', code: 'channel-empty', says: /stable/ },
  unpublished: { action: 'skipped', code: 'not-published', says: /unpublished/ },
  fine: { action: 'updated', code: 'up-to-date', says: /newest/ },
};

for (const rt of runtimes()) {
  test(`${rt.name}: every component that does not move says why, by which key of which file; explain says the same`, async () => {
    const machine = world.machine(rt).register(...Object.keys(ROWS)).policy(POLICY);
    const document = await machine.expect(0);
    assert.is(document.components.length, Object.keys(ROWS).length);
    for (const [id, row] of Object.entries(ROWS)) {
      const { action, reason } = part(document, id);
      assert.equal([action, reason?.code, reason?.policyKey], [row.action, row.code, row.key], id);
      assert.match(reason?.text ?? '', row.says, id);
      if (row.key !== undefined) assert.is(reason?.source, machine.policyFile, id);
      if (action === 'deferred' || action === 'skipped') assert.ok((reason?.remedy ?? '') !== '', `${id} has no remedy`);
      if (row.code === 'held') assert.ok(reason?.until !== undefined, id);
    }
    const again = await machine.expect(0);
    const end = await machine.glued(['explain', '--json', ...machine.place]);
    assert.is(end.code, 0, end.stderr);
    const explained: unknown = documentOf(end);
    if (!validExplain(explained)) throw new Error(ajv.errorsText(validExplain.errors));
    for (const id of Object.keys(ROWS)) {
      const one = explained.components.find((c) => c.id === id);
      assert.equal(one?.reason, part(again, id).reason, `${id}: explain and run differ`);
      assert.ok((one?.verdicts.length ?? 0) >= 17, `${id}: every gate has its word`);
    }
    assert.match((await machine.glued(['explain', 'held', ...machine.place])).stdout, /components\.held\.hold\.hours/);
  });

  test(`${rt.name}: a component that was not asked for is skipped and says so; one that nobody knows is 64`, async () => {
    const machine = world.machine(rt).register('fine', 'older');
    const document = await machine.expect(0, ['--component', 'fine']);
    assert.equal([part(document, 'fine').action, part(document, 'older').action, part(document, 'older').reason?.code], ['updated', 'skipped', 'not-asked']);
    const none = await machine.expect(64, ['--component', 'fnie']);
    assert.match(none.errors[0]?.text ?? '', /fnie.*registered: fine, older/);
  });

  test(`${rt.name}: a content type that is off costs no request at all`, async () => {
    const machine = world.machine(rt).register('fine').policy({ content: { av: { enabled: false } } });
    const asked = world.server.asked.length;
    const document = await machine.expect(0);
    assert.equal([part(document, 'fine').reason?.code, part(document, 'fine').reason?.policyKey], ['disabled', 'content.av.enabled']);
    assert.is(world.server.asked.length, asked);
  });
}

test.run();
