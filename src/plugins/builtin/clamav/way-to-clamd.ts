import { type Component, ok, failed, type Outcome, type Ports, type SocketPlace } from '../../../model/index.ts';
import { ioProblem } from '../../io-failures.ts';
import { type ClamdConf, DEFAULT_CONF, DEFAULT_DATABASES, loopbackOf, MAX_CONF_BYTES, parseClamdConf } from './clamd-conf.ts';

type Files = Pick<Ports, 'files'>;

/** Debian's. */
const DEFAULT_SOCKET = '/var/run/clamav/clamd.ctl';

/** How to reach the clamd that reads a component's folder (`name`: for messages), and where it writes its log. `none`: why there is none to be asked. */
export type WayToClamd =
  | { readonly kind: 'socket'; readonly place: SocketPlace; readonly name: string; readonly log: string | undefined }
  | { readonly kind: 'none'; readonly why: string };

/** By the setting Socket, else by clamd.conf (its local socket before its port), else Debian's own place. */
export function wayToClamd(ports: Files, component: Component): WayToClamd {
  const named = component.settings['Socket'];
  const conf = confOf(ports, component);
  const fitting = conf.ok && conf.value !== undefined && confProblem(ports, component, conf.value) === undefined ? conf.value : undefined;
  if (named !== undefined && named !== '') return local(named, fitting?.socket === named ? fitting.log : undefined);
  if (!conf.ok) return { kind: 'none', why: `${confPath(component)}: ${conf.failure}` };
  if (conf.value === undefined) return local(DEFAULT_SOCKET, undefined);
  const problem = confProblem(ports, component, conf.value);
  if (problem !== undefined) return { kind: 'none', why: problem };
  const { socket, tcp, addresses = [], log } = conf.value;
  if (socket !== undefined) return local(socket, log);
  if (tcp === undefined) return { kind: 'none', why: `the clamd of ${confPath(component)} listens on no socket` };
  const host = loopbackOf(addresses);
  if (host === undefined) return { kind: 'none', why: `the clamd of ${confPath(component)} listens on ${addresses.join(', ')} alone, and only one on this machine's loopback is asked` };
  return { kind: 'socket', place: { host, port: Number(tcp) }, name: `${host} port ${tcp}`, log };
}

const local = (path: string, log: string | undefined): WayToClamd => ({ kind: 'socket', place: path, name: path, log });

/** A clamd.conf that is named by the component must be there, be understood, and be that of a clamd which reads the component's folder. */
export function namedConfProblem(ports: Files, component: Component): string | undefined {
  if (!component.settings['ConfigFile']) return undefined;
  const conf = confOf(ports, component);
  if (!conf.ok) return conf.failure;
  return conf.value === undefined ? 'it is not there' : confProblem(ports, component, conf.value);
}

export const confPath = (component: Component): string => component.settings['ConfigFile'] || DEFAULT_CONF;

/** Undefined: there is none. */
function confOf({ files }: Files, component: Component): Outcome<ClamdConf | undefined, string> {
  const opened = files.openFollowing(confPath(component));
  if (!opened.ok) return opened.failure.kind === 'absent' ? ok(undefined) : failed(`it cannot be read (${ioProblem(opened.failure)})`);
  const seen = opened.value.stat();
  // a regular file only: a pipe would be waited for
  const size = seen.ok && seen.value.type === 'file' ? seen.value.size : MAX_CONF_BYTES + 1;
  const buffer = new Uint8Array(size <= MAX_CONF_BYTES ? size : 0);
  const count = opened.value.read(buffer, 0);
  opened.value.close();
  if (size > MAX_CONF_BYTES) return failed(`it is no file of at most ${MAX_CONF_BYTES} bytes`);
  return count.ok ? parseClamdConf(buffer.subarray(0, count.value)) : failed(`it cannot be read (${ioProblem(count.failure)})`);
}

/** A clamd that reads another folder will never load what is put into this one. */
function confProblem({ files }: Files, component: Component, conf: ClamdConf): string | undefined {
  const databases = conf.databases ?? DEFAULT_DATABASES;
  const real = (path: string): string => {
    const found = files.realPath(path);
    return found.ok ? found.value : path.replace(/\/+$/, '');
  };
  return real(databases) === real(component.installPath) ? undefined : `its clamd reads ${databases} and not ${component.installPath}`;
}
