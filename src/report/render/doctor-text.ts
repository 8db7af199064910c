import type { CheckResult, CheckVerdict, DoctorDocument } from '../../model/index.ts';
import { printable } from '../sanitize.ts';
import { type Look, paint, type Paint, wrap } from './look.ts';

const SHOWN = {
  ok: { word: 'ok', paint: 'good' },
  warn: { word: 'WARN', paint: 'warn' },
  fail: { word: 'FAIL', paint: 'bad' },
  skipped: { word: 'skip', paint: 'dim' },
} as const satisfies Record<CheckVerdict, { readonly word: string; readonly paint: Paint }>;

const INDENT = '        ';
/** Lines of evidence below a check; all of them are in --json. */
const MAX_EVIDENCE = 12;

/** One line a check; what is wrong with its evidence and what to do; the sum at the end. */
export function renderDoctor(document: DoctorDocument, look: Look): string {
  return [...document.checks.map((check) => checkBlock(look, check)), '\n', summary(document, look)].join('');
}

function checkBlock(look: Look, check: CheckResult): string {
  const { word, paint: how } = SHOWN[check.verdict];
  const subject = check.subject === null ? '' : ` ${printable(check.subject)}`;
  const head = `${word.padEnd(4)}  ${check.id}${subject}`;
  const lead = paint(look, how, printable(head));
  // one line, whole: a script's reader, or a person's grep, finds all of it
  if (check.verdict === 'ok' || check.verdict === 'skipped') return `${lead}: ${printable(check.text)}\n`;
  const shown = check.evidence.slice(0, MAX_EVIDENCE);
  const source = check.source === undefined ? '' : `, set by ${check.source}`;
  return [
    `${lead}${check.codeName === undefined ? '' : ` (code ${check.code}, ${check.codeName})`}\n`,
    wrap(look, check.text, INDENT),
    ...shown.map((line) => wrap(look, line, `${INDENT}| `)),
    shown.length < check.evidence.length ? `${INDENT}| ... ${check.evidence.length - shown.length} lines more: --json\n` : '',
    check.policyKey === undefined ? '' : wrap(look, `Policy key: ${check.policyKey}${source}.`, INDENT),
    check.remedy === '' ? '' : wrap(look, `What to do: ${check.remedy}`, INDENT),
  ].join('');
}

function summary({ counts, code, codeName, verdict }: DoctorDocument, look: Look): string {
  const all = counts.ok + counts.warn + counts.fail + counts.skipped;
  const parts = [`${counts.ok} ok`, `${counts.warn} to watch`, `${counts.fail} failed`, `${counts.skipped} skipped`];
  const end = code === 0 ? '' : ` Exit code ${code} (${codeName}).`;
  return `${paint(look, SHOWN[verdict].paint, `${all} checks: ${parts.join(', ')}.${end}`)}\n`;
}
