import { readFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { DOCTOR_DOCS } from '../../build/generate-doctor.ts';
import { at } from '../../build/support/root.ts';
import { CHECKS } from '../../src/doctor/index.ts';

for (const [path, make] of Object.entries(DOCTOR_DOCS)) {
  test(`${path} is what the table of checks says: make docs`, () => assert.is(readFileSync(at(path), 'utf8'), make()));
}

test('a check rests only on checks that are made before it', () => {
  for (const [i, { id, needs }] of CHECKS.entries()) {
    const before = CHECKS.slice(0, i).map((c) => c.id);
    assert.equal(needs.filter((n) => !before.includes(n)), [], id);
  }
  assert.is(new Set(CHECKS.map((c) => c.id)).size, CHECKS.length);
});

test.run();
