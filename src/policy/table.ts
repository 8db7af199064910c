/** Every key of the policy (DESIGN, Policy): its type, range, default and meaning, once. */
import { asComponentId, asSha256, type ComponentId, type ContentType, parseInstant, PROBATION_DEFAULTS } from '../model/index.ts';
import { boolean, choice, group, integer, list, map, maybe, parsed, text, withDefault } from './keys.ts';
import { asTimeZone, asUrl } from './texts.ts';

/** The `schema` that this agent knows. A policy that states a newer one may have keys that we ignore. */
export const POLICY_SCHEMA = 1;

const ABSOLUTE = '^(/|[A-Za-z]:[\\\\/]|\\\\\\\\)[^\\u0000-\\u001f\\u007f]*$';
const TIME_OF_DAY = '^([01]\\d|2[0-3]):[0-5]\\d$';
const COMPONENT_ID = '^[a-z][a-z0-9._-]{0,63}$';
const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
const YEARS_10_HOURS = 87_600;
const GIB = 1024 ** 3;

const path = (meaning: string) => text({ meaning, max: 4096, format: 'path', pattern: ABSOLUTE, allowed: 'an absolute path' });
const secretFile = (meaning: string) =>
  text({
    meaning,
    max: 4096,
    format: 'secret-file',
    pattern: `${ABSOLUTE.slice(0, -1)}$|^credential:[A-Za-z0-9._-]{1,200}$`,
    allowed: 'an absolute path, or credential:NAME; the file must not be readable by others',
  });
const url = (meaning: string) =>
  parsed({ meaning, max: 2048, format: 'url', allowed: 'an http or https address without user, password, query or fragment' }, asUrl);
const timeOfDay = (meaning: string) =>
  text({ meaning, max: 5, format: 'time-of-day', pattern: TIME_OF_DAY, allowed: 'a time of day, "HH:MM", 00:00 to 23:59' });
