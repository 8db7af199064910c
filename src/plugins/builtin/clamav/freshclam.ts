import { type Component, ok, type Outcome, type Ports } from '../../../model/index.ts';

const PROCESSES = '/proc';
const NAME = 'freshclam';
const COMM_BYTES = 64;

/**
 * The process id of a freshclam that works on the component's folder: it makes its DatabaseDirectory its current folder (Linux, and only
 * root sees that of others). Undefined where none is seen.
 */
export function freshclamOn(ports: Pick<Ports, 'files' | 'os'>, component: Component): number | undefined {
  const { files, os } = ports;
  if (os.platform !== 'linux') return undefined;
  const folder = files.realPath(component.installPath);
  const processes = folder.ok ? files.list(PROCESSES) : folder;
  if (!folder.ok || !processes.ok) return undefined;
  const found = processes.value.find(({ name }) => {
    if (!/^\d+$/.test(name)) return false;
    const comm = readName(files, `${PROCESSES}/${name}/comm`);
    if (!comm.ok || comm.value !== NAME) return false;
    const current = files.readLink(`${PROCESSES}/${name}/cwd`);
    return current.ok && current.value === folder.value;
  });
  return found === undefined ? undefined : Number(found.name);
}

function readName(files: Ports['files'], path: string): Outcome<string, unknown> {
  const opened = files.open(path);
  if (!opened.ok) return opened;
  const bytes = new Uint8Array(COMM_BYTES);
  const count = opened.value.read(bytes);
  opened.value.close();
  return count.ok ? ok(Buffer.from(bytes.subarray(0, count.value)).toString('latin1').trimEnd()) : count;
}

/** What the run says of it. */
export const freshclamNote = (component: Component, pid: number): string =>
  `${component.id}: freshclam (process ${pid}) updates ${component.installPath} too, and will put its own databases over these. Stop it (systemctl disable --now clamav-freshclam), or publish only databases that it does not fetch.`;
