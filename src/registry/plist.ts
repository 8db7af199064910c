import { writePlist, type PlistValue } from '../formats/plist.ts';
import { converted, group, integer, list, mapOf, oneOf, optional, parseShape, pathText, type ShapeProblem, text } from '../formats/shape.ts';
import { asComponentId, asSha256, type Component, CONTENT_TYPES, type Installed, type Instant, parseInstant, rfc3339 } from '../model/index.ts';
import { channelText, nameText, plugInName, settingText } from './rules.ts';

/** A component read from its plist, and keys that nobody knows (they are ignored, and said). */
export type ReadComponent = { readonly component: Component; readonly unknownKeys: readonly string[] };

/** The plist's whole content. `ProductArray` is for administrators' scripts: it is written, and never read. */
const FIELDS = {
  ComponentID: converted(asComponentId, 'a to z, 0 to 9, . _ -, at most 64, a letter first'),
  Name: nameText,
  ContentType: oneOf(CONTENT_TYPES),
  PlugIn: plugInName,
  InstallPath: text(),
  Channel: optional(channelText),
  Settings: optional(mapOf(/^[A-Za-z][A-Za-z0-9]{0,63}$/, 'letters and digits, at most 64', settingText)),
  Version: optional(text({ max: 256 })),
  Sequence: optional(integer(0)),
  ContentDate: optional(moment),
  PackageSHA256: optional(converted(asSha256, '64 hex digits')),
  PreviousVersion: optional(text({ max: 256 })),
  PreviousSequence: optional(integer(0)),
  PreviousDate: optional(moment),
  PreviousPackageSHA256: optional(converted(asSha256, '64 hex digits')),
  LastAttempt: optional(moment),
  LastSuccess: optional(moment),
  ProductArray: optional(list(anything)),
} as const;
const PLIST = group(FIELDS, 'ignore');

/** A property list's date has whole seconds; a time that has more is kept as an RFC 3339 text. */
function moment(value: unknown, path: readonly (string | number)[], problems: ShapeProblem[]): Instant | undefined {
  const at = value instanceof Date ? value.getTime() : typeof value === 'string' ? parseInstant(value) : undefined;
  if (at === undefined || Number.isNaN(at)) problems.push({ path, found: typeof value === 'string' ? JSON.stringify(value) : typeof value, allowed: 'a date' });
  return at;
}

function anything(value: unknown): unknown {
  return value ?? null;
}

/** A component, or what is wrong with its registration: every problem in one sentence. */
export function parseComponent(value: unknown): { readonly value: ReadComponent } | { readonly problem: string } {
  const parsed = parseShape(PLIST, value);
  if ('problems' in parsed) return { problem: parsed.problems.map(problemText).join('; ') };
  const { value: found } = parsed;
  const unknownKeys = typeof value === 'object' && value !== null ? Object.keys(value).filter((key) => !Object.hasOwn(FIELDS, key)) : [];
  return {
    value: {
      unknownKeys,
      component: {
        id: found.ComponentID,
        name: found.Name,
        contentType: found.ContentType,
        plugIn: found.PlugIn,
        installPath: found.InstallPath,
        ...(found.Channel === undefined ? {} : { channel: found.Channel }),
        settings: Object.fromEntries(found.Settings ?? []),
        installed: installedOf(found.Version, found.Sequence, found.ContentDate, found.PackageSHA256),
        previous: installedOf(found.PreviousVersion, found.PreviousSequence, found.PreviousDate, found.PreviousPackageSHA256),
        ...(found.LastAttempt === undefined ? {} : { lastAttempt: found.LastAttempt }),
        ...(found.LastSuccess === undefined ? {} : { lastSuccess: found.LastSuccess }),
      },
    },
  };
}

/** `ContentType is text "avx", allowed: av, ips, product, agent` */
export function problemText(problem: ShapeProblem): string {
  return `${pathText(problem.path)} is ${problem.found}, allowed: ${problem.allowed}`;
}

function installedOf(version: string | undefined, sequence: number | undefined, date: Instant | undefined, sha256: Installed['sha256'] | undefined): Installed | null {
  return version === undefined || sequence === undefined || date === undefined || sha256 === undefined ? null : { version, sequence, date, sha256 };
}

/** The bytes of a component's plist: the same component gives the same bytes. */
export function componentPlist(component: Component): Uint8Array {
  const { installed, previous } = component;
  const entries: Readonly<Record<string, PlistValue | undefined>> = {
    ComponentID: component.id,
    Name: component.name,
    ContentType: component.contentType,
    PlugIn: component.plugIn,
    InstallPath: component.installPath,
    Channel: component.channel,
    Settings: { ...component.settings },
    Version: installed?.version,
    Sequence: installed?.sequence,
    ContentDate: dateOf(installed?.date),
    PackageSHA256: installed?.sha256,
    PreviousVersion: previous?.version,
    PreviousSequence: previous?.sequence,
    PreviousDate: dateOf(previous?.date),
    PreviousPackageSHA256: previous?.sha256,
    LastAttempt: wholeSeconds(component.lastAttempt),
    LastSuccess: wholeSeconds(component.lastSuccess),
    ProductArray: installed === null ? undefined : [{ itemSeqData: itemSeqData(installed) }],
  };
  const known = Object.entries(entries).flatMap(([key, value]) => (value === undefined ? [] : [[key, value] as const]));
  return writePlist(Object.fromEntries(known));
}

/** Day and release, as administrators' scripts have always read it: `20261125.003`. */
export function itemSeqData(installed: Installed): string {
  return `${rfc3339(installed.date).slice(0, 10).replaceAll('-', '')}.${String(installed.sequence).padStart(3, '0')}`;
}

function dateOf(at: Instant | undefined): PlistValue | undefined {
  return at === undefined || at % 1000 === 0 ? wholeSeconds(at) : rfc3339(at);
}

function wholeSeconds(at: Instant | undefined): Date | undefined {
  return at === undefined ? undefined : new Date(Math.floor(at / 1000) * 1000);
}
