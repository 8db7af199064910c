import type { StatusDocument } from '../../model/index.ts';
import { constant, group, list, oneOf, orNull, published, type Schema, text, timestamp } from './build.ts';
import { delivery, historyEntry, next, trust, versionRef } from './parts.ts';
import { run } from './run.ts';

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
      next,
      trust,
      report: delivery,
    },
    [],
  ),
);
