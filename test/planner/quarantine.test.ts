import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { reasonText } from '../../src/model/index.ts';
import { component, decideDemo, HOUR, id, NOW, policy, release, sha } from './world.ts';

/** [what state.db keeps of it, what an administrator reads] */
const CASES: readonly (readonly [string, string])[] = [
  ['rolled-back', 'somebody rolled it back'],
  ['vendor-delta-bad', 'it could not be unpacked (vendor-delta-bad)'],
  ['content-test-failed', 'it failed its content test (content-test-failed)'],
  ['probation-engine-died', 'it was in place and was taken back (probation-engine-died)'],
  ['of-a-later-agent', 'of-a-later-agent'],
];
for (const [why, text] of CASES) {
  test(`a release in quarantine for ${why} says so in words`, () => {
    const entry = { component: id('demo'), sequence: 10, sha256: sha('demo 10'), why, since: NOW - HOUR, policyDigest: policy().digest };
    const { choice } = decideDemo({ components: [component('demo', 5)], releases: [release(10)], quarantine: [entry] });
    assert.ok(choice.kind === 'skipped' && choice.reason !== null);
    assert.is(reasonText(choice.reason), `Release 10 is in quarantine since 2026-11-25 07:00:00 UTC: ${text}.`);
  });
}

test.run();
