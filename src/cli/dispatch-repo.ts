import { resolve } from 'node:path';
import { CONTENT_TYPES } from '../model/policy.ts';
import type { CommandFunction } from './command-function.ts';
import type { CommandPath } from './commands.ts';
import type { Invocation } from './invocation.ts';

/** The content server's commands. None needs policy or state. */
export const REPO_FUNCTIONS = {
  'repo init': {
    log: 'none',
    signals: 'left',
    async run(invocation, { around }) {
      const { repoInit } = await import('./repo-init.ts');
      const days = { root: invocation.integer('root-days'), targets: invocation.integer('targets-days'), snapshot: invocation.integer('snapshot-days'), timestamp: invocation.integer('timestamp-days') };
      return repoInit(around, {
        dir: invocation.word('DIR') ?? '',
        keys: invocation.text('keys') ?? '',
        ...present({ rootThreshold: invocation.integer('root-threshold'), targetsThreshold: invocation.integer('targets-threshold') }),
        expiryDays: present(days),
        output: output(invocation),
      });
    },
  },
  'repo add': {
    log: 'none',
    signals: 'left',
    async run(invocation, { around }) {
      const { repoAdd } = await import('./repo-add.ts');
      return repoAdd(around, {
        ...component(invocation),
        ...offline(invocation),
        type: CONTENT_TYPES.find((t) => t === invocation.text('type')) ?? 'product',
        plugin: invocation.text('plugin') ?? '',
        ...present({ name: invocation.text('name') }),
      });
    },
  },
  'repo publish': {
    log: 'none',
    signals: 'left',
    async run(invocation, { around }) {
      const { repoPublish } = await import('./repo-publish.ts');
      return repoPublish(around, {
        ...component(invocation),
        path: invocation.word('PATH') ?? '',
        version: invocation.text('version') ?? '',
        forced: invocation.flag('forced'),
        optional: invocation.flag('optional'),
        requires: invocation.list('requires'),
        os: invocation.list('os'),
        arch: invocation.list('arch'),
        vendorDeltas: invocation.list('vendor-delta').map((text) => absoluteFile(text, around.os.cwd)),
        ...present({
          channel: invocation.text('channel'),
          date: invocation.text('date'),
          severity: invocation.text('severity'),
          restart: invocation.text('restart'),
          notes: invocation.text('notes'),
          license: invocation.text('license'),
          engine: invocation.text('engine'),
          minAgent: invocation.text('min-agent'),
        }),
        ...present({ sequence: invocation.integer('sequence'), rollout: invocation.integer('rollout'), deltas: invocation.integer('deltas') }),
      });
    },
  },
  'repo revoke': {
    log: 'none',
    signals: 'left',
    async run(invocation, { around }) {
      const { repoRevoke } = await import('./repo-revoke.ts');
      return repoRevoke(around, { ...release(invocation), reason: invocation.text('reason') ?? '', ...present({ safe: invocation.integer('safe') }) });
    },
  },
  'repo pause': {
    log: 'none',
    signals: 'left',
    async run(invocation, { around }) {
      const { repoPause } = await import('./repo-pause.ts');
      return repoPause(around, { ...release(invocation), to: invocation.flag('resume') ? 'resumed' : 'paused' });
    },
  },
  'repo floor': {
    log: 'none',
    signals: 'left',
    async run(invocation, { around }) {
      const { repoFloor } = await import('./repo-floor.ts');
      return repoFloor(around, { ...repository(invocation), ...offline(invocation), version: invocation.word('VERSION') ?? '' });
    },
  },
  'repo refresh': {
    log: 'none',
    signals: 'left',
    async run(invocation, { around }) {
      const { repoRefresh } = await import('./repo-refresh.ts');
      return repoRefresh(around, repository(invocation));
    },
  },
  'repo renew': {
    log: 'none',
    signals: 'left',
    async run(invocation, { around }) {
      const { repoRenew } = await import('./repo-renew.ts');
      const roles = invocation.word('ROLES');
      const days = present({ root: invocation.integer('root-days'), targets: invocation.integer('targets-days') });
      return repoRenew(around, {
        ...repository(invocation),
        ...offline(invocation),
        ...(roles === undefined ? {} : { roles: names(roles) }),
        ...(Object.keys(days).length === 0 ? {} : { expiryDays: days }),
      });
    },
  },
  'repo rotate': {
    log: 'none',
    signals: 'left',
    async run(invocation, { around }) {
      const { repoRotate } = await import('./repo-rotate.ts');
      return repoRotate(around, {
        ...repository(invocation),
        ...offline(invocation),
        roles: names(invocation.word('ROLES') ?? ''),
        only: invocation.list('only'),
        newKeys: invocation.list('new-key').map((path) => resolve(around.os.cwd, path)),
      });
    },
  },
  'repo prune': {
    log: 'none',
    signals: 'left',
    async run(invocation, { around }) {
      const { repoPrune } = await import('./repo-prune.ts');
      const ids = invocation.word('IDS');
      return repoPrune(around, {
        ...repository(invocation),
        ...(ids === undefined ? {} : { ids: names(ids) }),
        ...present({ keep: invocation.integer('keep'), days: invocation.integer('days') }),
        act: invocation.flag('dry-run') ? 'look' : 'remove',
      });
    },
  },
  'repo check': {
    log: 'none',
    signals: 'left',
    async run(invocation, { around }) {
      const { repoCheck } = await import('./repo-check.ts');
      return repoCheck(around, { dir: invocation.word('DIR') ?? '', signal: around.signal, output: output(invocation) });
    },
  },
  'repo serve': {
    log: 'none',
    signals: 'observed',
    async run(invocation, { around }) {
      const { repoServe } = await import('./repo-serve.ts');
      return repoServe(around, {
        dir: invocation.word('DIR') ?? '',
        signal: around.signal,
        ...present({ host: invocation.text('host') }),
        ...present({ port: invocation.integer('port') }),
      });
    },
  },
} as const satisfies Partial<Record<CommandPath, CommandFunction>>;

function output(invocation: Invocation): 'text' | 'json' {
  return invocation.flag('json') ? 'json' : 'text';
}

function repository(invocation: Invocation) {
  return { dir: invocation.word('DIR') ?? '', output: output(invocation), ...present({ keys: invocation.text('keys') }) };
}

const offline = (invocation: Invocation) => present({ offlineKeys: invocation.text('offline-keys') });

/** `root,demo` */
const names = (text: string): readonly string[] => text.split(',').map((name) => name.trim()).filter((name) => name !== '');

function component(invocation: Invocation) {
  return { ...repository(invocation), id: invocation.word('ID') ?? '' };
}

function release(invocation: Invocation) {
  return { ...component(invocation), sequence: Number(invocation.word('SEQ')) };
}

/** `FROMSEQ:FILE` with the file against the current folder; what is not of that form stays as it was typed, and is refused by it. */
function absoluteFile(text: string, cwd: string): string {
  const colon = text.indexOf(':');
  return colon < 0 || colon === text.length - 1 ? text : `${text.slice(0, colon)}:${resolve(cwd, text.slice(colon + 1))}`;
}

type Present<T> = { readonly [K in keyof T]?: Exclude<T[K], undefined> };

/** The keys whose options were given. The one assertion: an object without keys is one whose keys are all optional. */
function present<T extends Readonly<Record<string, string | number | undefined>>>(options: T): Present<T> {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as Present<T>;
}
