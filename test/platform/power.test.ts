// runtimes: node, deno
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { linuxPower, networkCostOf, powerOf } from '../../src/platform/power.ts';

type Supplies = Readonly<Record<string, Readonly<Record<string, string>>>>;
const root = mkdtempSync(join(tmpdir(), 'glued-power-'));
test.after(() => rmSync(root, { recursive: true, force: true }));

function folderOf(supplies: Supplies): string {
  const folder = mkdtempSync(join(root, 'supplies-'));
  for (const [name, keys] of Object.entries(supplies)) {
    mkdirSync(join(folder, name));
    for (const [key, value] of Object.entries(keys)) writeFileSync(join(folder, name, key), `${value}\n`);
  }
  return folder;
}

const MAINS = (online: string) => ({ AC: { type: 'Mains', online } });
const BATTERY = (status: string) => ({ BAT0: { type: 'Battery', status, scope: '' } });
const CASES: readonly (readonly [string, Supplies, string])[] = [
  ['a server that describes nothing', {}, 'unknown'],
  ['a laptop on its battery', { ...MAINS('0'), ...BATTERY('Discharging') }, 'battery'],
  ['a laptop on the mains', { ...MAINS('1'), ...BATTERY('Charging') }, 'ac'],
  ['a laptop that is charged over USB', { ...MAINS('0'), ...BATTERY('Charging'), 'ucsi-1': { type: 'USB', online: '1' } }, 'ac'],
  ['a laptop that holds its battery at 80 %', { ...MAINS('1'), ...BATTERY('Not charging') }, 'ac'],
  ['a desktop whose mouse has a battery', { mouse: { type: 'Battery', status: 'Discharging', scope: 'Device' } }, 'unknown'],
];
for (const [name, supplies, expected] of CASES) test(name, () => assert.is(linuxPower(folderOf(supplies)), expected));

test('a folder that is not there says nothing, and a system that is not known neither', () => {
  assert.equal([linuxPower(join(root, 'absent')), powerOf('aix'), networkCostOf('aix')], ['unknown', 'unknown', 'unknown']);
});

test('this machine gives an answer, also where it has neither a supply nor a NetworkManager', () => {
  assert.ok(['ac', 'battery', 'unknown'].includes(powerOf('linux')));
  assert.ok(['metered', 'free', 'unknown'].includes(networkCostOf('linux')));
});

test.run();
