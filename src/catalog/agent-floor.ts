import { group, optional, parseShape, text } from '../formats/shape.ts';
import { fail, type Failure, ok, type Outcome } from '../model/index.ts';
import type { Document } from './envelope.ts';
import type { Targets } from './tufjs.ts';

/**
 * `"custom": {"agent": {"minVersion": "0.2.0"}}` in the signed part of the top-level targets: under their threshold of keys, which no
 * component's own key can stand for. Other keys are later agents' matter.
 */
const VERSION = text({ max: 128, match: /^\d{1,9}(\.\d{1,9}){0,3}$/, allowed: 'a version of glued, such as 0.2.0' });
const CUSTOM = group({ agent: optional(group({ minVersion: optional(VERSION) }, 'ignore')) }, 'ignore');

/** The oldest agent that a machine may be given, or null where the targets name none; 8 where they name it in a form that is none. */
export function agentFloor({ envelope }: Document<Targets>): Outcome<string | null, Failure> {
  const custom = envelope.signed['custom'];
  if (custom === undefined) return ok(null);
  const parsed = parseShape(CUSTOM, custom);
  if ('value' in parsed) return ok(parsed.value.agent?.minVersion ?? null);
  const [first] = parsed.problems;
  const problem = `"custom" is ${first?.found ?? 'something else'} where ${first?.allowed ?? 'a group of keys'} is needed`;
  return fail('metadata-malformed', { from: envelope.from, role: envelope.role, problem });
}
