// runtimes: node, deno
import { readFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { askedOnce } from '../../src/platform/asked-once.ts';
import { createOs } from '../../src/platform/os.ts';

const os = createOs();

test('the boot id is the one that the kernel made at its start, and stays the same', () => {
  if (os.platform !== 'linux') return console.log('SKIP: the boot id is compared with the one of Linux');
  assert.is(os.bootId(), readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim());
  assert.is(os.bootId(), os.bootId());
  const up = Number(readFileSync('/proc/uptime', 'utf8').split(' ')[0]) * 1000;
  assert.ok(Math.abs((os.upMs() ?? 0) - up) < 60_000, `${os.upMs()} and ${up}`);
});

test('what stays the same is asked until there is an answer, and then no more', () => {
  const answers = [undefined, undefined, 'id', 'another'];
  let asks = 0;
  const id = askedOnce(() => answers[asks++]);
  assert.equal([id(), id(), id(), id(), id()], [undefined, undefined, 'id', 'id', 'id']);
  assert.is(asks, 3);
});

test.run();
