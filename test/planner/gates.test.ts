import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ANY_POLICY, fail, GATES, REASONS, reasonRemedy, reasonText } from '../../src/model/index.ts';
import { GATE_TABLE, plan, rolloutBucket, wantsCatalog } from '../../src/planner/index.ts';
import { component, content, decideDemo, HOST, HOUR, id, input, inventory, NOW, policy, release, sha, told, type World } from './world.ts';

/** [what happens, the world, the decision] */
type Case = readonly [string, World, string];

const five = component('demo', 5);
const nothing = component('demo', null);
const held = policy({ content: { av: { hold: { hours: 36 } } }, set: ['content.av.hold.hours'] });
const broken = fail('install-loop', { sequence: 1, component: 'demo', path: '/x' }).failure;
const BUCKET = rolloutBucket(HOST, 'demo', 's');
const quarantineOf = (sequence: number, digest: string) => [
  { component: id('demo'), sequence, sha256: sha(`demo ${sequence}`), why: 'its test failed', since: NOW - HOUR, policyDigest: digest },
];

const CASES: readonly Case[] = [
  ['the newest release goes on a machine that has an older one', { releases: [release(9), release(10)] }, 'install 10 install-newer'],
  ['the newest release goes on a machine that has none', { components: [nothing] }, 'install 10 install-first'],
  ['a machine that has the newest release is current', { releases: [release(5)] }, 'current up-to-date'],
  ['a machine that has more than is offered stays, and says so', { releases: [release(3)] }, 'current newer-installed'],

  ['asked: another component was named', { asked: { components: ['other'] } }, 'skipped not-asked'],
  ['asked: another content type was named', { asked: { contentTypes: ['ips'] } }, 'skipped not-asked'],
  ['asked: its content type was named', { asked: { contentTypes: ['av'] } }, 'install 10 install-newer'],
  ['enabled: a content type that is off', { policy: policy({ content: { av: { enabled: false } } }) }, 'skipped disabled'],
  ['enabled: a component that is off', { policy: policy({ components: { demo: { enabled: false } } }) }, 'skipped disabled'],
  [
    'enabled: off beats everything, a forced release with --force too',
    { policy: policy({ components: { demo: { enabled: false } } }), releases: [release(10, { forced: true })], asked: { force: 'yes' } },
    'skipped disabled',
  ],
  ['plug-in: one that is not there is a failure', { plugIns: [] }, 'failed plugin-absent'],
  ['catalog: not published', { catalogs: { demo: { kind: 'not-published' } } }, 'skipped not-published'],
  ['catalog: not fetched', { catalogs: { demo: { kind: 'not-fetched' } } }, 'deferred catalog-not-fetched'],
  ['catalog: its failure is the component’s', { catalogs: { demo: { kind: 'failed', failure: broken } } }, 'failed install-loop'],
  ['channel: empty', { releases: [release(10, { channel: 'beta' })] }, 'skipped channel-empty'],
  [
    'channel: the component’s own key wins',
    {
      policy: policy({ components: { demo: { channel: 'beta' } }, content: { av: { channel: 'dev' } }, set: ['content.av.channel'] }),
      releases: [release(8, { channel: 'beta' }), release(9, { channel: 'dev' })],
    },
    'install 8 install-newer',
  ],
  [
    'channel: what policy sets for the type beats what was registered',
    {
      policy: policy({ content: { av: { channel: 'dev' } }, set: ['content.av.channel'] }),
      components: [component('demo', 5, { channel: 'beta' })],
      releases: [release(8, { channel: 'beta' }), release(9, { channel: 'dev' })],
    },
    'install 9 install-newer',
  ],
  [
    'channel: what was registered beats the default',
    { components: [component('demo', 5, { channel: 'beta' })], releases: [release(8, { channel: 'beta' }), release(9)] },
    'install 8 install-newer',
  ],

  ['pin: met', { policy: policy({ components: { demo: { pin: '1.8' } } }), releases: [release(8), release(9)] }, 'install 8 install-pinned'],
  ['pin: already there', { policy: policy({ components: { demo: { pin: '1.5' } } }), releases: [release(5), release(9)] }, 'current pinned'],
  ['pin: that no release meets', { policy: policy({ components: { demo: { pin: '7' } } }) }, 'skipped pin-unmet'],
  [
    'pin: the newest release that bears the version',
    { policy: policy({ components: { demo: { pin: '2' } } }), releases: [6, 7, 8].map((n) => release(n, { version: n < 8 ? '2' : '3' })) },
    'install 7 install-pinned',
  ],
  [
    'pin: a revoked release does not meet it',
    { policy: policy({ components: { demo: { pin: '1.8' } } }), releases: [release(8)], revoked: [{ sequence: 8, reason: 'bad' }] },
    'skipped pin-unmet',
  ],
  ['downgrade: not without leave', { policy: policy({ components: { demo: { pin: '1.3' } } }), releases: [release(3)] }, 'skipped downgrade-not-allowed'],
  [
    'downgrade: with leave',
    { policy: policy({ components: { demo: { pin: '1.3', allowDowngrade: true } } }), releases: [release(3), release(9)] },
    'install 3 install-pinned',
  ],
  ['downgrade: leave without a pin changes nothing', { policy: policy({ components: { demo: { allowDowngrade: true } } }), releases: [release(3)] }, 'current newer-installed'],

  ['revoked: the newest that is not', { releases: [release(9), release(10)], revoked: [{ sequence: 10, reason: 'bad' }] }, 'install 9 install-behind'],
  [
    'revoked: by digest, under another sequence',
    { releases: [release(9), release(11, { package: release(10).package })], revoked: [{ sequence: 10, sha256: sha('demo 10'), reason: 'bad' }] },
    'install 9 install-behind',
  ],
  ['revoked: nothing newer is left', { revoked: [{ sequence: 10, reason: 'bad' }] }, 'current up-to-date'],
  ['revoked: nothing at all is left', { components: [nothing], revoked: [{ sequence: 10, reason: 'bad' }] }, 'skipped revoked'],
  [
    'revoked: what is installed goes to the safe release, past hold, rollout and pin',
    {
      policy: policy({ content: { av: { hold: { until: NOW + HOUR } } }, components: { demo: { pin: '1.5' } } }),
      releases: [release(4, { rollout: { percent: 0, salt: 's' } }), release(5), release(9)],
      revoked: [{ sequence: 5, reason: 'bad', safeSequence: 4 }],
    },
    'install 4 revoked-safe',
  ],
  [
    'revoked: without a safe release to the newest allowed, even a lower one',
    { releases: [release(3), release(4), release(5), release(9, { paused: true })], revoked: [{ sequence: 5, reason: 'bad' }] },
    'install 4 revoked-newest',
  ],
  [
    'revoked: the way to the newest allowed is not by forced ones',
    { releases: [release(5), release(7, { forced: true }), release(10)], revoked: [{ sequence: 5, reason: 'bad' }] },
    'install 10 revoked-newest',
  ],
  [
    'revoked: nobody is asked about the safe release, and a pause of it does not count',
    {
      policy: policy({ consent: { optional: 'never' } }),
      releases: [release(4, { optional: true, paused: true }), release(5), release(9)],
      revoked: [{ sequence: 5, reason: 'bad', safeSequence: 4 }],
    },
    'install 4 revoked-safe',
  ],
  [
    'revoked: the safe release may be in another channel, also when ours is empty',
    { releases: [release(4, { channel: 'old' }), release(5, { channel: 'old' })], revoked: [{ sequence: 5, reason: 'bad', safeSequence: 4 }] },
    'install 4 revoked-safe',
  ],
  [
    'revoked: a safe release that failed here is not tried again',
    { releases: [release(4), release(5), release(9)], revoked: [{ sequence: 5, reason: 'bad', safeSequence: 4 }], quarantine: quarantineOf(4, policy().digest) },
    'install 9 revoked-newest',
  ],
  [
    'revoked: a safe release for another system is none for us',
    { releases: [release(4, { conditions: { os: ['win32'] } }), release(5), release(9)], revoked: [{ sequence: 5, reason: 'bad', safeSequence: 4 }] },
    'install 9 revoked-newest',
  ],
  [
    'revoked: a kept content that failed here is no way out',
    {
      inventories: { demo: inventory({ kept: [content(5), content(2)] }) },
      releases: [release(5)],
      revoked: [{ sequence: 5, reason: 'bad' }],
      quarantine: quarantineOf(2, policy().digest),
    },
    'failed revoked-no-way-out',
  ],
  [
    'revoked: of what is kept, the newest where the registry names none',
    {
      inventories: { demo: inventory({ kept: [content(2), content(3)] }) },
      releases: [release(5)],
      revoked: [{ sequence: 5, reason: 'bad' }],
    },
    'restore 3 revoked-previous',
  ],
  [
    'revoked: what is off stays as it is',
    { policy: policy({ components: { demo: { enabled: false } } }), releases: [release(5), release(9)], revoked: [{ sequence: 5, reason: 'bad' }] },
    'skipped disabled',
  ],
  [
    'revoked: a safe release that was revoked too is not safe',
    { releases: [release(3), release(4), release(5)], revoked: [{ sequence: 5, reason: 'bad', safeSequence: 4 }, { sequence: 4, reason: 'too' }] },
    'install 3 revoked-newest',
  ],
  [
    'revoked: with nothing allowed back to the last known good on disk',
    {
      components: [component('demo', 5, { previous: { version: '1.2', sequence: 2, date: NOW, sha256: sha('demo 2') } })],
      inventories: { demo: inventory({ kept: [content(5), content(3), content(2)] }) },
      releases: [release(5)],
      revoked: [{ sequence: 5, reason: 'bad' }],
    },
    'restore 2 revoked-previous',
  ],
  [
    'revoked: a kept content that was revoked is no way out',
    {
      inventories: { demo: inventory({ kept: [content(5), content(2)] }) },
      releases: [release(5)],
      revoked: [{ sequence: 5, reason: 'bad' }, { sequence: 99, sha256: sha('demo 2'), reason: 'too' }],
    },
    'failed revoked-no-way-out',
  ],

  ['paused', { releases: [release(10, { paused: true })] }, 'deferred paused'],
  ['paused: the next older goes', { releases: [release(9), release(10, { paused: true })] }, 'install 9 install-behind'],
  ['hold: younger than hours', { policy: held }, 'deferred held'],
  ['hold: the next older is old enough', { policy: held, releases: [release(8), release(9), release(10)] }, 'install 8 install-behind'],
  ['hold: --force does not pass it', { policy: held, asked: { force: 'yes' } }, 'deferred held'],
  ['hold: the component’s hours replace the type’s', { policy: policy({ content: { av: { hold: { hours: 36 } } }, components: { demo: { hold: { hours: 0 } } } }) }, 'install 10 install-newer'],
  ['hold: no hours hold nothing, not even what is dated ahead of our clock', { policy: policy({ content: { av: { hold: { hours: 0 } } } }), releases: [release(20)] }, 'install 20 install-newer'],
  ['hold: nothing before until', { policy: policy({ content: { av: { hold: { until: NOW + 1 } } } }), releases: [release(6)] }, 'deferred held'],
  ['hold: until is over', { policy: policy({ content: { av: { hold: { until: NOW } } } }) }, 'install 10 install-newer'],
  ['hold: a forced release waits too', { policy: held, releases: [release(10, { forced: true })] }, 'deferred held'],
  [
    'hold: a forced release passes where policy says so',
    { policy: policy({ content: { av: { hold: { hours: 36 } } }, rollout: { forcedOverridesHold: true } }), releases: [release(10, { forced: true })] },
    'install 10 install-forced',
  ],
  [
    'hold: the leave for forced ones helps no other',
    { policy: policy({ content: { av: { hold: { hours: 36 } } }, rollout: { forcedOverridesHold: true } }) },
    'deferred held',
  ],
  ['rollout: not this machine yet', { releases: [release(10, { rollout: { percent: 0, salt: 's' } })] }, 'deferred rollout-not-yet'],
  ['rollout: everyone', { releases: [release(10, { rollout: { percent: 100, salt: 's' } })] }, 'install 10 install-newer'],
  ['rollout: not started', { releases: [release(10, { rollout: { percent: 100, salt: 's', from: NOW + 1 } })] }, 'deferred rollout-not-started'],
  ['rollout: a forced release waits for its turn', { releases: [release(10, { forced: true, rollout: { percent: 0, salt: 's' } })] }, 'deferred rollout-not-yet'],

  ['rollout: a machine whose bucket is the percent is not in', { releases: [release(10, { rollout: { percent: BUCKET, salt: 's' } })] }, 'deferred rollout-not-yet'],
  ['rollout: a hundredth more, and it is', { releases: [release(10, { rollout: { percent: BUCKET + 0.01, salt: 's' } })] }, 'install 10 install-newer'],

  ['requires: another component is too old', { components: [five, component('base', 1)], releases: [release(10, { requires: [{ component: id('base'), minSequence: 2 }] })] }, 'deferred requires-unmet'],
  ['requires: another component is not here', { releases: [release(10, { requires: [{ component: id('base'), minSequence: 2 }] })] }, 'deferred requires-unmet'],
  ['requires: met', { components: [five, component('base', 2)], releases: [release(10, { requires: [{ component: id('base'), minSequence: 2 }] })] }, 'install 10 install-newer'],
  ['conditions: another system', { releases: [release(10, { conditions: { os: ['darwin', 'win32'] } })] }, 'skipped os-unfit'],
  ['conditions: another processor', { releases: [release(10, { conditions: { arch: ['arm64'] } })] }, 'skipped arch-unfit'],
  ['conditions: an older agent', { releases: [release(10, { conditions: { minAgent: '0.10' } })] }, 'skipped agent-too-old'],
  ['conditions: 0.9 is not newer than 0.10', { releases: [release(10, { conditions: { minAgent: '0.9' } })], facts: { agentVersion: '0.10.0' } }, 'install 10 install-newer'],
  ['conditions: too little space', { releases: [release(10, { conditions: { minFreeBytes: 10 } })], facts: { freeBytes: new Map([[id('demo'), 9]]) } }, 'skipped space-short'],
  ['conditions: just enough space', { releases: [release(10, { conditions: { minFreeBytes: 10 } })], facts: { freeBytes: new Map([[id('demo'), 10]]) } }, 'install 10 install-newer'],
  ['conditions: space that is not known is no obstacle', { releases: [release(10, { conditions: { minFreeBytes: 10 } })] }, 'install 10 install-newer'],
  ['conditions: another plug-in', { releases: [release(10, { conditions: { plugin: 'clamav' } })] }, 'skipped plug-in-unfit'],
  ['conditions: all met', { releases: [release(10, { conditions: { os: ['linux'], arch: ['x64'], minAgent: '0.1', plugin: 'files' } })] }, 'install 10 install-newer'],
  ['engine: too old', { releases: [release(10, { conditions: { engine: { min: '1.4' } } })], inventories: { demo: inventory({ engineVersion: '1.3.9' }) } }, 'skipped engine-incompatible'],
  ['engine: too new', { releases: [release(10, { conditions: { engine: { max: '1.4' } } })], inventories: { demo: inventory({ engineVersion: '1.4.1' }) } }, 'skipped engine-incompatible'],
  ['engine: both ends count', { releases: [release(10, { conditions: { engine: { min: '1.4', max: '1.4.0' } } })], inventories: { demo: inventory({ engineVersion: '1.4' }) } }, 'install 10 install-newer'],
  ['engine: none installed', { releases: [release(10, { conditions: { engine: { min: '1.4' } } })] }, 'install 10 install-newer'],
  ['engine: a version that cannot be read fits no range', { releases: [release(10, { conditions: { engine: { min: '1.4' } } })], inventories: { demo: inventory({ engineVersion: 'devel' }) } }, 'skipped engine-incompatible'],
  ['engine: the next older fits', { releases: [release(9), release(10, { conditions: { engine: { min: '2' } } })], inventories: { demo: inventory({ engineVersion: '1' }) } }, 'install 9 install-behind'],
  ['license: the plug-in is asked later', { releases: [release(10, { license: 'gold' })] }, 'install 10 install-newer'],

  ['quarantine: by sequence and digest', { quarantine: quarantineOf(10, policy().digest) }, 'skipped quarantined'],
  ['quarantine: the same bytes under a new sequence', { releases: [release(11, { package: release(10).package })], quarantine: quarantineOf(10, policy().digest) }, 'skipped quarantined'],
  ['quarantine: the same sequence with other bytes', { releases: [release(10, { package: release(11).package })], quarantine: quarantineOf(10, policy().digest) }, 'skipped quarantined'],
  ['quarantine: a newer release goes', { releases: [release(10), release(11)], quarantine: quarantineOf(10, policy().digest) }, 'install 11 install-newer'],
  ['quarantine: the next older goes', { releases: [release(9), release(10)], quarantine: quarantineOf(10, policy().digest) }, 'install 9 install-behind'],
  ['quarantine: --force passes it', { quarantine: quarantineOf(10, policy().digest), asked: { force: 'yes' } }, 'install 10 install-newer'],
  ['quarantine: a changed policy ends it', { quarantine: quarantineOf(10, sha('another policy')) }, 'install 10 install-newer'],

  ['forced: the oldest first', { releases: [release(7, { forced: true }), release(8, { forced: true }), release(10)] }, 'install 7 install-forced'],
  ['forced: one that is behind us does not count', { releases: [release(4, { forced: true }), release(10)] }, 'install 10 install-newer'],
  ['forced: one that is paused does not stop the others', { releases: [release(7, { forced: true, paused: true }), release(10)] }, 'install 10 install-newer'],
  ['forced: not past the pin', { policy: policy({ components: { demo: { pin: '1.10' } } }), releases: [release(7, { forced: true }), release(10)] }, 'install 10 install-pinned'],

  ['consent: policy installs', { releases: [release(10, { optional: true })] }, 'install 10 install-newer'],
  ['consent: never', { policy: policy({ consent: { optional: 'never' } }), releases: [release(10, { optional: true })] }, 'skipped consent-never'],
  ['consent: never, but the older one is not optional', { policy: policy({ consent: { optional: 'never' } }), releases: [release(9), release(10, { optional: true })] }, 'install 9 install-behind'],
  ['consent: nobody to ask', { policy: policy({ consent: { optional: 'ask' } }), releases: [release(10, { optional: true })] }, 'deferred consent-needed'],
  ['consent: someone to ask', { policy: policy({ consent: { optional: 'ask' } }), releases: [release(10, { optional: true })], facts: { present: 'someone' } }, 'ask 10 consent-asked'],
  ['consent: yes', { policy: policy({ consent: { optional: 'ask' } }), releases: [release(10, { optional: true })], facts: { consents: [{ component: id('demo'), sequence: 10, answer: 'yes' }] } }, 'install 10 install-newer'],
  ['consent: no', { policy: policy({ consent: { optional: 'ask' } }), releases: [release(10, { optional: true })], facts: { consents: [{ component: id('demo'), sequence: 10, answer: 'no' }] } }, 'deferred consent-refused'],

  ['damaged: it is not', { releases: [release(5)], inventories: { demo: inventory() } }, 'current up-to-date'],
  ['damaged: what was agreed to once is put back without a question', { policy: policy({ consent: { optional: 'ask' } }), releases: [release(5, { optional: true })], inventories: { demo: inventory({ state: 'damaged' }) } }, 'install 5 reinstall-damaged'],
  ['damaged: that it was forced is no reason to put the old one back first', { releases: [release(5, { forced: true }), release(10)], inventories: { demo: inventory({ state: 'damaged' }) } }, 'install 10 install-newer'],
  ['damaged: put back', { releases: [release(5)], inventories: { demo: inventory({ state: 'damaged', detail: 'x is short' }) } }, 'install 5 reinstall-damaged'],
  ['damaged: gone from the disk', { releases: [release(5)], inventories: { demo: inventory({ state: 'absent' }) } }, 'install 5 reinstall-damaged'],
  ['damaged: a newer one is the better repair', { releases: [release(5), release(10)], inventories: { demo: inventory({ state: 'damaged' }) } }, 'install 10 install-newer'],
  ['damaged: nor does a hold of hours that it is younger than', { policy: policy({ content: { av: { hold: { hours: 10_000 } } } }), releases: [release(5), release(10)], inventories: { demo: inventory({ state: 'damaged' }) } }, 'install 5 reinstall-damaged'],
  ['damaged: other bytes under its number are held', { policy: policy({ content: { av: { hold: { hours: 10_000 } } } }), releases: [release(5, { package: release(4).package })], inventories: { demo: inventory({ state: 'damaged' }) } }, 'deferred held'],
  ['damaged: held until is about new ones only', { policy: policy({ content: { av: { hold: { until: NOW + HOUR } } } }), releases: [release(5), release(10)], inventories: { demo: inventory({ state: 'damaged' }) } }, 'install 5 reinstall-damaged'],
  ['damaged: that it was paused since keeps nobody from putting it back', { releases: [release(5, { paused: true })], inventories: { demo: inventory({ state: 'damaged' }) } }, 'install 5 reinstall-damaged'],
  ['damaged: nor that its rollout went back', { releases: [release(5, { rollout: { percent: 0, salt: 's' } })], inventories: { demo: inventory({ state: 'damaged' }) } }, 'install 5 reinstall-damaged'],
  ['damaged: nor that its rollout begins later now', { releases: [release(5, { rollout: { percent: 100, salt: 's', from: NOW + 1 } })], inventories: { demo: inventory({ state: 'absent' }) } }, 'install 5 reinstall-damaged'],
  ['damaged: other bytes under its number are new', { releases: [release(5, { paused: true, package: release(4).package })], inventories: { demo: inventory({ state: 'damaged' }) } }, 'deferred paused'],
  ['damaged: paused and revoked is not put back', { releases: [release(4), release(5, { paused: true })], revoked: [{ sequence: 5, reason: 'bad' }], inventories: { demo: inventory({ state: 'damaged' }) } }, 'install 4 revoked-newest'],
  ['damaged: a newer one that is paused is not the repair', { releases: [release(5, { paused: true }), release(10, { paused: true })], inventories: { demo: inventory({ state: 'damaged' }) } }, 'install 5 reinstall-damaged'],
  ['outdated: made anew', { releases: [release(5)], inventories: { demo: inventory({ outdated: 'x', kept: [content(5)] }) } }, 'install 5 reapply'],
  ['outdated: a newer one is better', { releases: [release(5), release(10)], inventories: { demo: inventory({ outdated: 'x', kept: [content(5)] }) } }, 'install 10 install-newer'],
  ['outdated: what was paused since is made anew all the same', { releases: [release(5, { paused: true }), release(10, { paused: true })], inventories: { demo: inventory({ outdated: 'x', kept: [content(5)] }) } }, 'install 5 reapply'],
  ['outdated: not offered any more, so it stays', { releases: [release(4)], inventories: { demo: inventory({ outdated: 'x', kept: [content(5)] }) } }, 'current newer-installed'],
  ['outdated: revoked is left, not made anew', { releases: [release(4), release(5)], revoked: [{ sequence: 5, reason: 'bad' }], inventories: { demo: inventory({ outdated: 'x', kept: [content(5)] }) } }, 'install 4 revoked-newest'],
  ['outdated: damaged comes first', { releases: [release(5)], inventories: { demo: inventory({ state: 'damaged', outdated: 'x' }) } }, 'install 5 reinstall-damaged'],
  ['damaged: revoked is not put back', { releases: [release(4), release(5)], revoked: [{ sequence: 5, reason: 'bad' }], inventories: { demo: inventory({ state: 'damaged' }) } }, 'install 4 revoked-newest'],
  ['damaged: not offered any more', { releases: [release(4)], inventories: { demo: inventory({ state: 'damaged', detail: 'x is short' }) } }, 'failed damaged-not-offered'],
  ['damaged: nothing was installed by us, so nothing is put back', { components: [nothing], releases: [release(10)], inventories: { demo: inventory({ state: 'foreign' }) } }, 'install 10 install-first'],
];

