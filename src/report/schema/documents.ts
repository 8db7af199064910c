import type { Schema } from './build.ts';
import { DOCTOR_SCHEMA } from './doctor.ts';
import { ERROR_SCHEMA } from './error.ts';
import { EXPLAIN_SCHEMA } from './explain.ts';
import { HISTORY_SCHEMA } from './history.ts';
import { PLUGIN_CHECK_SCHEMA } from './plugin-check.ts';
import { POLICY_SCHEMA } from './policy.ts';
import { REGISTRY_SCHEMA } from './registry.ts';
import { REPO_ADD_SCHEMA, REPO_CHECK_SCHEMA, REPO_FLOOR_SCHEMA, REPO_INIT_SCHEMA, REPO_PAUSE_SCHEMA, REPO_PRUNE_SCHEMA, REPO_PUBLISH_SCHEMA, REPO_REFRESH_SCHEMA, REPO_RENEW_SCHEMA, REPO_REVOKE_SCHEMA, REPO_ROTATE_SCHEMA } from './repo.ts';
import { RUN_SCHEMA } from './run.ts';
import { SERVICE_SCHEMA } from './service.ts';
import { STATUS_SCHEMA } from './status.ts';

/** The JSON Schema of every document that a command prints, by the name that the document bears. */
export const DOCUMENT_SCHEMAS = {
  'glued.run/1': RUN_SCHEMA,
  'glued.status/1': STATUS_SCHEMA,
  'glued.doctor/1': DOCTOR_SCHEMA,
  'glued.service/1': SERVICE_SCHEMA,
  'glued.error/1': ERROR_SCHEMA,
  'glued.explain/1': EXPLAIN_SCHEMA,
  'glued.history/1': HISTORY_SCHEMA,
  'glued.plugin-check/1': PLUGIN_CHECK_SCHEMA,
  'glued.policy/1': POLICY_SCHEMA,
  'glued.registry/1': REGISTRY_SCHEMA,
  'glued.repo-init/1': REPO_INIT_SCHEMA,
  'glued.repo-add/1': REPO_ADD_SCHEMA,
  'glued.repo-publish/1': REPO_PUBLISH_SCHEMA,
  'glued.repo-revoke/1': REPO_REVOKE_SCHEMA,
  'glued.repo-pause/1': REPO_PAUSE_SCHEMA,
  'glued.repo-floor/1': REPO_FLOOR_SCHEMA,
  'glued.repo-refresh/1': REPO_REFRESH_SCHEMA,
  'glued.repo-renew/1': REPO_RENEW_SCHEMA,
  'glued.repo-rotate/1': REPO_ROTATE_SCHEMA,
  'glued.repo-prune/1': REPO_PRUNE_SCHEMA,
  'glued.repo-check/1': REPO_CHECK_SCHEMA,
} as const satisfies Readonly<Record<string, Schema>>;

export type DocumentName = keyof typeof DOCUMENT_SCHEMAS;
