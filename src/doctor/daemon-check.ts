import { group, integer, oneOf, parseShape, text } from '../formats/shape.ts';
import { readJson } from '../formats/json.ts';
import { failure } from '../model/index.ts';
import { broken, type CheckRow, fine, warned } from './finding.ts';

const ANSWER_MS = 10_000;
const MAX_BYTES = 64 * 1024 * 1024;
const STATUS = group({ schema: oneOf(['glued.status/1']), daemon: group({ pid: integer(1), version: text(), state: text() }, 'ignore') }, 'ignore');

/** Is there a daemon of this state, and does it answer? None is fine: `glued run` needs none. */
export const DAEMON_CHECKS: readonly CheckRow<null>[] = [
  {
    id: 'daemon',
    title: 'daemon',
    needs: [],
    codes: ['daemon-unreachable'],
    async look({ world, options: { socket }, signal }) {
      const { ports, local, agentVersion } = world;
      const none = fine('no daemon listens; glued run works by itself', [`nobody on ${socket}`]);
      if (ports.os.platform !== 'win32' && !ports.files.stat(socket).ok) return none;
      const asked = await local.ask({ socket, method: 'GET', target: '/v1/status', idleMs: ANSWER_MS, maxBytes: MAX_BYTES, signal });
      if (!asked.ok && asked.failure.kind === 'absent') return none;
      if (!asked.ok && asked.failure.kind === 'denied') return fine('it cannot be asked by this user; nor can glued run, which works by itself', [asked.failure.detail]);
      const json = asked.ok ? readJson(new TextEncoder().encode(asked.value.body), { maxBytes: MAX_BYTES }) : undefined;
      const status = json?.ok === true ? parseShape(STATUS, json.value.value) : undefined;
      if (status === undefined || !('value' in status)) {
        const problem = asked.ok ? `status ${asked.value.status}, and no document of ours` : asked.failure.detail;
        return broken(failure('daemon-answer', { path: socket, problem }));
      }
      const { pid, version, state } = status.value.daemon;
      const what = `pid ${pid}, glued ${version}, ${state}`;
      if (version !== agentVersion) return warned(failure('doctor-daemon-version', { pid, version, own: agentVersion }), [what]);
      return fine(what, [`${what}, on ${socket}`]);
    },
  },
];
