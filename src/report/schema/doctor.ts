import type { CheckResult, DoctorDocument } from '../../model/index.ts';
import { constant, count, group, kebab, list, number, oneOf, orNull, published, type Schema, text, timestamp } from './build.ts';
import { codeName, exitCode } from './parts.ts';

const check: Schema = group<CheckResult>(
  {
    id: kebab('Stable, for programs.'),
    title: text(),
    subject: orNull(text('What it was about, where there are several: a server, a component, a path, a policy key.')),
    verdict: oneOf(['ok', 'warn', 'fail', 'skipped']),
    text: text('What was found, what is wrong, or why it was skipped.'),
    evidence: list(text(), 'What was seen, exactly.'),
    remedy: text('What to do; empty where there is nothing to do.'),
    policyKey: text('The policy key behind it.'),
    source: text('The file, and line, that set it.'),
    code: exitCode,
    codeName,
    ms: count('Milliseconds.'),
  },
  ['policyKey', 'source', 'code', 'codeName'],
);

/** How a machine stands, check by check. */
export const DOCTOR_SCHEMA: Schema = published(
  'doctor:1',
  'glued.doctor/1: what a run rests on, looked at',
  group<DoctorDocument>(
    {
      schema: constant('glued.doctor/1'),
      at: timestamp(),
      agent: group<DoctorDocument['agent']>({ version: text(), runtime: text(), os: text(), arch: text() }, []),
      stateDir: text('The state folder that was looked at.'),
      policy: group<DoctorDocument['policy']>({ id: orNull(text()), version: orNull(number()), digest: orNull(text('SHA-256 of the effective policy.')) }, []),
      verdict: oneOf(['ok', 'warn', 'fail'], 'The worst of all checks.'),
      code: exitCode,
      codeName,
      counts: group<DoctorDocument['counts']>({ ok: count(), warn: count(), fail: count(), skipped: count() }, []),
      checks: list(check),
    },
    [],
  ),
);
