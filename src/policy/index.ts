/**
 * policy: what the administrator wants. Managed files of this machine come in (JSON, YAML, XML, property lists, the Windows registry);
 * one checked Policy goes out that knows where each value comes from, or everything that is wrong with it. It never writes a policy,
 * never opens a file outside the table of places (places.ts), and guesses nothing.
 */
export { credentialNames } from './credentials.ts';
export { examinePolicy, loadPolicy, type LoadOptions, type PolicyPorts, type Refused } from './load.ts';
export { type Places, placesOf } from './places.ts';
export { problemText } from './problems.ts';
export { readTrustRoot } from './root-file.ts';
export { policyJsonSchema } from './schema.ts';
export { effectivePolicy } from './shown.ts';
export { policyStamp } from './stamp.ts';
export type { TrustCheck } from './trust.ts';
