import type { Filters } from './filter-lines.ts';
import { logicalLines, optionsOf, parseRule, type Rule } from './rule-text.ts';

/** A rule file after the filters, how many rules of it were changed, and what could not be done, as phrases. */
export type Filtered = { readonly text: string; readonly changed: number; readonly problems: readonly string[] };

/**
 * Applies disable, enable, drop and modify, in this order; the first two look at the rule as it was published. Lines that are no rules,
 * and rules that no filter means, stay byte for byte. A change that leaves no rule is not made, and told.
 */
export function applyFilters(text: string, path: string, filters: Filters): Filtered {
  const problems: string[] = [];
  const out: string[] = [];
  let changed = 0;
  for (const { line, written } of logicalLines(text)) {
    const rule = parseRule(line);
    const after = rule === undefined ? undefined : filterRule(rule, path, filters, problems);
    if (after !== undefined) changed++;
    out.push(after ?? written);
  }
  return { text: out.join('\n'), changed, problems };
}

/** The rule's new line; undefined where nothing changes. */
function filterRule(rule: Rule, path: string, filters: Filters, problems: string[]): string | undefined {
  const before = format(rule);
  const off: Rule = filters.disable.some((selects) => selects(rule, path)) ? { ...rule, state: 'off' } : rule;
  const on: Rule = filters.enable.some((selects) => selects(rule, path)) ? { ...off, state: 'on' } : off;
  const dropped = isQuiet(on) || !filters.drop.some((selects) => selects(rule, path)) ? on : { ...on, raw: on.raw.replace(/^\w+/, 'drop') };
  const text = modified(dropped, path, filters, problems);
  return text === before ? undefined : text;
}

const format = ({ state, raw }: Rule): string => (state === 'on' ? raw : `# ${raw}`);

/** A rule that only marks flows must not drop what it marks. */
function isQuiet({ raw }: Rule): boolean {
  const options = optionsOf(raw);
  return options.has('noalert') || (options.get('flowbits') ?? []).some((value) => value.trim() === 'noalert');
}

function modified(rule: Rule, path: string, { modify }: Filters, problems: string[]): string {
  let text = format(rule);
  let current = rule;
  for (const { selects, pattern, replacement, file, line } of modify) {
    if (!selects(current, path)) continue;
    const changed = text.replace(pattern, (...found) => expand(replacement, found));
    const next = changed.includes('\n') ? undefined : parseRule(changed);
    if (next === undefined) {
      problems.push(`${file}, line ${line} would leave no rule of ${rule.gid}:${rule.sid} in ${path}, which stays as it was`);
      continue;
    }
    text = changed;
    current = next;
  }
  return text;
}

/** `\1`, `\g<1>`, `\g<name>` stand for what was found, `\\` for a backslash. `found`: match, groups, offset, text, and named groups. */
function expand(replacement: string, found: readonly unknown[]): string {
  const last = found.at(-1);
  const named: Readonly<Record<string, unknown>> = typeof last === 'object' && last !== null ? Object.fromEntries(Object.entries(last)) : {};
  const groups = found.slice(0, Object.keys(named).length > 0 ? -3 : -2);
  return replacement.replace(/\\(?:g<(\w+)>|(\d{1,2})|(\\))/g, (whole, word?: string, digits?: string, slash?: string) => {
    if (slash !== undefined) return '\\';
    const key = word ?? digits ?? '';
    const value = /^\d+$/.test(key) ? groups[Number(key)] : named[key];
    return typeof value === 'string' ? value : value === undefined && !(/^\d+$/.test(key) && Number(key) < groups.length) ? whole : '';
  });
}