for (const [name, world, expected] of CASES) {
  test(name, () => {
    const decision = decideDemo(world);
    assert.is(told(decision), expected);
    const gates = new Set(decision.verdicts.map((v) => v.gate));
    assert.equal(GATES.filter((g) => !gates.has(g)), [], 'every gate has its word');
    for (const { reason } of decision.verdicts) {
      assert.not.match(reasonText(reason) + reasonRemedy(reason), /[{}]/, `${reason.code} has all its slots`);
    }
  });
}

test('the table of gates is GATES, in order, and no gate is there twice', () => {
  assert.equal(GATE_TABLE.map((row) => row.gate), [...GATES]);
});

test('every reason that can stop a component is given by a case above, or belongs to the engine or to a round', () => {
  const given = new Set<string>(CASES.flatMap(([, world]) => decideDemo(world).verdicts.map((v) => v.reason.code)));
  const elsewhere = ['agent-below-floor', 'agent-older', 'consent-deferred', 'forced-first', 'license-invalid', 'window', 'window-damaged', 'rounds-exhausted', 'interrupted'];
  const stopping = Object.entries(REASONS).flatMap(([code, row]) => (['skipped', 'deferred', 'failed'].includes(row.means) ? [code] : []));
  assert.equal(stopping.filter((code) => !given.has(code)), stopping.filter((code) => elsewhere.includes(code) && !given.has(code)));
});

