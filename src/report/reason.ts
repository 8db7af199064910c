import {
  CODES,
  type Due,
  type Failure,
  failureCode,
  failureRemedy,
  failureText,
  type Next,
  type NextRef,
  parseInstant,
  type Reason,
  reasonRemedy,
  reasonText,
  type ResultError,
  type ResultReason,
  rfc3339,
} from '../model/index.ts';

/** A planner's or engine's reason as the result has it: text and remedy from the table, the key and the file that decided. */
export function reasonToResult(reason: Reason): ResultReason {
  const remedy = reasonRemedy(reason);
  return {
    code: reason.code,
    text: reasonText(reason),
    ...(reason.policyKey === undefined ? {} : { policyKey: reason.policyKey }),
    ...(reason.source === undefined ? {} : { source: reason.source }),
    ...(reason.until === undefined ? {} : { until: rfc3339(reason.until) }),
    ...(reason.deferrals === undefined ? {} : { deferrals: reason.deferrals }),
    ...(remedy === '' ? {} : { remedy }),
  };
}

/** The next run as the documents have it; null where it is not known. */
export function nextRef(next?: Next): NextRef {
  if (next === undefined) return { at: null, reason: null };
  const ref = dueRef(next);
  return next.probation === undefined ? ref : { ...ref, probation: dueRef(next.probation) };
}

const dueRef = ({ at, reason }: Due): NonNullable<NextRef['probation']> => ({ at: rfc3339(at), reason: reasonToResult(reason) });

/** A failure as the reason of the component that it hit; one that ends by itself says when. */
export function failureToReason(failure: Failure): ResultReason {
  const { until } = failure.data;
  const ends = typeof until === 'string' && parseInstant(until) !== undefined ? { until } : {};
  return { code: failure.why, text: failureText(failure), ...ends, remedy: failureRemedy(failure) };
}

/** A failure as an entry of `errors`. */
export function failureToError(failure: Failure, stage: string, component?: string): ResultError {
  const name = failureCode(failure);
  return {
    code: CODES[name],
    name,
    ...(component === undefined ? {} : { component }),
    stage,
    text: failureText(failure),
    remedy: failureRemedy(failure),
    ...(failure.detail === undefined ? {} : { detail: failure.detail }),
  };
}
