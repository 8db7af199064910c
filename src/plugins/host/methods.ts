import { CONTENT_TYPES, type EngineLife } from '../../model/index.ts';
import { amount, choice, exactly, type Field, group, listOf, maybe, orNull, text, textByKey, type ValueOf, whole } from './fields.ts';

/** The version of the protocol. A plug-in that speaks another one is code 3. */
export const PROTOCOL = 1;

/** Every method: what is asked, what is answered, how long it may take. */
type MethodRow = {
  readonly meaning: string;
  /** seconds until it is killed; `verify` is policy's verify.timeoutSeconds, `told` what it was told and LIMITS.aliveGraceMs */
  readonly seconds: number | 'verify' | 'told';
  /** glued's exit codes that an error may bear: 2 not usable here, 3 protocol, 5 license, 11 content, 12 install, 13 restore */
  readonly codes: readonly number[];
  readonly params: Field<unknown>;
  readonly result: Field<unknown>;
};

const ID = /^[a-z][a-z0-9._-]{0,63}$/;
const METHOD = /^[a-z][A-Za-z0-9/_-]{0,63}$/;
const RELATIVE = /^(?!\/)(?!.*(^|\/)\.{1,2}(\/|$))[^\\\0]+$/;

const release = group(
  {
    sequence: whole('orders releases', 0),
    version: text('as published'),
    date: whole("the release's date, milliseconds since 1970", 0),
    sha256: text('of the package'),
  },
  'a release that was proven',
);

const component = group({
  id: text('component id'),
  name: text('for people'),
  contentType: choice('content type', CONTENT_TYPES),
  installPath: text('where the product reads its content'),
  settings: textByKey('the settings of the registry entry'),
  installed: orNull(release),
});

const content = group(
  {
    sequence: whole('orders releases', 0),
    version: text('as published'),
    date: whole("the release's date, milliseconds since 1970", 0),
    sha256: text('of the package'),
    folder: text('what was published is in here: the tree, or the one file under its name'),
    manifest: text('the file that lists its files, with sizes and hashes (glued.manifest/1)'),
  },
  'unpacked and verified content, on the file system of the install path',
);

const verify = group({
  mustDetect: listOf('paths that must be detected', text('path'), 10_000),
  mustNotDetect: listOf('paths that must not be detected', text('path'), 10_000),
  maxShrinkPercent: amount('policy', 0, 100),
  timeoutSeconds: whole('policy', 0),
  maxMemoryBytes: whole('policy', 0),
});

const job = group({
  component,
  next: content,
  previous: orNull(content),
  verify,
  scratch: text('a private folder, emptied afterwards'),
  now: whole('the time of the run, milliseconds since 1970', 0),
});

const offer = group({
  component,
  release: group({ sequence: whole('orders releases', 0), version: text('as published'), date: whole('milliseconds since 1970', 0), license: maybe(text('what its publisher asks')) }),
});

const sample = group({ path: text('relative, in the content', { match: RELATIVE, allowed: 'a relative path without ..' }), text: maybe(text('the file', { max: 65_536 })), base64: maybe(text('the file', { max: 65_536 })) });

const nothing = group({}, 'nothing is told');

/** How content lands: `files` leaves swap and restore to glued, by one rename at the install path; `own` does both itself. */
export const LANDINGS = ['files', 'own'] as const;
export const OPTIONAL_METHODS = ['inventory', 'license', 'check', 'test', 'swap', 'confirm', 'restore', 'finish', 'alive'] as const;
export type Method = (typeof OPTIONAL_METHODS)[number];

/** How an engine may fare. */
const LIVES = ['none', 'up', 'silent', 'stopped', 'dead'] as const satisfies readonly EngineLife['kind'][];

/** What a plug-in says of itself. */
const hello = group({
  protocol: exactly(PROTOCOL),
  id: text('the id that policy and components name it by', { match: ID, allowed: 'a-z, then a-z 0-9 . _ -' }),
  version: text("the plug-in's own version", { max: 64 }),
  contentTypes: listOf('the kinds of content that it can handle', choice('content type', CONTENT_TYPES), CONTENT_TYPES.length),
  settings: listOf('the settings that it reads', group({ key: text('name', { max: 200 }), meaning: text('for people') }), 100),
  methods: listOf('the methods that it has; others are never called, nor those of later versions', text('method', { match: METHOD, allowed: 'the name of a method' }), 100),
  swap: choice('who puts content in place', LANDINGS),
  samples: maybe(group({ good: maybe(listOf('a release that it accepts', sample, 20)), bad: maybe(listOf('one that it refuses', sample, 20)) }, 'for glued plugin check')),
});

