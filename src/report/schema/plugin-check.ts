import { CONTENT_TYPES, type PlugInCheckDocument, type PlugInCheckResult } from '../../model/index.ts';
import { constant, count, group, kebab, list, oneOf, orNull, published, type Schema, text } from './build.ts';
import { codeName, exitCode } from './parts.ts';

const check: Schema = group<PlugInCheckResult>(
  {
    id: kebab('Stable, for programs.'),
    title: text(),
    verdict: oneOf(['pass', 'fail', 'skipped']),
    found: text('What was seen; empty where there is nothing to say.'),
    fix: text('What to mend; empty but where it failed.'),
    ms: count('Milliseconds.'),
  },
  [],
);

/** How an external plug-in keeps the protocol, check by check. */
export const PLUGIN_CHECK_SCHEMA: Schema = published(
  'plugin-check:1',
  'glued.plugin-check/1: an external plug-in against the protocol',
  group<PlugInCheckDocument>(
    {
      schema: constant('glued.plugin-check/1'),
      code: exitCode,
      codeName,
      path: text('The executable that was checked.'),
      allow: orNull(group<NonNullable<PlugInCheckDocument['allow']>>({ id: text(), path: text(), sha256: text() }, [], 'What plugins.allow of a policy needs to say.')),
      plugIn: orNull(
        group<NonNullable<PlugInCheckDocument['plugIn']>>(
          { id: text(), version: text(), contentTypes: list(oneOf(CONTENT_TYPES)), swap: oneOf(['files', 'own']), methods: list(text()) },
          [],
          'What it said of itself; null where it did not answer hello.',
        ),
      ),
      checks: list(check),
    },
    [],
  ),
);
