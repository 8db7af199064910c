import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { catalogBytes, parseCatalog } from '../../src/formats/catalog.ts';
import type { Catalog } from '../../src/model/index.ts';
import { type Json, type JsonGroup, release } from '../support/tuf-repository.ts';
import { id, NOW } from '../catalog/world.ts';

const catalog = (releases: readonly Json[], more: JsonGroup = {}): JsonGroup => ({ schema: 'glued.catalog/1', component: 'av', releases, ...more });
const parse = (value: Json): Catalog | string => {
  const parsed = parseCatalog(id('av'), new TextEncoder().encode(JSON.stringify(value)));
  return parsed.ok ? parsed.value : parsed.failure;
};
const first = (value: Json): Catalog['releases'][number] | undefined => {
  const parsed = parse(value);
  if (typeof parsed === 'string') throw new Error(parsed);
  return parsed.releases[0];
};

test('what a release does not say has the defaults of the design', () => {
  assert.equal(first(catalog([release(3, NOW)])), {
    component: 'av', sequence: 3, version: '1.3', date: NOW, channel: 'stable', severity: 'none', forced: false, optional: false, restart: 'none',
    requires: [], conditions: {}, paused: false, deltas: [],
    package: { sha256: '0'.repeat(64), size: 10, unpackedSize: 20, format: 'tar+zstd' },
  });
});

test('all that a release says is read', () => {
  const sha256 = 'ab'.repeat(32);
  const said = {
    channel: 'beta', severity: 'critical', forced: true, optional: true, restart: 'reboot', notesUrl: 'https://example.org/n',
    requires: [{ component: 'engine', minSequence: 4 }],
    conditions: { os: ['linux'], arch: ['x64'], minAgent: '1.0', minFreeBytes: 5, engine: { min: '1.0', max: '1.5' }, plugin: 'clamav' },
    rollout: { percent: 12.5, from: '2026-11-25T12:00:00+01:00', salt: 's' }, paused: true, license: 'pro',
    deltas: [{ fromSequence: 2, sha256, size: 3, algorithm: 'zstd' }],
  };
  const { rollout, ...same } = said;
  const read = first(catalog([release(3, NOW, said)]));
  assert.equal({ ...read, rollout: undefined }, {
    component: 'av', sequence: 3, version: '1.3', date: NOW, package: { sha256: '0'.repeat(64), size: 10, unpackedSize: 20, format: 'tar+zstd' },
    ...same, rollout: undefined,
  });
  assert.equal(read?.rollout, { ...rollout, from: Date.parse('2026-11-25T11:00:00Z') });
  const revoked = [{ sequence: 2, sha256, reason: 'crashes', safeSequence: 1 }, { sequence: 1, reason: 'old' }];
  const parsed = parse(catalog([], { revoked }));
  assert.equal(typeof parsed === 'string' ? parsed : parsed.revoked, revoked);
});

test('the hash of the unpacked tar is read and written, and catalogs without one stay good', () => {
  const unpackedSha256 = 'cd'.repeat(32);
  const named = { sha256: '0'.repeat(64), size: 10, unpackedSize: 20, unpackedSha256, format: 'tar+zstd' };
  const parsed = parse(catalog([release(4, NOW, { package: named }), release(3, NOW)]));
  if (typeof parsed === 'string') throw new Error(parsed);
  assert.equal(parsed.releases.map((r) => r.package.unpackedSha256), [unpackedSha256, undefined]);
  const written = parseCatalog(id('av'), catalogBytes(parsed));
  assert.equal(written.ok && written.value, parsed);
});

test('a version may be of any writing, with single spaces inside', () => {
  for (const version of ['1.3', '2026-11 (rev. 2)', 'édition 4', '第三版', 'نسخة 2', 'a\u0301b ✓']) {
    assert.is(first(catalog([{ ...release(1, NOW), version }]))?.version, version);
  }
  for (const version of [' 1', '1 ', '1  2', 'é  2', '1\u00a02', '1\u200b', 'é\u0000', '1\t2', 'é\u202e']) {
    assert.match(String(parse(catalog([{ ...release(1, NOW), version }]))), /version/, JSON.stringify(version));
  }
});

test('keys of a newer version are ignored', () => {
  const newer: JsonGroup = { ...release(3, NOW), novelty: [{}], conditions: { moon: 'full' } };
  assert.equal(first(catalog([newer], { novelty: 1 }))?.conditions, {});
});

const REFUSED: readonly (readonly [string, Json, RegExp])[] = [
  ['no group at all', [], /\(document\): found a list of 0/],
  ['no component', { schema: 'glued.catalog/1', releases: [] }, /component: found nothing/],
  ['a component that is no id', catalog([], { component: 'A/B' }), /component: found text "A\/B"/],
  ['a date without a zone', catalog([{ ...release(1, NOW), date: '2026-11-25T12:00:00' }]), /releases\[0\]\.date/],
  ['a sequence of 0', catalog([release(0, NOW)]), /releases\[0\]\.sequence: found number 0/],
  ['a sequence that is no whole number', catalog([{ ...release(1, NOW), sequence: 1.5 }]), /sequence/],
  ['a version with a line break', catalog([{ ...release(1, NOW), version: '1\n2' }]), /version/],
  ['a version of nothing', catalog([{ ...release(1, NOW), version: '' }]), /version/],
  ['no package', catalog([{ sequence: 1, version: '1', date: '2026-11-25T12:00:00Z' }]), /package: found nothing/],
  ['a package hash in capitals', catalog([release(1, NOW, { package: { sha256: 'A'.repeat(64), size: 1, unpackedSize: 1, format: 'tar+zstd' } })]), /sha256/],
  ['an unpacked hash that is too short', catalog([release(1, NOW, { package: { sha256: 'a'.repeat(64), size: 1, unpackedSize: 1, unpackedSha256: 'ab', format: 'tar+zstd' } })]), /unpackedSha256: found text "ab"/],
  ['a package of another format', catalog([release(1, NOW, { package: { sha256: 'a'.repeat(64), size: 1, unpackedSize: 1, format: 'zip' } })]), /format/],
  ['a rollout of 101 percent', catalog([release(1, NOW, { rollout: { percent: 101, salt: '' } })]), /percent/],
  ['notes at a javascript: address', catalog([release(1, NOW, { notesUrl: 'javascript:alert(1)' })]), /notesUrl/],
  ['releases oldest first', catalog([release(1, NOW), release(2, NOW)]), /release 2 does not come newest first/],
  ['a revocation without a reason', catalog([], { revoked: [{ sequence: 1 }] }), /revoked\[0\]\.reason/],
];

for (const [name, value, problem] of REFUSED) {
  test(`a catalog with ${name} is refused, and the problem names the key`, () => {
    const parsed = parse(value);
    assert.type(parsed, 'string');
    assert.match(String(parsed), problem);
  });
}

test('a catalog with a key twice, or bytes that are no JSON, is refused', () => {
  for (const text of ['{"schema":"glued.catalog/1","schema":"glued.catalog/1"}', '', '\ufeff{}', '{', '\xff']) {
    assert.is(parseCatalog(id('av'), new TextEncoder().encode(text)).ok, false);
  }
});
test.run();
