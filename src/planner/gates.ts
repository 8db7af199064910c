import { type Gate, reason, type Reason, reasonMeans, type Release, type Verdict } from '../model/index.ts';
import { judgeAsked, judgeCatalog, judgeChannel, judgeEnabled, judgePin, judgePlugIn } from './gates-component.ts';
import { judgeConsent } from './gates-consent.ts';
import { judgeConditions, judgeEngine, judgeLicense, judgeRequires } from './gates-fit.ts';
import { judgeDowngrade, judgeHold, judgePaused, judgeQuarantine, judgeRevoked, judgeRollout, judgeWindow } from './gates-release.ts';
import type { Subject } from './subject.ts';

/** A release together with the forced one that goes before it, where there is one. */
export type Candidate = { readonly release: Release; readonly forcedFirst: Release | undefined };

type Common = { readonly gate: Gate; /** the policy keys that it reads; ID and TYPE stand for the component's */ readonly keys: readonly string[] };
/** A gate's row. `safe: 'exempt'` lets the release through to which the publisher sends machines away from a revoked one. */
export type GateRow =
  | (Common & { readonly scope: 'component'; readonly judge: (subject: Subject) => Reason })
  | (Common & {
      readonly scope: 'release';
      readonly safe: 'exempt' | 'binds';
      readonly judge: (subject: Subject, release: Release, forcedFirst: Release | undefined) => Reason;
    });

function judgeForced(_subject: Subject, release: Release, forcedFirst: Release | undefined): Reason {
  if (forcedFirst === undefined) return reason('forced-none', {});
  const { sequence, component } = forcedFirst;
  return sequence === release.sequence ? reason('forced-next', { sequence }) : reason('forced-first', { sequence, component });
}

const HOLD_KEYS = ['content.TYPE.hold', 'components.ID.hold'] as const;

/** Every gate in the order of GATES, so that the first that stops is the reason. */
export const GATE_TABLE: readonly GateRow[] = [
  { gate: 'asked', scope: 'component', keys: [], judge: judgeAsked },
  { gate: 'enabled', scope: 'component', keys: ['content.TYPE.enabled', 'components.ID.enabled'], judge: judgeEnabled },
  { gate: 'plug-in', scope: 'component', keys: ['plugins.allow'], judge: judgePlugIn },
  { gate: 'catalog', scope: 'component', keys: [], judge: judgeCatalog },
  { gate: 'channel', scope: 'component', keys: ['content.TYPE.channel', 'components.ID.channel'], judge: judgeChannel },
  { gate: 'pin', scope: 'component', keys: ['components.ID.pin'], judge: judgePin },
  { gate: 'downgrade', scope: 'release', safe: 'exempt', keys: ['components.ID.allowDowngrade'], judge: judgeDowngrade },
  { gate: 'revoked', scope: 'release', safe: 'binds', keys: [], judge: judgeRevoked },
  { gate: 'paused', scope: 'release', safe: 'exempt', keys: [], judge: judgePaused },
  { gate: 'hold', scope: 'release', safe: 'exempt', keys: [...HOLD_KEYS, 'rollout.forcedOverridesHold'], judge: judgeHold },
  { gate: 'rollout', scope: 'release', safe: 'exempt', keys: [], judge: judgeRollout },
  { gate: 'requires', scope: 'release', safe: 'binds', keys: [], judge: judgeRequires },
  { gate: 'conditions', scope: 'release', safe: 'binds', keys: [], judge: judgeConditions },
  { gate: 'engine', scope: 'release', safe: 'binds', keys: [], judge: judgeEngine },
  { gate: 'license', scope: 'release', safe: 'binds', keys: [], judge: judgeLicense },
  { gate: 'quarantine', scope: 'release', safe: 'binds', keys: [], judge: judgeQuarantine },
  { gate: 'window', scope: 'release', safe: 'exempt', keys: ['schedule.windows', 'rollout.forcedOverridesWindow'], judge: judgeWindow },
  { gate: 'forced', scope: 'release', safe: 'exempt', keys: [], judge: judgeForced },
  { gate: 'consent', scope: 'release', safe: 'exempt', keys: ['consent.optional', 'consent.maxDeferrals'], judge: judgeConsent },
];

function verdict(gate: Gate, why: Reason, sequence?: number): Verdict {
  const means = reasonMeans(why);
  const outcome = means === 'pass' || means === 'note' ? means : 'stop';
  return sequence === undefined ? { gate, outcome, reason: why } : { gate, outcome, reason: why, sequence };
}

/** The word of each gate that judges the component as a whole. */
export function judgeComponent(subject: Subject): readonly Verdict[] {
  return GATE_TABLE.flatMap((row) => (row.scope === 'component' ? [verdict(row.gate, row.judge(subject))] : []));
}

/** The word of each gate that judges a release, all of them, also after one that stops. */
export function judgeRelease(subject: Subject, { release, forcedFirst }: Candidate): readonly Verdict[] {
  const { installed } = subject.component;
  return GATE_TABLE.flatMap((row) => {
    if (row.scope === 'component') return [];
    const isExempt = row.safe === 'exempt' && release === subject.safe && installed !== null;
    const why = isExempt
      ? reason('safe-release', { sequence: release.sequence, installed: installed.sequence })
      : row.judge(subject, release, forcedFirst);
    return [verdict(row.gate, why, release.sequence)];
  });
}

/** The gates that judge a release have nothing to judge: they say so, so that the chain is whole. */
export function judgeNothing(why: string): readonly Verdict[] {
  return GATE_TABLE.flatMap((row) => (row.scope === 'release' ? [verdict(row.gate, reason('not-judged', { because: why }))] : []));
}

/** The first gate that stops. */
export const firstStop = (verdicts: readonly Verdict[]): Verdict | undefined => verdicts.find((v) => v.outcome === 'stop');