test('a reason names the most specific key and the file that set it', () => {
  const parts = { content: { av: { hold: { hours: 36, until: NOW + HOUR } } }, set: ['content.av.hold.hours', 'content.av.hold.until'] };
  const { choice } = decideDemo({ policy: policy(parts) });
  assert.is(choice.kind, 'deferred');
  if (choice.kind !== 'deferred') return;
  assert.is(choice.reason.policyKey, 'content.av.hold.hours', 'the later of the two decides');
  assert.is(choice.reason.source, '/etc/glued/policy.json');
  assert.is(choice.reason.until, NOW + 36 * HOUR);
});

test('the override of a hold by a forced release records its key', () => {
  const loaded = policy({ content: { av: { hold: { hours: 36 } } }, rollout: { forcedOverridesHold: true }, set: ['rollout.forcedOverridesHold'] });
  const verdicts = decideDemo({ policy: loaded, releases: [release(10, { forced: true })] }).verdicts;
  const hold = verdicts.find((v) => v.gate === 'hold');
  assert.is(hold?.reason.code, 'hold-overridden');
  assert.is(hold?.reason.policyKey, 'rollout.forcedOverridesHold');
  assert.is(hold?.reason.source, '/etc/glued/policy.json');
});

test('a release that is passed over keeps every gate’s verdict, with its sequence', () => {
  const verdicts = decideDemo({ releases: [release(9), release(10, { paused: true, conditions: { os: ['win32'] } })] }).verdicts;
  const stops = verdicts.filter((v) => v.outcome === 'stop').map((v) => `${v.sequence} ${v.gate} ${v.reason.code}`);
  assert.equal(stops, ['10 paused paused', '10 conditions os-unfit']);
  assert.is(verdicts.filter((v) => v.sequence === 9).length, 13);
});

