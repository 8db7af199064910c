import {
  ARCH_NAMES,
  asComponentId,
  CLOCK_TOLERANCE_MS,
  compareVersions,
  type ComponentId,
  type Failure,
  fail,
  type Instant,
  ok,
  OS_NAMES,
  type Outcome,
  type Package,
  parseInstant,
  type Release,
  type Restart,
  RESTARTS,
  type Severity,
  SEVERITIES,
} from '../model/index.ts';

/** What `repo publish` says of a release, as it was typed. */
export type ReleaseOptions = {
  readonly version: string;
  readonly channel?: string;
  /** RFC 3339 with a zone; the content's date, now where it is not given */
  readonly date?: string;
  readonly sequence?: number;
  readonly forced?: boolean;
  readonly optional?: boolean;
  readonly severity?: string;
  readonly restart?: string;
  readonly notes?: string;
  /** the license that the plug-in has to find on the machine */
  readonly license?: string;
  readonly rollout?: number;
  /** `ID:SEQ` */
  readonly requires?: readonly string[];
  /** `MIN..MAX`, `MIN..` or `..MAX` */
  readonly engine?: string;
  /** the systems and processors that it is for, as the agent names them (`linux`, `x64`); none is any */
  readonly os?: readonly string[];
  readonly arch?: readonly string[];
  /** the oldest agent that may install it */
  readonly minAgent?: string;
};

/** All of a release but its sequence and its package. */
export type ReleaseText = Omit<Release, 'sequence' | 'package' | 'rollout'> & { readonly percent?: number };

const VERSION = /^[\p{L}\p{N}\p{P}\p{S}]{1,128}$/u;
const LICENSE = /^[\x20-\x7e]{1,256}$/;
/** What glued says of itself. */
export const AGENT_VERSION = /^\d{1,9}(\.\d{1,9}){0,3}$/;
const CHANNEL = /^[a-z0-9][a-z0-9._-]{0,63}$/;
const ADDRESS = /^https?:\/\/[\x21-\x7e]{1,1990}$/;

type Refusal = Outcome<never, Failure>;
const refuse = (option: string, problem: string): Refusal => fail('repo-option', { option, problem });

/** Checks what was typed; the first wrong option is named, with what is allowed. */
export function releaseText(component: ComponentId, options: ReleaseOptions, now: Instant): Outcome<ReleaseText, Failure> {
  const { version, channel = 'stable', notes, license, rollout } = options;
  const quoted = JSON.stringify;
  if (!VERSION.test(version)) return refuse('--version', `${quoted(version)} is no version: 1 to 128 printable characters without spaces`);
  if (options.forced === true && options.optional === true) return refuse('--forced and --optional', 'a release is one of the two: forced goes before all others, and optional is left to policy and the user');
  if (!CHANNEL.test(channel)) return refuse('--channel', `${quoted(channel)} is no channel: lower-case letters, digits, ".", "_" and "-"`);
  if (notes !== undefined && !ADDRESS.test(notes)) return refuse('--notes', `${quoted(notes)} is no http or https address`);
  if (license !== undefined && !LICENSE.test(license)) return refuse('--license', `${quoted(license)} is no license: 1 to 256 printable ASCII characters`);
  if (rollout !== undefined && !(rollout >= 0 && rollout <= 100)) return refuse('--rollout', `${rollout} is no percentage from 0 to 100`);
  const date = options.date === undefined ? now : parseInstant(options.date);
  if (date === undefined) return refuse('--date', `${quoted(options.date)} is no RFC 3339 time with a zone, such as 2026-11-25T06:50:00Z`);
  if (date > now + CLOCK_TOLERANCE_MS) return refuse('--date', `${options.date} is in the future, and machines would refuse it until then`);
  const severity = oneOf<Severity>(SEVERITIES, options.severity ?? 'none');
  if (severity === undefined) return refuse('--severity', `${quoted(options.severity)} is none of ${SEVERITIES.join(', ')}`);
  const restart = oneOf<Restart>(RESTARTS, options.restart ?? 'none');
  if (restart === undefined) return refuse('--restart', `${quoted(options.restart)} is none of ${RESTARTS.join(', ')}`);
  const requires = requirements(options.requires ?? []);
  if (!requires.ok) return requires;
  const conditions = conditionsOf(options);
  if (!conditions.ok) return conditions;
  return ok({
    component,
    version,
    date,
    channel,
    severity,
    forced: options.forced ?? false,
    optional: options.optional ?? false,
    restart,
    ...(notes === undefined ? {} : { notesUrl: notes }),
    requires: requires.value,
    conditions: conditions.value,
    ...(license === undefined ? {} : { license }),
    ...(rollout === undefined ? {} : { percent: rollout }),
    paused: false,
    deltas: [],
  });
}