export const METHODS = {
  hello: {
    meaning: 'the first call: who is there, and what it can do',
    seconds: 10,
    codes: [2, 3],
    params: group({ protocol: exactly(PROTOCOL), agent: text("glued's own name") }),
    result: hello,
  },
  inventory: {
    meaning: 'what the engine runs now; with swap own, whether what is installed is whole',
    seconds: 60,
    codes: [2, 3, 12],
    params: group({ component, depth: choice('quick: names and sizes; deep: every byte', ['quick', 'deep']) }),
    result: group({
      state: maybe(choice('needed with swap own', ['absent', 'whole', 'damaged', 'foreign'])),
      detail: maybe(text('why it is damaged or foreign')),
      loaded: orNull(text('the version that the engine runs, null where none runs')),
      engineVersion: orNull(text("the engine's own version, null where there is none")),
    }),
  },
  license: { meaning: 'may this release be installed here?', seconds: 10, codes: [2, 3, 5], params: offer, result: nothing },
  check: { meaning: 'pre-conditions, before a byte is fetched', seconds: 30, codes: [2, 3, 5], params: offer, result: nothing },
  test: { meaning: 'is the unpacked content good? It changes nothing', seconds: 'verify', codes: [2, 3, 11], params: job, result: nothing },
  swap: { meaning: 'puts the content in place (swap own)', seconds: 120, codes: [2, 3, 12], params: job, result: nothing },
  confirm: {
    meaning: 'tells the engine of the new content, and asks which version it runs',
    seconds: 120,
    codes: [2, 3, 12],
    params: job,
    result: group({ loaded: orNull(text('the version that the engine runs, null where none runs')) }),
  },
  restore: { meaning: 'puts previous back, whole, from any point of swap; with swap files the files are back already', seconds: 120, codes: [13], params: job, result: nothing },
  finish: { meaning: 'drops what is not needed any more', seconds: 60, codes: [2, 3, 12], params: job, result: nothing },
  alive: {
    meaning: 'how the engine fares, while new content has to prove itself',
    seconds: 'told',
    codes: [2, 3],
    params: group({ component, timeoutMs: whole('the engine has so many milliseconds to answer the plug-in', 1) }),
    result: group({
      kind: choice('none: there is no engine that can be asked; up: it answers; silent: it is there and does not answer; stopped: it ended in order, or nobody started it; dead: it ended, and nobody told it to', LIVES),
      identity: maybe(text('of an engine that is up: another text after each start of it; without it starts are not counted', { max: 200 })),
      since: maybe(orNull(whole('of a dead engine: when it had come up, milliseconds since 1970; null where that cannot be seen', 0))),
      detail: maybe(text('one phrase: what was seen')),
      lastWords: maybe(text('of a dead engine: the end of its log', { max: 8192 })),
    }),
  },
} as const satisfies Record<'hello' | Method, MethodRow>;

export type Hello = ValueOf<typeof hello>;
export type ResultOf<M extends keyof typeof METHODS> = ValueOf<(typeof METHODS)[M]['result']>;
export type ParamsOf<M extends keyof typeof METHODS> = ValueOf<(typeof METHODS)[M]['params']>;

/** JSON-RPC's own errors, and what they mean here: the plug-in did not understand, code 3. */
export const RPC_ERRORS = { parse: -32_700, request: -32_600, method: -32_601, params: -32_602, internal: -32_603 } as const;

export const ERROR = group({
  code: whole('one of glued’s exit codes that the method may give, or one of JSON-RPC’s own (negative)', -32_768, 255),
  message: text('one sentence: what is wrong'),
  data: maybe(group({ detail: maybe(text('evidence', { max: 8192 })) })),
});
export type WireError = ValueOf<typeof ERROR>;