test('a round with a forced release holds only forced ones, and the others say for whom they wait', () => {
  const world: World = {
    components: ['a', 'b', 'c', 'd'].map((name) => component(name, 5)),
    releases: {
      a: [release(10, { component: id('a') })],
      b: [release(10, { component: id('b'), forced: true })],
      c: [release(6, { component: id('c'), forced: true }), release(10, { component: id('c') })],
      d: [release(5, { component: id('d') })],
    },
  };
  const planned = plan(input(world));
  assert.equal(planned.installs, ['b', 'c']);
  assert.equal(planned.decisions.map(told), ['deferred forced-first', 'install 10 install-forced', 'install 6 install-forced', 'current up-to-date']);
  assert.equal(planned.decisions[0]?.verdicts.filter((v) => v.outcome === 'stop').map((v) => v.gate), ['forced']);
});

test('a way back from a revoked release is carried out, after the round of forced ones', () => {
  const revoked = [{ sequence: 5, reason: 'bad' }];
  const world: World = { inventories: { demo: inventory({ kept: [content(2)] }) }, releases: { demo: [release(5)] }, revoked };
  assert.equal(plan(input(world)).installs, ['demo']);
  const other = { demo: [release(5)], other: [release(10, { component: id('other'), forced: true })] };
  const planned = plan(input({ ...world, components: [five, component('other', 5)], releases: other }));
  assert.equal(planned.installs, ['other']);
  assert.equal(planned.decisions.map(told), ['deferred forced-first', 'install 10 install-forced']);
});

