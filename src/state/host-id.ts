import { type Ports, sha256Of } from '../model/index.ts';
import { LAYOUT, pathOf } from './layout.ts';

/** Our own salt: the id that we report cannot be matched with the machine id that others report (machine-id(5) asks for this). */
const SALT = 'dev.glued.agent host id 1';
const KEPT = /^[0-9a-f]{64}$/;

/** A stable, anonymous id of this machine: 64 hex digits. Where the machine has none, a random one is kept in the state. */
export function hostId(ports: Pick<Ports, 'os' | 'files' | 'random'>, dir: string): string {
  const machine = ports.os.machineId();
  if (machine !== undefined) return salted(machine);
  const path = pathOf(dir, 'hostId');
  const read = ports.files.read(path, 128);
  const kept = read.ok ? new TextDecoder().decode(read.value).trim() : '';
  if (KEPT.test(kept)) return kept;
  const made = Buffer.from(ports.random.bytes(32)).toString('hex');
  const written = ports.files.replace(path, new TextEncoder().encode(`${made}\n`), LAYOUT.hostId.mode);
  // who may not write, and has nothing to go by, at least says the same each time
  return written.ok ? made : salted(ports.os.hostName());
}

function salted(text: string): string {
  return sha256Of(`${SALT}\0${text}`);
}
