import { CONTENT_TYPES, GATES, WORKING } from '../../model/index.ts';
import type { ExplainComponent, ExplainDocument, ExplainRoute, ExplainUnderWay, ExplainVerdict } from '../explain-document.ts';
import { constant, count, group, list, number, oneOf, orNull, published, type Schema, text, timestamp } from './build.ts';
import { error, next, reason, rollout, versionRef } from './parts.ts';

const CHOICES = ['install', 'restore', 'ask', 'current', 'skipped', 'deferred', 'failed'] as const satisfies readonly ExplainComponent['choice'][];

const route: Schema = group<ExplainRoute>(
  {
    via: oneOf(['full', 'delta', 'cache', 'none']),
    bytes: count('What is to be downloaded.'),
    full: count('The size of the whole package.'),
    base: { enum: ['tree', 'package', null], description: 'What the first delta leads from: installed content, or a cached package.' },
    steps: list(
      group<ExplainRoute['steps'][number]>({ fromSequence: count(), sequence: count(), size: count(), sha256: text(), algorithm: text('`zstd`, or a vendor\'s own, as `cdiff`.') }, []),
      'The deltas, in the order in which they are applied.',
    ),
  },
  [],
);

const underWay: Schema = group<ExplainUnderWay>(
  {
    pid: count('The process that does it.'),
    command: text('What it was asked for.'),
    since: timestamp(),
    installing: list(
      group<ExplainUnderWay['installing'][number]>({ id: text("The component's."), version: text(), sequence: count(), stage: oneOf(WORKING) }, []),
      'What it is in the middle of: of these components the disk was not looked at.',
    ),
  },
  [],
);

/** Why each component is, or is not, up to date. */
export const EXPLAIN_SCHEMA: Schema = published(
  'explain:1',
  'glued.explain/1: what a run would decide, with the word of every gate',
  group<ExplainDocument>(
    {
      schema: constant('glued.explain/1'),
      at: orNull(timestamp('The moment for which it was decided.')),
      policy: group<ExplainDocument['policy']>({ id: orNull(text()), version: orNull(number()), digest: orNull(text()) }, []),
      next,
      underWay: { ...orNull(underWay), description: 'A run that is at work on the same state meanwhile.' },
      components: list(
        group<ExplainComponent>(
          {
            id: text(),
            name: text(),
            contentType: oneOf(CONTENT_TYPES),
            installed: orNull(versionRef),
            available: orNull(versionRef),
            choice: oneOf(CHOICES, 'What a run would do.'),
            release: orNull(versionRef),
            reason: orNull(reason),
            route: orNull(route),
            rollout,
            verdicts: list(
              group<ExplainVerdict>(
                { gate: oneOf(GATES), outcome: oneOf(['pass', 'stop', 'note']), sequence: orNull(count('The release that it spoke of.')), reason },
                [],
              ),
            ),
          },
          [],
        ),
      ),
      errors: list(error),
      notes: list(text()),
    },
    [],
  ),
);