test('of two quarantines the latest is told, whichever comes first', () => {
  const [entry] = quarantineOf(10, policy().digest);
  if (entry === undefined) throw new Error('no entry');
  const both = [{ ...entry, since: entry.since - HOUR, why: 'the older reason' }, { ...entry, why: 'the newer reason' }];
  for (const quarantine of [both, [...both].reverse()]) {
    const { choice } = decideDemo({ quarantine });
    assert.match(choice.kind === 'skipped' ? reasonText(choice.reason) : '', /the newer reason\.$/);
  }
});

test('a hold tells the administrator’s own reason, the component’s before the type’s', () => {
  const hold = (own: string | undefined) =>
    policy({
      content: { av: { hold: { hours: 36, reason: 'change freeze' } } },
      components: { demo: { hold: own === undefined ? {} : { reason: own } } },
    });
  const text = (own: string | undefined) => {
    const { choice } = decideDemo({ policy: hold(own) });
    return choice.kind === 'deferred' ? reasonText(choice.reason) : '';
  };
  assert.match(text(undefined), /\(change freeze\)\.$/);
  assert.match(text('the demo is on Friday'), /\(the demo is on Friday\)\.$/);
});

test('a catalog is wanted only of what is asked for, on, and served by a plug-in that is here', () => {
  const wants = (world: World) => {
    const { policy: loaded, plugIns, asked } = input(world);
    return wantsCatalog(loaded.policy, plugIns, asked, five);
  };
  assert.is(wants({}), true);
  assert.is(wants({ asked: { components: ['other'] } }), false);
  assert.is(wants({ asked: { components: ['demo'], contentTypes: ['ips'] } }), false);
  assert.is(wants({ policy: policy({ content: { av: { enabled: false } } }) }), false);
  assert.is(wants({ policy: policy({ content: { av: { enabled: false } }, components: { demo: { enabled: true } } }) }), true);
  assert.is(wants({ plugIns: [] }), false);
});

