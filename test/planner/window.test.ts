import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { reasonText, type Policy } from '../../src/model/index.ts';
import { component, content, decideDemo, HOUR, inventory, NOW, policy, release, told, type World } from './world.ts';

/** NOW is a Wednesday, 08:00 UTC */
const closed: Policy['schedule']['windows'] = [{ days: ['wed', 'thu'], from: '22:00', to: '06:00' }];
const open: Policy['schedule']['windows'] = [{ days: ['wed'], from: '07:30', to: '08:01' }];
const outside = policy({ schedule: { windows: closed }, set: ['schedule.windows'] });
const five = component('demo', 5);
const forced = [release(7, { forced: true }), release(10)];

/** [what happens, the world, the decision] */
const CASES: readonly (readonly [string, World, string])[] = [
  ['a window is open', { policy: policy({ schedule: { windows: open } }) }, 'install 10 install-newer'],
  ['no window is open', { policy: outside }, 'deferred window'],
  ['the zone of the machine counts', { policy: outside, facts: { zone: 'Asia/Tokyo' } }, 'deferred window'],
  ['the zone of the machine counts, where its night has begun', { policy: outside, facts: { zone: 'Pacific/Kiritimati' } }, 'install 10 install-newer'],
  ['the zone of the policy counts before it', { policy: policy({ schedule: { windows: closed, timeZone: 'UTC' } }), facts: { zone: 'Pacific/Kiritimati' } }, 'deferred window'],
  ['what is up to date has nothing to wait for', { policy: outside, releases: [release(5)] }, 'current up-to-date'],
  ['a first install waits too', { policy: outside, components: [component('demo', null)] }, 'deferred window'],
  ['a repair waits too', { policy: outside, releases: [release(5)], inventories: { demo: inventory({ state: 'damaged' }) } }, 'deferred window-damaged'],
  ['--force passes', { policy: outside, asked: { force: 'yes' } }, 'install 10 install-newer'],
  ['a forced release waits', { policy: outside, releases: forced }, 'deferred window'],
  ['a forced release passes where policy lets it, and the others do not', { policy: policy({ schedule: { windows: closed }, rollout: { forcedOverridesWindow: true } }), releases: forced }, 'install 7 install-forced'],
  ['another override is none', { policy: policy({ schedule: { windows: closed }, rollout: { forcedOverridesHold: true } }), releases: forced }, 'deferred window'],
  ['a revoked release is left for the safe one', { policy: outside, releases: [release(4), release(5)], revoked: [{ sequence: 5, reason: 'bad', safeSequence: 4 }] }, 'install 4 revoked-safe'],
  ['a revoked release is left for the newest one', { policy: outside, releases: [release(4), release(5)], revoked: [{ sequence: 5, reason: 'bad' }] }, 'install 4 revoked-newest'],
  [
    'a revoked release is left for what is kept',
    { policy: outside, releases: [release(5)], revoked: [{ sequence: 5, reason: 'bad' }], inventories: { demo: inventory({ kept: [content(3)] }) } },
    'restore 3 revoked-previous',
  ],
  ['the newest is held, and the one before it only waits for a window', { policy: policy({ schedule: { windows: closed }, content: { av: { hold: { hours: 1 } } } }), releases: [release(9), release(10)] }, 'deferred window'],
  ['all is held', { policy: policy({ schedule: { windows: closed }, content: { av: { hold: { hours: 99 } } } }), releases: [release(9), release(10)] }, 'deferred held'],
  ['nobody is asked outside of a window', { policy: policy({ schedule: { windows: closed }, consent: { optional: 'ask' } }), releases: [release(10, { optional: true })], facts: { present: 'someone' } }, 'deferred window'],
];
for (const [name, world, expected] of CASES) {
  test(name, () => {
    const decision = decideDemo({ components: [five], ...world });
    assert.is(told(decision), expected);
    for (const { reason } of decision.verdicts) assert.not.match(reasonText(reason), /[{}]/, reason.code);
  });
}

test('what waits for a window says until when, by which key, and who set it', () => {
  const { choice } = decideDemo({ policy: outside });
  if (choice.kind !== 'deferred') return assert.unreachable(choice.kind);
  assert.equal([choice.reason.until, choice.reason.policyKey, choice.reason.source], [NOW + 14 * HOUR, 'schedule.windows', '/etc/glued/policy.json']);
  assert.is(reasonText(choice.reason), 'Outside the windows of policy; the next one opens at 2026-11-25 22:00:00 UTC.');
});

test('what passes the windows names the key that let it', () => {
  const loaded = policy({ schedule: { windows: closed }, rollout: { forcedOverridesWindow: true }, set: ['rollout.forcedOverridesWindow'] });
  const word = decideDemo({ policy: loaded, releases: forced }).verdicts.find((v) => v.reason.code === 'window-overridden');
  assert.equal([word?.sequence, word?.reason.policyKey, word?.reason.source], [7, 'rollout.forcedOverridesWindow', '/etc/glued/policy.json']);
});

test('windows that leave no time out are no windows', () => {
  const days = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];
  const always = policy({ schedule: { windows: [{ days, from: '00:00', to: '12:00' }, { days, from: '12:00', to: '00:00' }] } });
  assert.ok(decideDemo({ policy: always }).verdicts.some((v) => v.reason.code === 'window-always'));
});

test.run();
