import type { FailureRow } from '../failure-row.ts';

const INSPECTION =
  'If {issuer} is your own authority, name its certificate in tls.caFile. Otherwise a proxy inspects TLS, or a captive portal answers: let this address pass, or sign in.';
const SERVER_TLS = 'Have a certificate put on the server that is valid now, for this name, with every certificate between it and its authority.';
const TIME = 'Set the clock (timedatectl set-ntp true; macOS: sntp -sS time.apple.com; Windows: w32tm /resync).';

/** Failures of doctor and of traces. */
export const DOCTOR_FAILURES = {
  'trace-unwritable': {
    code: 'usage',
    text: '--trace {path} cannot be written: {problem}.',
    remedy: 'Name a file in a folder that is there and that you can write in; no run was started.',
    retry: false,
  },
  'doctor-permissions': {
    code: 'state',
    text: 'Deno runs this without {missing}: what needs them fails, or is not seen.',
    remedy: 'Start it with the permissions that README.md names for a run, or use the executable.',
    retry: false,
  },
  'doctor-insecure': {
    code: 'policy-untrusted',
    text: 'Others can change {paths}, which --insecure-policy accepted.',
    remedy: 'Look at what it says, then make it writable for root alone (chown root, chmod go-w), and leave --insecure-policy away.',
    retry: false,
  },
  'doctor-no-desktop': {
    code: 'state',
    text: 'Policy wants users to be asked about optional releases, and no desktop can ask here: {missing} missing.',
    remedy: 'Install them (Debian: libnotify-bin, systemd, util-linux), or set consent.optional to install or never. A terminal can ask without them.',
    retry: false,
  },
  'doctor-ignored-keys': {
    code: 'policy-invalid',
    text: 'The policy has keys that this agent does not know and ignores, because its schema is newer: {keys}.',
    remedy: 'Update glued on this machine, or take the keys out.',
    retry: false,
  },
  'doctor-registry-empty': {
    code: 'state',
    text: 'No component is registered here, so that nothing is kept up to date.',
    remedy: 'See: glued registry add --help',
    retry: false,
  },
  'doctor-registry-set-aside': {
    code: 'state',
    text: 'A registration is set aside, and its component is not updated: {path}{others}.',
    remedy: 'Read {path}.reason.txt, then register the component again (glued registry add --help); one that nobody needs is removed with its reason.',
    retry: false,
  },
  'doctor-content-damaged': {
    code: 'install',
    text: 'The content of {component} at {path} is not what was installed: {problem}.',
    remedy: 'Run `glued run`, which puts it back. If this returns, another program changes it: look there.',
    retry: true,
  },
  'doctor-no-engine': {
    code: 'content-test',
    text: 'No engine of {component} was found: its content cannot be tested, and nothing uses it.',
    remedy: 'Install the engine, or name its program in a setting: glued registry add {component} --set EnginePath=PATH',
    retry: true,
  },
  'doctor-space-low': {
    code: 'disk-space',
    text: 'Little space at {path}: {free} are free, with {inodes} files more.',
    remedy: 'Free space on the file system that holds {path}: a package, its unpacked files and a test of them need room.',
    retry: true,
  },
  'state-database-unsound': {
    code: 'state',
    text: 'The database {path} cannot be used: {problem}.',
    remedy: 'Nothing to do: the next run sets it aside and makes a new one. Look at the disk if it happens again (dmesg).',
    retry: true,
  },
  'doctor-run-long': {
    code: 'locked',
    text: 'A run has been going on for {hours} hours: pid {pid}, `{command}`, since {since}.',
    remedy: 'See what it waits for in the log; stop it with: kill {pid}. The next run recovers.',
    retry: true,
  },
  'doctor-daemon-version': {
    code: 'daemon-unreachable',
    text: 'The daemon (pid {pid}) is glued {version}, and this is {own}.',
    remedy: 'Restart the daemon, so that it is the glued that is installed.',
    retry: false,
  },
  'doctor-unfinished': {
    code: 'state',
    text: 'Installations that were interrupted and are not finished: {count}.',
    remedy: 'Run `glued run`: it finishes them, or puts back what was there.',
    retry: true,
  },
  'doctor-cooling-down': {
    code: 'cooling-down',
    text: '{server} asked us to wait; it is not asked before {until}.',
    remedy: 'Wait, add a server to `servers`, or run glued run --force.',
    retry: true,
  },
  'doctor-unresolvable': {
    code: 'no-valid-host',
    text: 'The name {host} cannot be resolved: {problem}.',
    remedy: 'Correct the name, or the resolver of this machine (/etc/resolv.conf, VPN): getent hosts {host}',
    retry: true,
  },
  'doctor-unreachable': {
    code: 'no-valid-host',
    text: 'No connection to {host} port {port}: {problem}.',
    remedy: 'See that the server runs and listens there, and that no firewall stands between.',
    retry: true,
  },
  'doctor-proxy-unresolvable': {
    code: 'proxy',
    text: 'The name of the proxy {host}, named by {source}, cannot be resolved: {problem}.',
    remedy: 'Correct {source}, or the resolver of this machine: getent hosts {host}',
    retry: true,
  },
  'doctor-proxy-unreachable': {
    code: 'proxy',
    text: 'No connection to the proxy {host} port {port}, named by {source}: {problem}.',
    remedy: 'See that the proxy runs and that no firewall stands between, or correct {source}.',
    retry: true,
  },
  'doctor-tls-handshake': {
    code: 'no-valid-host',
    text: 'TLS with {host} failed: {problem}.',
    remedy: 'See that this port speaks TLS 1.2 or later; a client certificate may be wanted (tls.clientCertFile).',
    retry: true,
  },
  'doctor-tls-issuer': {
    code: 'no-valid-host',
    text: 'The certificate of {host} is issued by {issuer}, which neither the runtime nor tls.caFile knows.',
    remedy: INSPECTION,
    retry: true,
  },
  'doctor-tls-untrusted': {
    code: 'no-valid-host',
    text: 'The certificate of {host} is not believed: {problem}.',
    remedy: SERVER_TLS,
    retry: true,
  },
  'doctor-tls-ends': {
    code: 'no-valid-host',
    text: 'The certificate {subject} of {host} ends in {days} days, on {at}.',
    remedy: 'Have it renewed before that: after it no endpoint reaches this server.',
    retry: false,
  },
  'doctor-clock-drift': {
    code: 'catalog-stale',
    text: 'The clock of this machine, or that of {server}, is {seconds} seconds {way}: here it is {now}, there {there}.',
    remedy: TIME,
    retry: true,
  },
  'doctor-expires-soon': {
    code: 'catalog-stale',
    text: '{from}: {role} (version {version}) expires in {days} days, on {at}.',
    remedy: '{urgency}The publisher must sign {role} again before that (glued repo renew; snapshot and timestamp: glued repo refresh); after it every endpoint refuses the repository.',
    retry: false,
  },
  'doctor-cache-expired': {
    code: 'catalog-stale',
    text: 'The trusted metadata of the last run has expired: {role} on {at}.',
    remedy: 'Run `glued run`: it fetches newer metadata, or says why there is none.',
    retry: true,
  },
  'doctor-cache-broken': {
    code: 'state',
    text: 'The trusted metadata that is kept here cannot be read whole: {problem}',
    remedy: 'Nothing to do: the next run fetches it again. As another user than root, some of it may not be read.',
    retry: true,
  },
  'doctor-not-json': {
    code: 'catalog-malformed',
    text: '{url} answered with {bytes} bytes that are no TUF timestamp: {problem}.',
    remedy: 'Check that the address in `servers` is the folder that holds metadata/, and that the publisher published there.',
    retry: true,
  },
  'doctor-agent-below-floor': {
    code: 'install',
    text: 'This is glued {version}, and the publisher lets no machine have one older than {floor}.',
    remedy: 'Update it: `glued run` where it updates itself (docs/self-update.md), else as it was installed.',
    retry: true,
  },
} as const satisfies Record<string, FailureRow>;
