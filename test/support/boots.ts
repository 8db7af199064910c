/** Starts of a machine in stories: other boot ids, without a network. */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import type { RunEnd, Runtime, RunSettings } from './runtimes.ts';
import { type Machine, part, type StoryWorld, told, type Told } from './story-world.ts';

export const PROVEN_AT_ONCE = { probation: { minutes: 0 } };
/** Of Deno's permissions all: it lets nobody else read the boot id, and which process listens. */
export const ALL = { permissions: ['--allow-all'], timeoutMs: 60_000 };

/** `demo` at 2.0, on probation; 1.0 was proven. */
export async function onProbation(world: StoryWorld, rt: Runtime): Promise<Machine> {
  const machine = world.machine(rt).register('demo').policy({ ...PROVEN_AT_ONCE, components: { demo: { pin: '1.0' } } });
  await machine.expect(0, [], { settings: ALL });
  machine.policy();
  const document = await machine.expect(0, [], { settings: ALL });
  assert.ok(part(document).probation !== null);
  return machine;
}

export const bootId = (n: number): string => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;

const BOOT_ID = '/proc/sys/kernel/random/boot_id';

/** Can a file be laid over the kernel's boot id here, for one process? */
export const canFakeBoots = (): boolean => spawnSync('unshare', ['-m', '-n', 'sh', '-c', `mount --bind /etc/hostname ${BOOT_ID}`]).status === 0;

/** `recover` in a start of the machine with this boot id, before there is a network; however it ends. */
export function recoverIn(machine: Machine, id: string, env: NonNullable<RunSettings['env']> = {}): Promise<RunEnd> {
  const file = join(machine.folder, 'boot-id');
  writeFileSync(file, `${id}\n`);
  const under = ['unshare', '-m', '-n', 'sh', '-c', `mount --bind "$0" ${BOOT_ID} && exec "$@"`, file];
  return machine.glued(['recover', '--json', ...machine.place], { under, settings: { ...ALL, env } });
}

/** The same, where it must end by itself and give one document. */
export const boot = async (machine: Machine, id: string): Promise<Told> => told(await recoverIn(machine, id));
