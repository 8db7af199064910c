import { openSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { OpenFile } from '../../src/platform/file-handle.ts';

const PIECE = 64 * 1024;
const PIECES = 4096;
const MAX_BYTES = 24 << 20;

test('content that is written in new buffers, as it comes from a network, leaves few of them behind', () => {
  const file = new OpenFile(openSync('/dev/null', 'w'), '/dev/null', 0);
  let most = 0;
  for (let i = 0; i < PIECES; i++) {
    assert.ok(file.write(Buffer.allocUnsafeSlow(PIECE)).ok);
    if (i % 16 === 0) most = Math.max(most, process.memoryUsage().arrayBuffers);
  }
  file.close();
  assert.ok(most < MAX_BYTES, `${PIECES * PIECE} bytes went through, and ${most} were held`);
});

test.run();
