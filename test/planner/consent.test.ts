import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { ConsentAnswer } from '../../src/model/index.ts';
import { decideDemo, id, NOW, policy, release, told, type World } from './world.ts';

const consent = (answer: ConsentAnswer) => ({ component: id('demo'), sequence: 10, answer });
/** maxDeferrals is 3 */
const deferral = (answer: 'later' | 'no', count: number) => ({ ...consent(answer), answer, count, at: NOW });

/** Policy wants the user to be asked: [what, the world, the decision] */
const CASES: readonly (readonly [string, World, string])[] = [
  ['later', { releases: [release(10, { optional: true })], facts: { present: 'someone', consents: [consent('later')] } }, 'deferred consent-deferred'],
  ['who puts it off is not asked about an older one', { releases: [release(9, { optional: true }), release(10, { optional: true })], facts: { present: 'someone', consents: [consent('later')] } }, 'deferred consent-deferred'],
  ['who puts it off gets an older one that is not optional', { releases: [release(9), release(10, { optional: true })], facts: { consents: [consent('later')] } }, 'install 9 install-behind'],
  ['put off before, and asked again', { releases: [release(10, { optional: true })], deferrals: [deferral('later', 2)], facts: { present: 'someone' } }, 'ask 10 consent-asked'],
  ['put off as often as policy allows', { releases: [release(10, { optional: true })], deferrals: [deferral('later', 3)] }, 'install 10 install-unasked'],
  ['put off for the last time in this run', { releases: [release(10, { optional: true })], deferrals: [deferral('later', 3)], facts: { consents: [consent('later')] } }, 'deferred consent-deferred'],
  ['a newer one is asked about anew', { releases: [release(11, { optional: true })], deferrals: [deferral('later', 3)], facts: { present: 'someone' } }, 'ask 11 consent-asked'],
  ['refused before', { releases: [release(10, { optional: true })], deferrals: [deferral('no', 0)], facts: { present: 'someone' } }, 'deferred consent-refused'],
  ['refused before, and --force asks again', { releases: [release(10, { optional: true })], deferrals: [deferral('no', 0)], facts: { present: 'someone' }, asked: { force: 'yes' } }, 'ask 10 consent-asked'],
  ["another component's answers count nothing", { releases: [release(10, { optional: true })], deferrals: [{ ...deferral('no', 9), component: id('other') }], facts: { present: 'someone' } }, 'ask 10 consent-asked'],
];

for (const [name, world, expected] of CASES) {
  test(name, () => assert.is(told(decideDemo({ policy: policy({ consent: { optional: 'ask' } }), ...world })), expected));
}

test('what was put off says how often, how often it may be, and which key says so', () => {
  const loaded = policy({ consent: { optional: 'ask' }, set: ['consent.maxDeferrals'] });
  const { choice } = decideDemo({ policy: loaded, releases: [release(10, { optional: true })], deferrals: [deferral('later', 3)] });
  assert.is(choice.kind, 'install');
  if (choice.kind !== 'install') return;
  const { deferrals, policyKey, source } = choice.why;
  assert.equal([deferrals, policyKey, source], [{ count: 3, limit: 3 }, 'consent.maxDeferrals', '/etc/glued/policy.json']);
});

test.run();
