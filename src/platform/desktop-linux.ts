import { statSync } from 'node:fs';
import { said, whoLogins } from './desktop-child.ts';
import { type Bus, notifySeat } from './desktop-notify.ts';
import type { Seat, SeatPorts, Seats } from './desktop-seat.ts';
import { attempt } from './io.ts';

/** What `loginctl show-session` says of one (org.freedesktop.login1, Session). */
const PROPERTIES = ['Id', 'User', 'Class', 'Type', 'State', 'Active', 'LockedHint', 'TimestampMonotonic'] as const;
type Session = Readonly<Partial<Record<(typeof PROPERTIES)[number], string>>>;

/** Where people who are logged in are noted without logind (utmp(5)). */
const UTMP = ['/run/utmp', '/var/run/utmp'];
const GRAPHICAL = new Set(['x11', 'wayland', 'mir']);

/** Linux: sessions by logind, else by utmp; desktops by their session buses, each spoken to as its own user. */
export function linuxSeats(ports: SeatPorts): Seats {
  return {
    async seats() {
      const buses = [...ownBus(ports), ...(await busesOfOthers(ports))];
      const byAddress = new Map(buses.map((bus) => [bus.address, bus]));
      const seats = await Promise.all([...byAddress.values()].map((bus) => notifySeat(ports, bus)));
      return seats.filter((seat): seat is Seat => seat !== undefined);
    },
    async logins() {
      const sessions = await sessionsOf(ports);
      if (sessions !== undefined) return sessions.map((s) => `${s.Id ?? ''}@${s.TimestampMonotonic ?? ''}`);
      return UTMP.some((path) => attempt('stat', path, () => statSync(path)).ok) ? whoLogins(ports) : undefined;
    },
  };
}

/** The bus of the session that we ourselves were started in. */
function ownBus({ os }: SeatPorts): readonly Bus[] {
  const address = os.env['DBUS_SESSION_BUS_ADDRESS'] ?? '';
  return address === '' ? [] : [{ address, as: [] }];
}

/** Only root may speak as another; a locked screen is nobody's. */
async function busesOfOthers(ports: SeatPorts): Promise<readonly Bus[]> {
  if (ports.os.uid !== 0) return [];
  const inFront = ((await sessionsOf(ports)) ?? []).filter((s) => s.Active === 'yes' && s.LockedHint !== 'yes' && GRAPHICAL.has(s.Type ?? ''));
  const users = [...new Set(inFront.flatMap((s) => (s.User === undefined ? [] : [s.User])))];
  const buses = await Promise.all(users.map((uid) => busOf(ports, uid)));
  return buses.filter((bus): bus is Bus => bus !== undefined);
}

async function busOf(ports: SeatPorts, uid: string): Promise<Bus | undefined> {
  const user = properties((await said(ports, ['loginctl', 'show-user', uid, '--property=GID', '--property=RuntimePath'])) ?? '');
  const { GID: gid, RuntimePath: folder } = user;
  if (!/^\d+$/.test(uid) || gid === undefined || folder === undefined) return undefined;
  return { address: `unix:path=${folder}/bus`, as: ['setpriv', `--reuid=${uid}`, `--regid=${gid}`, '--init-groups', '--'] };
}

/** The sessions of people, not those of a login screen or a service, and not those that are ending. */
async function sessionsOf(ports: SeatPorts): Promise<readonly Session[] | undefined> {
  const listed = await said(ports, ['loginctl', 'list-sessions', '--no-legend', '--no-pager']);
  const ids = listed?.split('\n').map((line) => line.trim().split(/\s+/)[0] ?? '').filter((id) => id !== '');
  if (ids === undefined || ids.length === 0) return ids === undefined ? undefined : [];
  const shown = await said(ports, ['loginctl', 'show-session', ...PROPERTIES.map((p) => `--property=${p}`), '--', ...ids]);
  const sessions: readonly Session[] | undefined = shown?.split(/\n\s*\n/).map(properties);
  return sessions?.filter((s) => s.Class?.startsWith('user') === true && s.State !== 'closing');
}

/** `Name=value` lines. */
function properties(text: string): Readonly<Record<string, string>> {
  const pairs = text.split('\n').map((line) => /^(\w+)=(.*)$/.exec(line));
  return Object.fromEntries(pairs.flatMap((m) => (m?.[1] === undefined || m[2] === undefined ? [] : [[m[1], m[2]] as const])));
}
