import type { CodeName } from '../model/index.ts';
import { AGENT_CHECKS } from './agent-check.ts';
import { DAEMON_CHECKS } from './daemon-check.ts';
import type { CheckRow } from './finding.ts';
import { HTTP_CHECKS } from './http-checks.ts';
import { NETWORK_CHECKS, RUNTIME_CHECKS } from './machine-checks.ts';
import { PEOPLE_CHECKS } from './people-checks.ts';
import { FILE_CHECKS, POLICY_CHECKS } from './policy-checks.ts';
import { COMPONENT_CHECKS, REGISTRY_CHECKS } from './registry-checks.ts';
import { ACCESS_CHECKS, WAY_CHECKS } from './server-checks.ts';
import { COOLDOWN_CHECKS, DISK_CHECKS, STATE_CHECKS } from './state-checks.ts';
import { TLS_CHECKS } from './tls-check.ts';
import { TRUST_CHECKS } from './trust-checks.ts';

/** The rows that are about one server, in order. */
export const SERVER_CHECKS = [...WAY_CHECKS, ...TLS_CHECKS, ...HTTP_CHECKS] as const;

/** What one row says of itself, for the documentation. */
export type CheckNote = { readonly id: string; readonly title: string; readonly about: string; readonly needs: readonly string[]; readonly codes: readonly CodeName[] };

const noted = (about: string, rows: readonly CheckRow<never>[]): readonly CheckNote[] => rows.map(({ id, title, needs, codes }) => ({ id, title, about, needs, codes }));

/** Every check, in the order in which they are made and shown. */
export const CHECKS: readonly CheckNote[] = [
  ...noted('the machine', [...RUNTIME_CHECKS, ...POLICY_CHECKS]),
  ...noted('each file that the policy names', FILE_CHECKS),
  ...noted('the machine', [...STATE_CHECKS, ...DAEMON_CHECKS, ...REGISTRY_CHECKS]),
  ...noted('the state folder and each install path', DISK_CHECKS),
  ...noted('each component', COMPONENT_CHECKS),
  ...noted('the machine', [...PEOPLE_CHECKS, ...TRUST_CHECKS, ...AGENT_CHECKS, ...COOLDOWN_CHECKS, ...NETWORK_CHECKS, ...ACCESS_CHECKS]),
  ...noted('each server', SERVER_CHECKS),
];