/** The whole release. The salt is the release's own, so that the same machines are not first every time. */
export function release(text: ReleaseText, sequence: number, made: Package): Release {
  const { percent, ...rest } = text;
  const rollout = percent === undefined ? {} : { rollout: { percent, salt: `${text.component}:${sequence}` } };
  return { ...rest, ...rollout, sequence, package: made };
}

function oneOf<T extends string>(values: readonly T[], value: string): T | undefined {
  return values.find((v) => v === value);
}

function requirements(texts: readonly string[]): Outcome<Release['requires'], Failure> {
  const out: { component: ComponentId; minSequence: number }[] = [];
  for (const text of texts) {
    const [, id = '', digits = ''] = /^([^:]+):([1-9][0-9]{0,14})$/.exec(text) ?? [];
    const component = asComponentId(id);
    if (component === undefined) return refuse('--requires', `${JSON.stringify(text)} is not of the form ID:SEQ`);
    out.push({ component, minSequence: Number(digits) });
  }
  return ok(out);
}

function conditionsOf({ engine, os = [], arch = [], minAgent }: ReleaseOptions): Outcome<Release['conditions'], Failure> {
  const range = engineRange(engine);
  if (!range.ok) return range;
  const system = os.find((name) => oneOf(OS_NAMES, name) === undefined);
  if (system !== undefined) return refuse('--os', `${JSON.stringify(system)} is none of ${OS_NAMES.join(', ')}`);
  const processor = arch.find((name) => oneOf(ARCH_NAMES, name) === undefined);
  if (processor !== undefined) return refuse('--arch', `${JSON.stringify(processor)} is none of ${ARCH_NAMES.join(', ')}`);
  if (minAgent !== undefined && !AGENT_VERSION.test(minAgent)) return refuse('--min-agent', `${JSON.stringify(minAgent)} is no version of glued, such as 0.2.0`);
  return ok({
    ...(os.length === 0 ? {} : { os }),
    ...(arch.length === 0 ? {} : { arch }),
    ...(minAgent === undefined ? {} : { minAgent }),
    ...range.value,
  });
}

function engineRange(text: string | undefined): Outcome<Release['conditions'], Failure> {
  if (text === undefined) return ok({});
  const [, min = '', max = ''] = /^([^\s]*?)\.\.([^\s.][^\s]*)?$/.exec(text) ?? [];
  if (min === '' && max === '') return refuse('--engine', `${JSON.stringify(text)} is not of the form MIN..MAX, MIN.. or ..MAX`);
  const vague = [min, max].find((end) => end !== '' && compareVersions(end, end) === undefined);
  if (vague !== undefined) return refuse('--engine', `${JSON.stringify(vague)} is no version that can be compared: it must begin with a number`);
  if (min !== '' && max !== '' && (compareVersions(min, max) ?? 0) > 0) return refuse('--engine', `${min} is newer than ${max}, so no engine is within`);
  return ok({ engine: { ...(min === '' ? {} : { min }), ...(max === '' ? {} : { max }) } });
}
