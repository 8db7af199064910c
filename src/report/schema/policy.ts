import type { Origin, PolicyDocument, PolicyProblem } from '../../model/index.ts';
import { constant, count, flag, group, list, orNull, published, type Schema, text } from './build.ts';
import { codeName, error, exitCode } from './parts.ts';

const line = count('Counted from 1, where the file has lines.');
const source = text('The file that set it, or `[default]`.');

const origin: Schema = group<Origin>(
  {
    key: text('A dotted path.'),
    value: { description: 'Secrets are not shown.' },
    source,
    line,
    overrode: list(group<Origin['overrode'][number]>({ source, line, value: {} }, ['line'])),
    converted: group<NonNullable<Origin['converted']>>({ from: text() }, [], 'A source of text, whose value was made one of the type of the key.'),
  },
  ['line', 'converted'],
);

const problem: Schema = group<PolicyProblem>({ file: text(), line, key: text(), found: text(), allowed: text() }, ['line']);

/** A policy in force, or what is wrong with one. Its `$id` is not `policy:1`: that is the schema of a policy itself. */
export const POLICY_SCHEMA: Schema = published(
  'policy-document:1',
  'glued.policy/1: the effective policy, and where each value comes from, or all that is wrong with it',
  group<PolicyDocument>(
    {
      schema: constant('glued.policy/1'),
      code: exitCode,
      codeName,
      policy: { ...orNull({ $ref: 'urn:glued:policy:1' }), description: 'As a policy file would hold it (policies/policy.schema.json), without secrets; null where it was refused.' },
      digest: orNull(text('SHA-256 of the effective policy; null where it was refused.')),
      sources: list(group<PolicyDocument['sources'][number]>({ path: text(), trusted: flag() }, []), 'What was read; empty where it was refused.'),
      ignoredKeys: list(text(), 'Keys of a newer schema.'),
      skipped: list(group<PolicyDocument['skipped'][number]>({ path: text(), reason: text() }, []), 'Files that were seen and not read.'),
      origins: list(origin, 'With --origin.'),
      problems: list(problem, 'Every one, where it is not valid.'),
      errors: list(error, 'Why it was refused.'),
    },
    ['origins'],
  ),
);
