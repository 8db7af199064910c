import type { RunDocument, SetAside } from '../../model/index.ts';
import { constant, count, flag, group, list, number, oneOf, orNull, published, type Schema, text, timestamp } from './build.ts';
import { codeName, component, delivery, error, exitCode, next, restart, trust } from './parts.ts';

/** `glued.run/1` without its head, for documents that hold one. */
export const run: Schema = group<RunDocument>(
  {
    schema: constant('glued.run/1'),
    runId: text('UUIDv7.'),
    agent: group<RunDocument['agent']>({ version: text(), runtime: text(), os: text(), arch: text() }, []),
    host: group<RunDocument['host']>({ id: text('A hash of the machine id with our own salt.'), name: text() }, []),
    trigger: text('Who asked for the run.'),
    startedAt: timestamp(),
    finishedAt: timestamp(),
    dryRun: flag('Where true, the document says what a run would do.'),
    outcome: oneOf(['updated', 'current', 'deferred', 'partial', 'failed']),
    code: exitCode,
    codeName,
    policy: group<RunDocument['policy']>(
      {
        id: orNull(text()),
        version: orNull(number()),
        digest: orNull(text('SHA-256 of the effective policy.')),
        sources: list(group<RunDocument['policy']['sources'][number]>({ path: text(), trusted: flag() }, [])),
        ignoredKeys: list(text(), 'Keys of a newer schema.'),
      },
      [],
    ),
    server: group<RunDocument['server']>(
      { url: orNull(text()), tried: list(group<RunDocument['server']['tried'][number]>({ url: text(), error: text() }, [])) },
      [],
    ),
    rounds: count(),
    components: list(component),
    restart,
    errors: list(error),
    setAside: list(group<SetAside>({ id: text(), path: text('Why lies beside it.') }, []), 'Registrations that are not valid and that an earlier run set aside: no run updates their components.'),
    notes: list(text(), 'What was mended, or is worth knowing.'),
    report: delivery,
    trust,
    next,
  },
  ['dryRun', 'setAside'],
);

/** The result of one run. */
export const RUN_SCHEMA: Schema = published('run:1', 'glued.run/1: what one run did, to which component, and why', run);
