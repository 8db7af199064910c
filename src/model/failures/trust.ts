import type { FailureRow } from '../failure-row.ts';

const TAMPERED = 'Nothing was accepted. Compare the file with the same one on another server; if the publisher changed keys, its root metadata must say so. Where nothing was ever accepted here, `trust.rootFile` may be the root of another repository.';
const PUBLISHER = 'Nothing was accepted. The publisher must publish again; until then the installed content stays.';
const HELD_BACK = 'Nothing was accepted. The server is behind, or somebody holds it back: bring it up to date, or name another server in `servers`.';
const SET_CLOCK = 'Set the clock (timedatectl set-ntp true; macOS: sntp -sS time.apple.com; Windows: w32tm /resync) and run again.';
const ASK_SERVER = 'Check the address in `servers`, the name, the firewall and the web server itself.';

/** Failures of metadata and catalogs, and of the servers that they come from. `{from}` is an address or `the cache`. */
export const TRUST_FAILURES = {
  'signature-threshold': {
    code: 'catalog-signature',
    text: '{from}: {role} bears {good} valid signatures, and needs {needed}.',
    remedy: TAMPERED,
    retry: true,
  },
  'signature-duplicate': {
    code: 'catalog-signature',
    text: '{from}: {role} bears two signatures of the one key {key}.',
    remedy: TAMPERED,
    retry: true,
  },
  'metadata-hash': {
    code: 'catalog-signature',
    text: '{from}: {role} does not have the {algorithm} hash that {by} promises.',
    remedy: TAMPERED,
    retry: true,
  },
  'metadata-expired': {
    code: 'catalog-stale',
    text: '{from}: {role} expired on {at}, and it is {now}.',
    remedy: 'Nothing was accepted. The publisher must sign {role} again (glued repo renew; snapshot and timestamp: glued repo refresh), or the server is held back: name another one in `servers`.',
    retry: true,
  },
  'metadata-rollback': {
    code: 'catalog-stale',
    text: '{from}: {role} went back to version {found} (in metadata that expires on {expires}); version {known} was verified before.',
    remedy: HELD_BACK,
    retry: true,
  },
  'metadata-version': {
    code: 'catalog-stale',
    text: '{from}: {role} is version {found} (it expires on {expires}), and {by} names version {wanted}.',
    remedy: HELD_BACK,
    retry: true,
  },
  'metadata-removed': {
    code: 'catalog-stale',
    text: '{from}: {role} is not in the snapshot any more (which expires on {expires}); version {known} was verified before.',
    remedy: HELD_BACK,
    retry: true,
  },
  'catalog-rollback': {
    code: 'catalog-stale',
    text: '{from}: the catalog of {component} now ends with {found}; release {known} of {date} was verified before.',
    remedy: HELD_BACK,
    retry: true,
  },
  'catalog-future': {
    code: 'catalog-stale',
    text: '{from}: release {sequence} of {component} is dated {date}, and the clock of this machine says {now}.',
    remedy: 'If the clock is late, set it. If it is right, the publisher dated the release wrongly and must publish a new one.',
    retry: true,
  },
  'clock-before-build': {
    code: 'catalog-stale',
    text: 'The clock of this machine is wrong: it says {now}, and this agent was built on {build}.',
    remedy: SET_CLOCK,
    retry: true,
  },
  'clock-before-content': {
    code: 'catalog-stale',
    text: 'The clock of this machine is wrong: it says {now}, and a release dated {date} was verified before.',
    remedy: SET_CLOCK,
    retry: true,
  },
  'clock-off-server': {
    code: 'catalog-stale',
    text: 'The clock of this machine is wrong, or that of the server {server}: here it is {now}, there {there}.',
    remedy: SET_CLOCK,
    retry: true,
  },
  'metadata-malformed': {
    code: 'catalog-malformed',
    text: '{from}: {role} cannot be used: {problem}.',
    remedy: PUBLISHER,
    retry: true,
  },
  'metadata-oversized': {
    code: 'catalog-malformed',
    text: '{from}: {role} is longer than the {limit} bytes that it may have; reading stopped there.',
    remedy: PUBLISHER,
    retry: true,
  },
  'metadata-length': {
    code: 'catalog-malformed',
    text: '{from}: {role} is {found} bytes long, and {by} promises {wanted}: it was cut or changed on the way.',
    remedy: 'Nothing was accepted. Copy the file to the server again, or look at the proxy between.',
    retry: true,
  },
  'metadata-unlisted': {
    code: 'catalog-malformed',
    text: '{from}: the snapshot does not list {role}, although {by} delegates to it.',
    remedy: PUBLISHER,
    retry: true,
  },
  'target-unhashed': {
    code: 'catalog-malformed',
    text: '{role} lists {target} without a sha256 or sha512 hash.',
    remedy: PUBLISHER,
    retry: true,
  },
  'target-name': {
    code: 'catalog-malformed',
    text: '{role} lists a target named {target}, which is no safe file name.',
    remedy: PUBLISHER,
    retry: true,
  },
  'target-foreign': {
    code: 'catalog-malformed',
    text: '{target} is listed by role {role}; only role {component} may list it.',
    remedy: PUBLISHER,
    retry: true,
  },
  'catalog-malformed': {
    code: 'catalog-malformed',
    text: '{from}: the catalog of {component} cannot be used: {problem}.',
    remedy: PUBLISHER,
    retry: true,
  },
  'trust-root-invalid': {
    code: 'policy-invalid',
    text: 'The file that `trust.rootFile` names is no TUF root metadata: {problem}.',
    remedy: "Put the publisher's root.json there (metadata/1.root.json of its repository, got by a way that you trust).",
    retry: false,
  },
  'server-unreachable': {
    code: 'no-valid-host',
    text: '{url} could not be read: {cause}.',
    remedy: ASK_SERVER,
    retry: true,
  },
  'server-status': {
    code: 'no-valid-host',
    text: '{url} answered with status {status}.',
    remedy: 'Check that the address in `servers` is the folder that holds metadata/ (for 401 and 403 its username and passwordFile too), and what the web server logs.',
    retry: true,
  },
  'server-html': {
    code: 'no-valid-host',
    text: '{url} gave a web page in place of metadata: a captive portal, or a proxy that blocks.',
    remedy: 'Sign in to the network, or let the proxy pass this address.',
    retry: true,
  },
  'server-redirect': {
    code: 'no-valid-host',
    text: '{url} redirects elsewhere, which metadata may not ({cause}): a captive portal, or a wrong address.',
    remedy: 'Sign in to the network, or put the final address in `servers`.',
    retry: true,
  },
  'server-issuer': {
    code: 'no-valid-host',
    text: '{url} could not be read, its certificate is not trusted here: {cause}. Probably a captive portal, or TLS inspection on the way.',
    remedy: 'Sign in to the network. Where the inspection is wanted, or the server has a CA of its own, name that CA in tls.caFile.',
    retry: true,
  },
  'server-cooling-down': {
    code: 'cooling-down',
    text: '{server} asked us to wait: it is not asked again before {until}.',
    remedy: 'Wait until {until}, or name another server in `servers`; glued run --force asks at once.',
    retry: true,
  },
  'cooling-down': {
    code: 'cooling-down',
    text: 'Every server of the policy ({count}) asked us to wait; the first may be asked again at {until}. {tried}',
    remedy: 'Wait until {until}, or name another server in `servers`; glued run --force asks at once.',
    retry: true,
  },
  'no-server': {
    code: 'no-valid-host',
    text: 'None of the {count} servers of the policy gave valid metadata: {tried}',
    remedy: ASK_SERVER,
    retry: true,
  },
  'captive-portal': {
    code: 'no-valid-host',
    text: 'A captive portal answers in place of every server of the policy ({count}), none gave metadata: {tried}',
    remedy: 'Sign in to the network with a browser; glued tries again at its next run.',
    retry: true,
  },
} as const satisfies Record<string, FailureRow>;
