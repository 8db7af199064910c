import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { failureCode, failureText, type Files, ok } from '../../src/model/index.ts';
import { checkSpace, type Need } from '../../src/transfer/index.ts';
import { MemoryFiles } from '../support/memory-files.ts';

const test = suite('space');
const MIB = 1024 * 1024;
const RESERVE = 16 * MIB;

type Disk = { readonly freeBytes: number; readonly freeInodes: number; readonly device: number };
/** Folders that exist, and the file system of each. */
function disks(table: Readonly<Record<string, Disk>>): { readonly files: Files } {
  const files = new MemoryFiles();
  for (const path of Object.keys(table)) files.putFolder(path);
  const absent = files.space.bind(files);
  files.space = (path) => {
    const disk = table[path];
    return disk === undefined ? absent(path) : ok(disk);
  };
  return { files };
}
const disk = (device: number, freeBytes: number, freeInodes = 1000): Disk => ({ device, freeBytes, freeInodes });
const need = (path: string, bytes: number, files = 0): Need => ({ path, bytes, files, purpose: `what goes to ${path}` });

test('what fits beside the reserve passes, one byte more is 24 and names path, needed and free', () => {
  const ports = disks({ '/var': disk(1, RESERVE + 100) });
  assert.ok(checkSpace(ports, [need('/var', 100)]).ok);
  const over = checkSpace(ports, [need('/var', 101)]);
  assert.not.ok(over.ok);
  if (over.ok) return;
  assert.is(failureCode(over.failure), 'disk-space');
  assert.match(failureText(over.failure), /at \/var: what goes to \/var need 101 bytes, 100 are free/);
});

test('needs on one file system are added up, needs on two are not', () => {
  const ports = disks({ '/var': disk(1, RESERVE + 100), '/opt': disk(2, RESERVE + 100), '/srv': disk(1, RESERVE + 100) });
  assert.ok(checkSpace(ports, [need('/var', 60), need('/opt', 60)]).ok);
  const both = checkSpace(ports, [need('/var', 40), need('/opt', 60), need('/srv', 61)]);
  assert.is(both.ok ? '' : both.failure.data['needed'], 101);
  assert.is(both.ok ? '' : both.failure.data['path'], '/srv');
});

test('a folder that is not there yet counts by the nearest one above it', () => {
  const ports = disks({ '/opt': disk(2, RESERVE + 100), '/': disk(1, 0) });
  assert.ok(checkSpace(ports, [need('/opt/new/deeper/file', 100)]).ok);
  assert.not.ok(checkSpace(ports, [need('/elsewhere/file', 1)]).ok);
});

test('inodes count too', () => {
  const ports = disks({ '/var': disk(1, RESERVE + 1000, 10) });
  assert.ok(checkSpace(ports, [need('/var', 1, 10)]).ok);
  const over = checkSpace(ports, [need('/var', 1, 6), need('/var', 1, 5)]);
  assert.is(over.ok ? '' : over.failure.why, 'disk-inodes');
  assert.is(over.ok ? '' : failureCode(over.failure), 'disk-space');
});

test('what needs nothing passes, even where the disk is full', () => {
  assert.ok(checkSpace(disks({ '/var': disk(1, 0, 0) }), [need('/var', 0)]).ok);
});

test('space that cannot be read is said, not guessed', () => {
  const files = new MemoryFiles();
  files.putFolder('/var');
  files.fault = (op) => (op === 'space' ? 'denied' : undefined);
  const got = checkSpace({ files }, [need('/var', 1)]);
  assert.is(got.ok ? '' : got.failure.why, 'disk-unknown');
});

test.run();
