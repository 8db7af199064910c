/** Failures that we foresee are values; only bugs throw. */
export type Ok<T> = { readonly ok: true; readonly value: T };
export type Failed<F> = { readonly ok: false; readonly failure: F };
export type Outcome<T, F> = Ok<T> | Failed<F>;

/** Wraps a value that was obtained as asked. */
export function ok(): Ok<undefined>;
export function ok<T>(value: T): Ok<T>;
export function ok<T>(value?: T): Ok<T | undefined> {
  return { ok: true, value };
}

/** Wraps a foreseen failure. */
export function failed<F>(failure: F): Failed<F> {
  return { ok: false, failure };
}

/** For the default of an exhaustive switch: does not compile while a kind is not handled. */
export function unreachable(x: never): never {
  throw new Error(`unreachable: ${JSON.stringify(x)}`);
}
