import { type Component, type Failure, failureText, ok, type Outcome, type Ports, type Restart, type RestartNeed } from '../model/index.ts';
import type { State } from '../state/index.ts';
import type { Ledger } from './ledger.ts';
import type { RunOptions } from './world.ts';

/** A desktop is told of the same need again after so long. */
const TELL_AGAIN_MS = 24 * 3_600_000;

type RestartPorts = Pick<Ports, 'os' | 'desktop'>;

/** Keeps what installed content waits for, before the journal lets go of it: the restart is told until it happened. */
export async function noteRestart(
  ports: RestartPorts,
  { restarts }: Pick<State, 'restarts'>,
  ledger: Pick<Ledger, 'notes'>,
  { id: component, installed }: Component,
  kind: Restart,
  now: number,
): Promise<Outcome<undefined, Failure>> {
  if (kind === 'none' || installed === null) return ok();
  const bootId = ports.os.bootId() ?? null;
  if (bootId === null) ledger.notes.push(`${component} ${installed.version} needs a ${kind}. The system does not tell its boots apart, so that only this result says so.`);
  const logins = kind === 'logout' ? ((await ports.desktop.logins()) ?? null) : null;
  return restarts.put({ component, kind, sequence: installed.sequence, version: installed.version, since: now, bootId, logins, toldAt: null });
}

type Standing = { readonly now: number; readonly bootId: string | undefined; readonly logins: readonly string[] | undefined; readonly ledger: Pick<Ledger, 'entries'> };

/**
 * Another boot ends every need; a logout's ends with the last login session that was there when the content came. Where older content came back
 * before that, what runs is that already.
 */
function hasHappened(need: RestartNeed, { now, bootId, logins, ledger }: Standing): boolean {
  const installed = ledger.entries.get(need.component)?.component.installed?.sequence;
  if (installed !== undefined && installed < need.sequence) return true;
  if (need.bootId === null) return need.since !== now;
  if (bootId !== undefined && bootId !== need.bootId) return true;
  return need.kind === 'logout' && need.logins !== null && logins !== undefined && !need.logins.some((login) => logins.includes(login));
}

/**
 * At the end of a run: forgets the needs that were met, has the desktops told of the others once a day, and leaves them in the ledger for
 * the result. State that cannot be used is a note, and never fails the run.
 */
export async function settleRestarts(ports: RestartPorts, state: Pick<State, 'restarts'>, ledger: Ledger, now: number, mode: RunOptions['mode']): Promise<void> {
  const done = await settle(ports, state, ledger, now, mode);
  if (!done.ok) ledger.notes.push(`Which restarts content waits for is not known: ${failureText(done.failure)}`);
}

async function settle(ports: RestartPorts, { restarts }: Pick<State, 'restarts'>, ledger: Ledger, now: number, mode: RunOptions['mode']): Promise<Outcome<undefined, Failure>> {
  const listed = restarts.list();
  if (!listed.ok || listed.value.length === 0) return listed.ok ? ok() : listed;
  const logins = listed.value.some((n) => n.kind === 'logout') ? await ports.desktop.logins() : undefined;
  const standing: Standing = { now, bootId: ports.os.bootId(), logins, ledger };
  ledger.restarts = listed.value.filter((n) => !hasHappened(n, standing));
  if (mode === 'dry-run') return ok();
  for (const need of listed.value.filter((n) => hasHappened(n, standing))) {
    const dropped = restarts.drop(need);
    if (!dropped.ok) return dropped;
  }
  return tell(ports, { restarts }, ledger, now);
}

async function tell({ desktop }: RestartPorts, { restarts }: Pick<State, 'restarts'>, ledger: Ledger, now: number): Promise<Outcome<undefined, Failure>> {
  for (const need of ledger.restarts) {
    // a clock that was set back must not silence it
    if (need.toldAt !== null && Math.abs(now - need.toldAt) < TELL_AGAIN_MS) continue;
    const name = ledger.entries.get(need.component)?.component.name ?? need.component;
    const what = need.kind === 'reboot' ? 'Restart this computer' : 'Log out and in again';
    const shown = await desktop.tell({ title: `${what} to finish an update`, text: `${name} ${need.version} is installed, and takes effect after that.` });
    if (shown === 'nobody') return ok();
    const kept = restarts.told(need, now);
    if (!kept.ok) return kept;
  }
  return ok();
}