test('two components that require each other stay deferred', () => {
  const needs = (name: string) => [{ component: id(name), minSequence: 10 }];
  const planned = plan(
    input({
      components: [component('a', 5), component('b', 5)],
      releases: { a: [release(10, { component: id('a'), requires: needs('b') })], b: [release(10, { component: id('b'), requires: needs('a') })] },
    }),
  );
  assert.equal(planned.decisions.map(told), ['deferred requires-unmet', 'deferred requires-unmet']);
  assert.equal(planned.installs, []);
});

test('what one component lacks costs no other its update', () => {
  const planned = plan(
    input({
      components: [component('a', 5), component('b', 5, { plugIn: 'gone' }), component('c', 5)],
      releases: { a: [release(10, { component: id('a') })] },
      catalogs: { c: { kind: 'failed', failure: broken } },
    }),
  );
  assert.equal(planned.decisions.map(told), ['install 10 install-newer', 'failed plugin-absent', 'failed install-loop']);
  assert.equal(planned.installs, ['a']);
});

test('a package that is whole in the cache is the route without bytes', () => {
  const from = (cached: readonly string[]) => {
    const { choice } = decideDemo({ cached });
    return choice.kind === 'install' ? choice.route : undefined;
  };
  assert.equal(from([]), { kind: 'full', bytes: 1010 });
  assert.equal(from([sha('demo 10')]), { kind: 'cache', bytes: 0 });
});

