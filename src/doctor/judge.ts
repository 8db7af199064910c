import { type CheckResult, exitOf, failureCode, failureRemedy, failureText, type Origin } from '../model/index.ts';
import type { CheckRow, Finding } from './finding.ts';
import type { Scene } from './scene.ts';

/** What was judged so far: of the machine, and of one subject. */
type Known = ReadonlyMap<string, CheckResult['verdict']>;

/** Carries out the rows of one subject in order. A row whose needs are not met, or for which no time is left, is skipped and says why. */
export async function judge<S>(scene: Scene, rows: readonly CheckRow<S>[], subject: S, name: string | null, machine: Known): Promise<readonly CheckResult[]> {
  const own = new Map<string, CheckResult['verdict']>();
  const results: CheckResult[] = [];
  for (const row of rows) {
    const { monotonic } = scene.world.ports.clock;
    const began = monotonic();
    const unmet = row.needs.find((id) => !['ok', 'warn'].includes(own.get(id) ?? machine.get(id) ?? 'skipped'));
    const finding: Finding = unmet !== undefined
      ? { verdict: 'skipped', because: `It rests on the check ${unmet}, which ${(own.get(unmet) ?? machine.get(unmet)) === 'fail' ? 'failed' : 'was skipped'}.` }
      : scene.signal.aborted ? { verdict: 'skipped', because: 'The time for all checks was up.' } : await row.look(scene, subject);
    own.set(row.id, finding.verdict);
    results.push(resultOf(row, name, finding, Math.round(monotonic() - began), scene.policy?.origins ?? []));
  }
  return results;
}

function resultOf(row: CheckRow<never>, subject: string | null, finding: Finding, ms: number, origins: readonly Origin[]): CheckResult {
  const head = { id: row.id, title: row.title, subject, verdict: finding.verdict };
  switch (finding.verdict) {
    case 'ok':
      return { ...head, text: finding.text, evidence: finding.evidence, remedy: '', ms };
    case 'skipped':
      return { ...head, text: finding.because, evidence: [], remedy: '', ms };
    case 'warn':
    case 'fail': {
      const { failure, evidence, policyKey } = finding;
      const codeName = failureCode(failure);
      return {
        ...head,
        text: failureText(failure),
        evidence: failure.detail === undefined ? evidence : [...evidence, ...failure.detail.split('\n')],
        remedy: failureRemedy(failure),
        ...(policyKey === undefined ? {} : { policyKey, ...sourceOf(policyKey, origins) }),
        ...(finding.verdict === 'fail' ? { code: exitOf(codeName), codeName } : {}),
        ms,
      };
    }
  }
}

/** The file that set a key, or the group or list that holds it. */
function sourceOf(key: string, origins: readonly Origin[]): { readonly source?: string } {
  const origin = origins.find((o) => o.key === key) ?? origins.find((o) => key.startsWith(`${o.key}.`) || key.startsWith(`${o.key}[`));
  if (origin === undefined) return {};
  return { source: origin.line === undefined ? origin.source : `${origin.source}:${origin.line}` };
}
