import { fail, type Failure, ok, type Outcome, rfc3339, type ServiceUnit } from '../../model/index.ts';
import { runStep } from '../steps.ts';
import type { ServicePorts, Step } from '../manager.ts';
import { ENABLED_UNITS, UNIT_NAMES, WAITING_UNITS } from './units.ts';

const systemctl = (...args: readonly string[]): readonly [string, ...string[]] => ['systemctl', '--no-ask-password', '--no-pager', ...args];
const needed = (...args: readonly string[]): Step => ({ argv: systemctl(...args), weight: 'needed' });
const wanted = (...args: readonly string[]): Step => ({ argv: systemctl(...args), weight: 'wanted' });

/** It has started this machine (sd_booted(3)). */
export const runs = ({ files }: ServicePorts): boolean => files.statFollowing('/run/systemd/system').ok;

/**
 * recover is for the next boot: to start it now would undo what is on probation. A daemon that runs ends, at its next safe point, for systemd
 * starts no socket beside a running service; the next request or tick starts it by its new unit.
 */
export function startSteps(): readonly Step[] {
  return [
    needed('daemon-reload'),
    needed('enable', ...ENABLED_UNITS),
    needed('stop', 'glued.service'),
    needed('restart', ...WAITING_UNITS),
  ];
}

export function stopSteps(): { readonly before: readonly Step[]; readonly after: readonly Step[] } {
  return { before: [wanted('disable', '--now', ...ENABLED_UNITS), wanted('stop', 'glued.service')], after: [wanted('daemon-reload')] };
}

export function byHand(root: string | null): string {
  const offline = root === null ? '' : ` (or, before it boots: systemctl --root=${root} enable ${ENABLED_UNITS.join(' ')})`;
  return `When systemd runs: systemctl enable --now glued.socket glued.timer && systemctl enable glued-recover.service${offline}`;
}

/** What systemd knows of our units. */
export async function look(ports: ServicePorts): Promise<Outcome<readonly ServiceUnit[], Failure>> {
  const shown = await runStep(ports, needed('show', '--property=Id,LoadState,UnitFileState,ActiveState', ...UNIT_NAMES));
  if (!shown.ok) return shown;
  const timers = await runStep(ports, wanted('list-timers', '--all', '--output=json', 'glued.timer'));
  const next = timers.ok ? nextOf(timers.value) : undefined;
  const units = shown.value.trim().split(/\n{2,}/).map((block) => unitOf(block, next));
  const unknown = units.find((one) => one === undefined);
  if (unknown !== undefined || units.length !== UNIT_NAMES.length) {
    return fail('service-manager-failed', { command: 'systemctl show', problem: 'its answer was not understood' }, shown.value);
  }
  return ok(units.filter((one) => one !== undefined));
}

function unitOf(block: string, next: string | undefined): ServiceUnit | undefined {
  const value = new Map(block.split('\n').map((line): [string, string] => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]));
  const name = value.get('Id');
  if (name === undefined) return undefined;
  const active = value.get('ActiveState');
  return {
    name,
    installed: value.get('LoadState') === 'loaded',
    enabled: value.get('UnitFileState') === 'static' ? null : value.get('UnitFileState') === 'enabled',
    active: active === 'active' || active === 'activating' || active === 'reloading',
    next: name === 'glued.timer' ? (next ?? null) : null,
  };
}

/** `[{"next":1732807800000000,…}]`, in microseconds; 0 or nothing where it does not run. */
function nextOf(text: string): string | undefined {
  const micros = Number(/"next":(\d+)/.exec(text)?.[1] ?? 0);
  return micros === 0 ? undefined : rfc3339(Math.floor(micros / 1000));
}
