/**
 * The client that tuf-conformance drives: its command line over the trust code of src/catalog, the metadata store of src/state and the
 * HTTP of src/net, unchanged. Only the two things that the suite cannot have are left out: the catalog, and the comparison of clocks
 * (it moves the client's clock on purpose).
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Document } from '../../src/catalog/envelope.ts';
import { refreshFrom, refreshRoot } from '../../src/catalog/refresh.ts';
import type { Session } from '../../src/catalog/session.ts';
import { keepRoot, startingRoot } from '../../src/catalog/starting-root.ts';
import { checkEntry, checkTarget, fetchTarget, findTarget, openRoles, type Roles } from '../../src/catalog/targets.ts';
import type { Trusted } from '../../src/catalog/trusted-set.ts';
import type { Targets } from '../../src/catalog/tufjs.ts';
import { openVault } from '../../src/catalog/vault.ts';
import { type Failure, failureText, type MetadataStore, ok, type Outcome, unreachable } from '../../src/model/index.ts';
import { createHttp } from '../../src/net/index.ts';
import { createPorts } from '../../src/platform/index.ts';
import { createMetadataStore } from '../../src/state/metadata.ts';
import { type Command, readCommand } from './arguments.ts';

type Online = Exclude<Command, { verb: 'init' }>;
const { ports } = createPorts({ colour: 'never' });

async function refresh(session: Session, root: Uint8Array): Promise<Outcome<Trusted, Failure>> {
  const start = startingRoot(session.vault, root);
  if (!start.ok) return start;
  const { trust, end } = await refreshRoot(session, start.value.trust, (envelope) => keepRoot(session.vault, envelope, root));
  return end.ok ? refreshFrom(session, trust) : end;
}

function readWhole(path: string): Uint8Array | undefined {
  try {
    return readFileSync(path);
  } catch {
    return undefined;
  }
}

async function downloadOne(session: Session, trust: Trusted, roles: Roles, name: string, folder: string): Promise<Outcome<string, Failure>> {
  const keep = (document: Document<Targets>): Outcome<undefined, Failure> => session.vault.keep(document.envelope);
  const found = await findTarget(trust, name, roles, keep);
  if (!found.ok) return found;
  if (found.value === undefined) return { ok: false, failure: { why: 'server-status', data: { url: name, status: 'no role lists this target' } } };
  const path = join(folder, encodeURIComponent(name));
  const have = readWhole(path);
  if (have !== undefined && checkEntry(found.value).ok && checkTarget(found.value, path, have).ok) return ok(path);
  const file = await fetchTarget(session, trust, found.value, Number.MAX_SAFE_INTEGER);
  if (!file.ok) return file;
  writeFileSync(path, file.value.bytes);
  return ok(path);
}

async function online(command: Online, store: MetadataStore): Promise<Outcome<unknown, Failure>> {
  const root = store.get('root') ?? new Uint8Array();
  const http = await createHttp(ports, { tls: {}, agentVersion: 'conformance' });
  const session: Session = {
    http,
    metadataUrl: command.metadataUrl,
    targetsUrl: command.verb === 'download' ? command.targetUrl : command.metadataUrl,
    tagUrl: command.metadataUrl,
    headers: {},
    vault: openVault(store),
    now: ports.clock.now(),
    signal: new AbortController().signal,
    idleTimeoutMs: 30_000,
    clockCheck: () => ok(),
  };
  try {
    const trust = await refresh(session, root);
    if (!trust.ok || command.verb === 'refresh') return trust;
    const roles = openRoles(session, trust.value);
    for (const name of command.targets) {
      const done = await downloadOne(session, trust.value, roles, name, command.targetDir);
      if (!done.ok) return done;
    }
    return ok();
  } finally {
    for (const note of session.vault.notes) console.error(note);
    await http.close();
  }
}

async function main(command: Command): Promise<Outcome<unknown, Failure>> {
  const store = createMetadataStore(ports, resolve(command.metadataDir));
  switch (command.verb) {
    case 'init':
      return store.put('root', readFileSync(command.root));
    case 'refresh':
    case 'download':
      return online(command, store);
    default:
      return unreachable(command);
  }
}

const command = readCommand(process.argv.slice(2));
if (typeof command === 'string') {
  console.error(command);
  process.exitCode = 1;
} else {
  const end = await main(command);
  if (!end.ok) console.error(failureText(end.failure));
  process.exitCode = end.ok ? 0 : 1;
}
