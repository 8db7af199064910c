import { failure, type Policy, type Ports, sha256Of } from '../model/index.ts';
import { distrustOf } from '../state/index.ts';
import { broken, fine, type Finding } from './finding.ts';

/** A plug-in is a program; more is none. */
const MAX_BYTES = 256 * 1024 * 1024;

/**
 * An external plug-in as a run would admit it: a plain file that nobody else can change, with the hash that policy names. It is not started:
 * it needs a private folder in the state, and a look changes nothing.
 */
export function externalPlugIn(ports: Pick<Ports, 'files' | 'os'>, allowed: Policy['plugins']['allow'][number]): Finding {
  const { id: plugIn, path, sha256 } = allowed;
  const refused = (problem: string): Finding => broken(failure('plugin-unreadable', { plugIn, path, problem }), [], 'plugins.allow');
  const stat = ports.files.stat(path);
  if (!stat.ok) return refused(stat.failure.kind === 'absent' ? 'is not there' : stat.failure.detail);
  if (stat.value.type !== 'file') return refused(`is a ${stat.value.type}`);
  const distrust = distrustOf(ports, path, stat.value);
  if (distrust?.kind === 'unseen') return refused(`cannot be judged: ${distrust.target} (${distrust.cause.detail})`);
  if (distrust !== undefined) {
    const { target, owner, mode, command } = distrust;
    return broken(failure('plugin-untrusted', { plugIn, path, target, owner, mode, command }), [], 'plugins.allow');
  }
  const read = ports.files.read(path, MAX_BYTES);
  if (!read.ok) return refused(read.failure.detail);
  const found = sha256Of(read.value);
  if (found !== sha256) return broken(failure('plugin-changed', { plugIn, path, found, expected: sha256 }), [], 'plugins.allow');
  return fine(`the external plug-in ${path} is the one that policy allows; it was not started, so its content was not looked at`, [`${path}: sha256 ${found}`]);
}