test('what is available is the newest that was not revoked, held or not', () => {
  const decision = decideDemo({ releases: [release(8), release(9, { paused: true }), release(10)], revoked: [{ sequence: 10, reason: 'bad' }] });
  assert.is(decision.available?.sequence, 9);
});

test('a component that is out of this run is not decided again, and what is installed of it still counts for others', () => {
  const planned = plan(
    input({
      components: [component('base', 2), five],
      out: new Set([id('base')]),
      releases: { base: [release(3, { component: id('base'), forced: true })], demo: [release(10, { requires: [{ component: id('base'), minSequence: 2 }] })] },
    }),
  );
  assert.equal(planned.decisions.map((d) => d.id as string), ['demo']);
  assert.equal(planned.installs as readonly string[], ['demo']);
});

test('a release that a rollback left stays in quarantine under another policy, until it is forced', () => {
  const left = { quarantine: [{ component: id('demo'), sequence: 10, sha256: sha('demo 10'), why: 'rolled-back', since: NOW - HOUR, policyDigest: ANY_POLICY }] };
  assert.is(told(decideDemo({ ...left, releases: [release(10)] })), 'skipped quarantined');
  assert.is(told(decideDemo({ ...left, releases: [release(10)], asked: { force: 'yes' } })), 'install 10 install-newer');
  assert.is(told(decideDemo({ ...left, releases: [release(10), release(11)] })), 'install 11 install-newer');
});

test.run();
