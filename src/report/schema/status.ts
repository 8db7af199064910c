import type { DaemonStatus, QueuedCommand, StatusDocument } from '../../model/index.ts';
import { constant, count, group, list, oneOf, orNull, published, type Schema, text, timestamp } from './build.ts';
import { delivery, historyEntry, next, pendingRestart, trust, versionRef } from './parts.ts';
import { run } from './run.ts';

const command = group<QueuedCommand>({ id: text(), kind: text('run, rollback, registry-add, registry-remove.'), trigger: oneOf(['command', 'schedule']), askedAt: timestamp() }, []);

const daemon = group<DaemonStatus>(
  {
    pid: count(),
    version: text(),
    startedAt: timestamp(),
    state: oneOf(['idle', 'running', 'stopping']),
    running: orNull(command),
    queue: list(command, 'What waits, in order.'),
    next,
    policy: group<DaemonStatus['policy']>(
      { path: orNull(text('--policy')), trustCheck: oneOf(['enforce', 'insecure']), problem: orNull(text('Why it cannot be used now.')) },
      [],
    ),
  },
  [],
  'How the daemon stands: only where it is asked itself, on its control socket.',
);

/** The last run, and each component's history. */
export const STATUS_SCHEMA: Schema = published(
  'status:1',
  'glued.status/1: how the machine stands',
  group<StatusDocument>(
    {
      schema: constant('glued.status/1'),
      writtenAt: timestamp(),
      health: oneOf(['ok', 'degraded', 'failed']),
      summary: text('One line.'),
      last: orNull(run),
      components: list(
        group<StatusDocument['components'][number]>(
          {
            id: text(),
            lastAttempt: orNull(timestamp()),
            lastSuccess: orNull(timestamp()),
            installed: orNull(versionRef),
            history: list(historyEntry, 'The latest 10, newest first.'),
          },
          [],
        ),
      ),
      restarts: list(pendingRestart, 'Restarts that installed content waits for.'),
      next,
      trust,
      report: delivery,
      daemon,
    },
    ['daemon'],
  ),
);
