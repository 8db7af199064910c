import { CODES, type ExitCode, type Failure, failureExit, FAILURES, type LoadedPolicy, type PolicyDocument, type PolicyProblem, type Ports } from '../model/index.ts';
import { effectivePolicy, examinePolicy, type TrustCheck } from '../policy/index.ts';
import { failureToError, jsonText, renderFailure } from '../report/index.ts';
import { originTable, policyTable } from './policy-text.ts';

export type PolicyFlags = { readonly policyPath?: string; readonly trustCheck: TrustCheck; readonly format: 'text' | 'json' };
type PolicyCliPorts = Pick<Ports, 'files' | 'os' | 'proc' | 'terminal'>;

/** `glued policy show`: the effective policy; with origin, where each value comes from. 0, or the code of what is wrong. */
export async function policyShow(ports: PolicyCliPorts, flags: PolicyFlags & { readonly origin: 'plain' | 'with-origin' }): Promise<ExitCode> {
  const examined = await examinePolicy(ports, flags);
  if (!examined.ok) return tellRefused(ports, 'policy show', examined.failure, flags.format);
  const loaded = examined.value;
  if (flags.format === 'json') ports.terminal.out(jsonText(policyDocument(loaded, flags.origin)));
  else ports.terminal.out(flags.origin === 'plain' ? policyTable(loaded) : originTable(loaded));
  return CODES.ok;
}

/** A policy that is good, as a document. */
export function policyDocument(loaded: LoadedPolicy, origin: 'plain' | 'with-origin'): PolicyDocument {
  const { policy, digest, sources, ignoredKeys, skipped, origins } = loaded;
  return {
    schema: 'glued.policy/1',
    code: CODES.ok,
    codeName: 'ok',
    policy: effectivePolicy(policy),
    digest,
    sources,
    ignoredKeys,
    skipped,
    ...(origin === 'plain' ? {} : { origins }),
    problems: [],
    errors: [],
  };
}

/** A policy that is not there, not believed or not valid: on stderr for people, and with --json one document. */
export function tellRefused(
  { terminal }: Pick<Ports, 'terminal'>,
  command: string,
  { failure, problems }: { readonly failure: Failure; readonly problems: readonly PolicyProblem[] },
  format: 'text' | 'json',
): ExitCode {
  terminal.err(renderFailure(failure, command, { ...terminal, colour: 'off' }));
  if (format === 'json') {
    const codeName = FAILURES[failure.why].code;
    const nothing = { policy: null, digest: null, sources: [], ignoredKeys: [], skipped: [] };
    const document: PolicyDocument = { schema: 'glued.policy/1', code: CODES[codeName], codeName, ...nothing, problems, errors: [failureToError(failure, command)] };
    terminal.out(jsonText(document));
  }
  return failureExit(failure);
}
