import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { NetworkCost, Power } from '../model/index.ts';
import { readWhole } from './open-file.ts';
import { fromChild, quietly } from './quietly.ts';

/** Linux, Documentation/ABI/testing/sysfs-class-power */
const SUPPLIES = '/sys/class/power_supply';
/** NMMetered of NetworkManager: 1 yes, 2 no, 3 and 4 the same as a guess, 0 unknown */
const METERED = { 1: 'metered', 2: 'free', 3: 'metered', 4: 'free' } as const satisfies Record<number, NetworkCost>;
const NETWORK_MANAGER = ['org.freedesktop.NetworkManager', '/org/freedesktop/NetworkManager', 'org.freedesktop.NetworkManager', 'Metered'] as const;

/** Where the machine's power comes from. */
export function powerOf(platform: string): Power {
  if (platform === 'linux') return linuxPower(SUPPLIES);
  const source = platform === 'darwin' ? fromChild('/usr/bin/pmset', ['-g', 'batt'], /drawing from '(AC|Battery) Power'/) : undefined;
  return source === undefined ? 'unknown' : source === 'AC' ? 'ac' : 'battery';
}

/** By the supplies that a folder describes: one that gives power is enough; else a battery of the machine's own that does. */
export function linuxPower(folder: string): Power {
  const supplies = quietly([], () => readdirSync(folder)).map((name) => {
    const read = (key: string): string => {
      const file = readWhole(join(folder, name, key), 4096);
      return file.ok ? new TextDecoder().decode(file.value).trim() : '';
    };
    return { type: read('type'), online: read('online'), status: read('status'), scope: read('scope') };
  });
  if (supplies.some((s) => s.type !== 'Battery' && s.online === '1')) return 'ac';
  const batteries = supplies.filter((s) => s.type === 'Battery' && s.scope !== 'Device');
  return batteries.some((s) => s.status === 'Discharging') ? 'battery' : 'unknown';
}

/** Does the network cost by the byte? Only NetworkManager says. */
export function networkCostOf(platform: string): NetworkCost {
  if (platform !== 'linux') return 'unknown';
  const said = fromChild('busctl', ['--system', '--timeout=2', 'get-property', ...NETWORK_MANAGER], /^u ([1-4])$/m);
  const known = Object.entries(METERED).find(([number]) => number === said);
  return known?.[1] ?? 'unknown';
}
