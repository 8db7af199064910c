/** The exit codes (DESIGN, Results): frozen, never recycled. */
export const CODES = {
  ok: 0,
  internal: 1,
  'plugin-load': 2,
  'plugin-protocol': 3,
  'no-valid-host': 4,
  'license-invalid': 5,
  'catalog-signature': 6,
  'catalog-stale': 7,
  'catalog-malformed': 8,
  download: 9,
  unpack: 10,
  'content-test': 11,
  install: 12,
  'rollback-failed': 13,
  'daemon-unreachable': 15,
  'done-with-errors': 16,
  'no-network': 18,
  proxy: 19,
  'policy-missing': 20,
  'policy-invalid': 21,
  'policy-untrusted': 22,
  locked: 23,
  'disk-space': 24,
  'cooling-down': 25,
  state: 26,
  usage: 64,
  interrupted: 130,
} as const satisfies Record<string, number>;

export type CodeName = keyof typeof CODES;
export type ExitCode = (typeof CODES)[CodeName];

/** The exit code that a code's name stands for. */
export function exitOf(name: CodeName): ExitCode {
  return CODES[name];
}
