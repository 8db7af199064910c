/** One arrow of the house: what a room may import, and why. */
type Arrow = { readonly from: string; readonly to: readonly string[]; readonly reason: string };

/** The rooms, top down. A room that is not named in `to` may not be imported: rooms of one row never know each other. */
export const ARROWS = [
  {
    from: 'main',
    to: ['cli', 'platform', 'daemon', 'doctor', 'service', 'engine', 'policy', 'registry', 'catalog', 'planner', 'transfer', 'plugins', 'report', 'state', 'net', 'formats', 'publisher', 'model'],
    reason: 'main builds the real ports and hands them over: it alone knows every room',
  },
  {
    from: 'cli',
    to: ['daemon', 'doctor', 'service', 'engine', 'policy', 'registry', 'catalog', 'planner', 'transfer', 'plugins', 'report', 'publisher', 'state', 'net', 'formats', 'model'],
    reason: 'a command calls one function of a room below and renders; nothing calls a command',
  },
  { from: 'daemon', to: ['engine', 'policy', 'report', 'state', 'net', 'formats', 'model'], reason: 'the daemon calls the engine; the engine never knows who called it' },
  {
    from: 'doctor',
    to: ['policy', 'registry', 'catalog', 'transfer', 'plugins', 'state', 'net', 'formats', 'model'],
    reason: 'the doctor looks at what a run rests on, and never runs the cycle',
  },
  {
    from: 'service',
    to: ['policy', 'registry', 'state', 'formats', 'model'],
    reason: 'the service is written from what is installed and allowed here; it starts programs of the system, never a cycle',
  },
  {
    from: 'engine',
    to: ['policy', 'registry', 'catalog', 'planner', 'transfer', 'plugins', 'report', 'state', 'net', 'formats', 'model'],
    reason: 'what one room hands to the next goes through the engine, as model types',
  },
  { from: 'policy', to: ['state', 'net', 'formats', 'model'], reason: 'policy is read without knowing what is done with it' },
  { from: 'registry', to: ['state', 'net', 'formats', 'model'], reason: 'what is installed does not depend on what policy wants' },
  { from: 'catalog', to: ['state', 'net', 'formats', 'model'], reason: 'what is available is believed or not before anyone chooses from it' },
  { from: 'planner', to: ['model'], reason: 'the planner is a pure function of model types' },
  { from: 'transfer', to: ['state', 'net', 'formats', 'model'], reason: 'bytes are fetched and verified without knowing why they are wanted' },
  { from: 'plugins', to: ['state', 'net', 'formats', 'model'], reason: 'a plug-in installs what it is handed; it fetches and decides nothing' },
  { from: 'report', to: ['state', 'net', 'formats', 'model'], reason: 'a result is rendered and delivered; it never changes the outcome' },
  { from: 'publisher', to: ['net', 'formats', 'model'], reason: "the content server's side shares the formats, and no state of an agent" },
  { from: 'state', to: ['formats', 'model'], reason: 'the state folder has one owner; it reads its own documents back as strictly as any from outside' },
  { from: 'net', to: ['model'], reason: 'HTTP without opinions' },
  { from: 'formats', to: ['model'], reason: 'bytes to values, no ports: net and state stand beside it, and it knows neither' },
  { from: 'platform', to: ['model'], reason: 'the world behind the ports; no room may be needed to reach it' },
  { from: 'model', to: [], reason: 'the leaf: everyone knows it, it knows nobody' },
] as const satisfies readonly Arrow[];

/** Who may import the publisher: it must never reach an agent's rooms. */
const PUBLISHERS_CALLERS = ['main', 'cli', 'publisher'];

const room = (name: string): string => (name === 'main' ? '^src/main\\.ts$' : `^src/${name}/`);
const anyOf = (names: readonly string[]): string => names.map(room).join('|');
const reached = (names: readonly string[]): string => names.map((n) => (n === 'main' ? '^src/main\\.ts$' : `^src/${n}/`)).join('|');

/**
 * Two rooms may be entered by file. model is all types and tables; formats has a file for each format, and to load all of them for one
 * would be paid at every start.
 */
const INDEX_EXEMPT = '^src/(model|formats)/';

/** dependency-cruiser's configuration, from the table. */
export function cruiserConfig(): object {
  const arrows = ARROWS.map((arrow) => ({
    name: `arrow-${arrow.from}`,
    comment: arrow.reason,
    severity: 'error',
    from: { path: room(arrow.from) },
    to: { path: '^src/', pathNot: reached([arrow.from, ...arrow.to]) },
  }));
  return {
    forbidden: [
      ...arrows,
      {
        name: 'no-cycles',
        comment: 'a cycle has no first step; types alone may refer to each other',
        severity: 'error',
        from: { path: '^src/' },
        to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
      },
      {
        name: 'publisher-stays-out',
        comment: "signing keys' code never ships into what an agent's rooms do",
        severity: 'error',
        from: { path: '^src/', pathNot: anyOf(PUBLISHERS_CALLERS) },
        to: { path: '^src/publisher/' },
      },
      {
        name: 'by-the-door',
        comment: "a room is entered by its index.ts: what it exports is all that it promises",
        severity: 'error',
        from: { path: '^src/([^/]+)/' },
        to: { path: '^src/[^/]+/.+', pathNot: [`^src/$1/`, '^src/[^/]+/index\\.ts$', INDEX_EXEMPT] },
      },
      {
        name: 'main-by-the-door',
        comment: 'main too enters rooms by their index.ts',
        severity: 'error',
        from: { path: room('main') },
        to: { path: '^src/[^/]+/.+', pathNot: ['^src/[^/]+/index\\.ts$', INDEX_EXEMPT] },
      },
      {
        name: 'no-dev-dependencies',
        comment: 'what runs on an endpoint is in dependencies',
        severity: 'error',
        from: { path: '^src/' },
        to: { dependencyTypes: ['npm-dev', 'npm-optional', 'npm-no-pkg', 'npm-unknown'], dependencyTypesNot: ['type-only'] },
      },
      { name: 'resolvable', comment: 'an import that leads nowhere', severity: 'error', from: { path: '^src/' }, to: { couldNotResolve: true } },
    ],
    options: {
      tsPreCompilationDeps: true,
      tsConfig: { fileName: 'tsconfig.json' },
      doNotFollow: { path: 'node_modules' },
      enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['node', 'import', 'require', 'default', 'types'] },
      moduleSystems: ['es6', 'cjs'],
    },
  };
}