const channel = (meaning: string) =>
  text({ meaning, max: 64, pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$', allowed: 'a channel: letters, digits, ".", "_" and "-"' });
const username = (meaning: string) => text({ meaning, max: 256 });

const headers = map(
  text({ meaning: "the header's value; never shown", max: 4096, format: 'header-value', allowed: 'a header value: printable, on one line' }),
  { meaning: 'headers sent to this server only', name: /^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}$/, nameText: 'a header name' },
  (entries): Readonly<Record<string, string>> => Object.fromEntries(entries),
);

const hold = () =>
  group(
    {
      hours: maybe(integer({ meaning: 'a release younger than this is not newly installed', min: 0, max: YEARS_10_HOURS })),
      until: maybe(
        parsed(
          { meaning: 'nothing new before this time', max: 40, format: 'instant', allowed: 'a time as RFC 3339 has it, like 2026-11-25T06:00:00Z' },
          parseInstant,
        ),
      ),
      reason: maybe(text({ meaning: 'why, for those who read the result', max: 500 })),
    },
    { meaning: 'new releases wait; with both hours and until, for the later' },
  );

const contentType = (type: ContentType, what: string) =>
  group(
    {
      enabled: withDefault(true, boolean({ meaning: 'whether it is kept current; off: not even its metadata is fetched' })),
      channel: withDefault('stable', channel(`the channel that ${type} follows`)),
      maxAgeHours: withDefault(48, integer({ meaning: 'content older than this is stale', min: 1, max: YEARS_10_HOURS })),
      hold: maybe(hold()),
    },
    { meaning: what },
  );

const component = group(
  {
    enabled: maybe(boolean({ meaning: 'this component is kept current; not said: as its content type' })),
    channel: maybe(channel('the channel that it follows; not said: as its content type')),
    pin: maybe(text({ meaning: 'only this version; of several releases that bear it the newest', max: 128 })),
    allowDowngrade: maybe(boolean({ meaning: 'a pin may lead to an older release than the installed one' })),
    hold: maybe(hold()),
  },
  { meaning: 'overrides for this component' },
);

const server = group(
  {
    url: url('base address of the repository'),
    username: maybe(username('user name for the server')),
    passwordFile: maybe(secretFile('file that holds the password')),
    headers: maybe(headers),
  },
  { meaning: 'one content server' },
);

const window = group(
  {
    days: list(choice(DAYS, { meaning: 'a day of the week' }), { meaning: 'the days on which it begins', min: 1 }),
    from: timeOfDay('when it begins'),
    to: timeOfDay('when it ends; earlier than from: on the next day'),
  },
  { meaning: 'a time in which runs may act' },
);

const plugIn = group(
  {
    id: text({ meaning: "the plug-in's id", max: 64, pattern: COMPONENT_ID, allowed: 'an id: a-z, then a-z, 0-9, ".", "_", "-"' }),
    path: path('the executable'),
    sha256: parsed({ meaning: 'the SHA-256 of the executable', max: 64, pattern: '^[0-9a-f]{64}$', allowed: '64 lower-case hex digits' }, asSha256),
  },
  { meaning: 'one external plug-in' },
);

/** The policy. */
export const POLICY = group(
  {
    schema: withDefault(POLICY_SCHEMA, integer({ meaning: 'the version of this format', min: 1, max: 1_000_000 })),
    id: maybe(text({ meaning: "the policy's name, reported with every result" })),
    version: maybe(integer({ meaning: "the policy's version, reported with every result", min: 0 })),
    servers: list(server, { meaning: 'content servers, asked in this order', min: 1 }),
    trust: group({ rootFile: path('the TUF root that this endpoint starts from') }, { meaning: 'what is believed from the start' }),
    proxy: group(
      {
        mode: withDefault(
          'none',
          choice(['none', 'system', 'custom'], { meaning: "none: direct. system: environment, else the machine's settings. custom: url below" }),
        ),
        url: maybe(
          parsed(
            { meaning: "the proxy's address, for custom", max: 2048, format: 'url', allowed: 'an http or https address of a host and a port alone; SOCKS is not supported' },
            asUrl,
          ),
        ),
        username: maybe(username('user name for the proxy, for custom')),
        passwordFile: maybe(secretFile('file that holds the password, for custom')),
        noProxy: withDefault(
          [],
          list(text({ meaning: 'a host, domain, address or network, with a port or without; * is all', max: 255 }), {
            meaning: 'asked directly, for system and custom',
          }),
        ),
      },
      { meaning: 'how servers are reached' },
    ),
    tls: group(
      {
        caFile: maybe(path('more certificate authorities, PEM')),
        clientCertFile: maybe(path("the client's certificate, PEM")),
        clientKeyFile: maybe(secretFile("the client's key, PEM")),
      },
      { meaning: 'TLS beyond what the system trusts' },
    ),
    content: group(
      {
        av: contentType('av', 'antivirus definitions'),
        ips: contentType('ips', 'intrusion prevention rules'),
        product: contentType('product', 'product updates'),
        agent: contentType('agent', 'glued itself'),
      },
      { meaning: 'by content type' },
    ),
    components: map(
      component,
      { meaning: 'by component, over its content type', name: new RegExp(COMPONENT_ID), nameText: 'a component id: a-z, then a-z, 0-9, ".", "_", "-"; at most 64' },
      (entries): ReadonlyMap<ComponentId, NonNullable<ReturnType<typeof component.shape>>> =>
        new Map([...entries].flatMap(([name, one]) => {
          const id = asComponentId(name);
          return id === undefined ? [] : [[id, one] as const];
        })),
    ),
    rollout: group(
      {
        forcedOverridesHold: withDefault(false, boolean({ meaning: 'a forced release is installed in spite of a hold' })),
        forcedOverridesWindow: withDefault(false, boolean({ meaning: 'a forced release is installed outside the windows too' })),
      },
      { meaning: 'what a forced release may override' },
    ),
    schedule: group(
      {
        everyMinutes: withDefault(240, integer({ meaning: 'time between scheduled runs', min: 1, max: 10_080 })),
        dailyAt: withDefault([], list(timeOfDay('a time of day'), { meaning: 'scheduled runs at these times; replaces everyMinutes' })),
        timeZone: maybe(parsed({ meaning: "zone of dailyAt and windows; not said: the machine's", max: 64, allowed: 'an IANA time zone, like Europe/Berlin' }, asTimeZone)),
        splayMinutes: withDefault(60, integer({ meaning: 'runs are spread over this time, each host at its own moment', min: 0, max: 1440 })),
        windows: withDefault([], list(window, { meaning: 'runs act only within these; none: always' })),
        onlyIfOlderThanHours: maybe(integer({ meaning: 'a scheduled run acts only where content is older', min: 1, max: YEARS_10_HOURS })),
        onlyIfDisconnectedHours: maybe(integer({ meaning: 'or where no server was reached for this long', min: 1, max: YEARS_10_HOURS })),
        retryWindowMinutes: withDefault(0, integer({ meaning: 'a failed scheduled run is tried again within this time', min: 0, max: 1440 })),
        onBattery: withDefault('run', choice(['run', 'wait'], { meaning: 'on battery: wait puts scheduled runs off, until content is as old as its maxAgeHours' })),
        onMetered: withDefault('run', choice(['run', 'wait'], { meaning: 'on a network that costs by the byte: the same' })),
      },
      { meaning: 'when' },
    ),
    consent: group(
      {
        optional: withDefault('install', choice(['install', 'ask', 'never'], { meaning: 'what happens to optional releases' })),
        askTimeoutSeconds: withDefault(300, integer({ meaning: 'no answer within this time is a deferral', min: 5, max: 86_400 })),
        maxDeferrals: withDefault(3, integer({ meaning: 'after so many deferrals it is installed', min: 0, max: 1000 })),
      },
      { meaning: 'what is asked of the user present' },
    ),
    download: group(
      {
        parallel: withDefault(4, integer({ meaning: 'downloads at the same time', min: 1, max: 32 })),
        maxBytesPerSecond: withDefault(0, integer({ meaning: 'bytes per second over all downloads; 0: no limit', min: 0 })),
        cacheMaxBytes: withDefault(2 * GIB, integer({ meaning: 'bytes of packages kept', min: 0 })),
        timeoutSeconds: withDefault(60, integer({ meaning: 'time without a byte after which a download is given up', min: 1, max: 3600 })),
      },
      { meaning: 'how packages are fetched' },
    ),
    verify: group(
      {
        mustDetect: withDefault([], list(path('a sample'), { meaning: 'files that new AV content must detect; rules (ips) and plain files are not held to it' })),
        mustNotDetect: withDefault([], list(path('a file'), { meaning: 'files that new AV content must not detect, beside the engine, init, the shell and libc; not for rules (ips)' })),
        maxShrinkPercent: withDefault(50, integer({ meaning: 'how much smaller than the installed content new content may be', min: 0, max: 100 })),
        timeoutSeconds: withDefault(300, integer({ meaning: 'time limit of the content test', min: 1, max: 86_400 })),
        maxMemoryBytes: withDefault(4 * GIB, integer({ meaning: 'memory limit of the content test', min: 1024 ** 2 })),
      },
      { meaning: 'what new content is held to before it is installed' },
    ),
    probation: group(
      {
        minutes: withDefault(PROBATION_DEFAULTS.minutes, integer({ meaning: 'how long new content must prove itself', min: 0, max: 10_080 })),
        maxRestarts: withDefault(PROBATION_DEFAULTS.maxRestarts, integer({ meaning: 'more restarts of the engine in that time: rolled back', min: 0, max: 1000 })),
        bootLoopMinutes: withDefault(PROBATION_DEFAULTS.bootLoopMinutes, integer({ meaning: 'three starts of the machine within this time: rolled back', min: 0, max: 1440 })),
      },
      { meaning: 'after the swap' },
    ),
    plugins: group(
      { allow: withDefault([], list(plugIn, { meaning: 'external plug-ins that may run; the built-in ones need none' })) },
      { meaning: 'external plug-ins' },
    ),
    report: group(
      {
        consoleUrl: maybe(url('where results are sent')),
        tokenFile: maybe(secretFile('file that holds the token')),
        secretFile: maybe(secretFile('file that holds the key which signs results')),
        format: withDefault('native', choice(['native', 'ocsf', 'ecs', 'hec'], { meaning: 'how results are written' })),
      },
      { meaning: 'to whom results go' },
    ),
    log: group({ level: withDefault('info', choice(['error', 'warn', 'info', 'debug'], { meaning: 'how much is logged' })) }, { meaning: 'the log' }),
    history: group({ keep: withDefault(200, integer({ meaning: 'runs kept in the history', min: 1, max: 100_000 })) }, { meaning: 'the history' }),
  },
  { meaning: 'the policy' },
);

