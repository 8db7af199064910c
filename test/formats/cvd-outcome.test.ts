// runtimes: node, deno
import * as fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { membersSize, outcomeDigest } from '../../src/formats/cvd-outcome.ts';
import type { ManifestEntry } from '../../src/model/index.ts';
import { sha } from '../planner/world.ts';

const member = (name: string, size = 10) => ({ name, size, sha256: sha(`member ${name}`) });
const file = (path: string, size = 5): ManifestEntry => ({ type: 'file', path, size, sha256: sha(`file ${path}`), mode: 0o644 });

const MEMBERS = [member('COPYING'), member('daily.info'), member('daily.hdb', 0)];
const OTHERS = [file('a.ndb'), file('main.cvd'), file('main.cvd.sign')];
const KNOWN = outcomeDigest({ path: 'daily.cvd', members: MEMBERS }, [...OTHERS, file('daily.cvd')]);

test('a .cld has the digest of the .cvd with the same members: neither form nor .sign nor any order counts', () => {
  assert.is(outcomeDigest({ path: 'daily.cld', members: [...MEMBERS].reverse() }, [file('daily.cld', 77), ...OTHERS].reverse()), KNOWN);
  assert.is(outcomeDigest({ path: 'daily.cvd', members: MEMBERS }, [...OTHERS, file('daily.cvd'), file('daily.cvd.sign')]), KNOWN);
  // published catalogs hold it: a change of it makes every cdiff that was published useless
  assert.is(KNOWN, '47fcc9e628d4939b942e719e497cbc3c07cae604ebe56e731afe2adf482c1be0');
});

test('whatever else is another gives another', () => {
  const [copying, info, hdb] = MEMBERS;
  const others: readonly (readonly [string, Parameters<typeof outcomeDigest>])[] = [
    ['another database', [{ path: 'weekly.cvd', members: MEMBERS }, OTHERS]],
    ['a member less', [{ path: 'daily.cvd', members: MEMBERS.slice(1) }, OTHERS]],
    ['a member more', [{ path: 'daily.cvd', members: [...MEMBERS, member('x')] }, OTHERS]],
    ['a member’s bytes', [{ path: 'daily.cvd', members: [...MEMBERS.slice(1), { name: 'COPYING', size: 10, sha256: sha('x') }] }, OTHERS]],
    ['a member’s size', [{ path: 'daily.cvd', members: [...MEMBERS.slice(1), member('COPYING', 11)] }, OTHERS]],
    ['members that changed names', [{ path: 'daily.cvd', members: [copying, { ...member('daily.info'), sha256: hdb?.sha256 ?? '' }, { ...member('daily.hdb', 0), sha256: info?.sha256 ?? '' }].filter((m) => m !== undefined) }, OTHERS]],
    ['a file less', [{ path: 'daily.cvd', members: MEMBERS }, OTHERS.slice(1)]],
    ['a file more', [{ path: 'daily.cvd', members: MEMBERS }, [...OTHERS, file('b.ndb')]]],
    ['another file’s .sign less', [{ path: 'daily.cvd', members: MEMBERS }, OTHERS.slice(0, 2)]],
    ['a file in another mode', [{ path: 'daily.cvd', members: MEMBERS }, [{ type: 'file', path: 'a.ndb', size: 5, sha256: sha('file a.ndb'), mode: 0o755 }, ...OTHERS.slice(1)]]],
    ['a folder in place of a file', [{ path: 'daily.cvd', members: MEMBERS }, [{ type: 'folder', path: 'a.ndb' }, ...OTHERS.slice(1)]]],
  ];
  for (const [name, [database, entries]] of others) assert.is.not(outcomeDigest(database, entries), KNOWN, name);
});

test('the size is that of all members together', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(1_000_000), { maxLength: 20 }), (sizes) => membersSize(sizes.map((size, i) => member(`m${i}`, size))) === sizes.reduce((a, b) => a + b, 0)),
    { seed: 20261128, numRuns: 100 },
  );
});

test.run();
