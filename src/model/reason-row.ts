/** What a reason says of a component or a candidate. pass and note let it through; skipped is for good until someone acts, deferred ends by itself. */
export type Meaning = 'pass' | 'note' | 'install' | 'current' | 'skipped' | 'deferred' | 'failed';

/** One row of the table of reasons: why a component is where it is. `{name}` is filled from the reason's data. */
export type ReasonRow = { readonly means: Meaning; readonly text: string; readonly remedy: string };
