import { join } from 'node:path';
import type { Component, Content, Installed, Job, Release } from '../../model/index.ts';
import { filesOf } from '../content.ts';

/** What a plug-in is told, as docs/plugin-protocol.md has it: the keys, and their order, are promised. */

function release(one: Installed | null): object | null {
  return one === null ? null : { sequence: one.sequence, version: one.version, date: one.date, sha256: one.sha256 };
}

function component({ id, name, contentType, installPath, settings, installed }: Component): object {
  return { id, name, contentType, installPath, settings, installed: release(installed) };
}

function content(one: Content): object {
  return { sequence: one.sequence, version: one.version, date: one.date, sha256: one.sha256, folder: filesOf(one), manifest: join(one.folder, 'manifest.json') };
}

export function tellInventory(of: Component, depth: 'quick' | 'deep'): object {
  return { component: component(of), depth };
}

export function tellAlive(of: Component, timeoutMs: number): object {
  return { component: component(of), timeoutMs };
}

export function tellOffer(of: Component, { sequence, version, date, license }: Release): object {
  return { component: component(of), release: { sequence, version, date, ...(license === undefined ? {} : { license }) } };
}

export function tellJob(job: Job): object {
  const { mustDetect, mustNotDetect, maxShrinkPercent, timeoutSeconds, maxMemoryBytes } = job.verify;
  return {
    component: component(job.component),
    next: content(job.next),
    previous: job.previous === null ? null : content(job.previous),
    verify: { mustDetect, mustNotDetect, maxShrinkPercent, timeoutSeconds, maxMemoryBytes },
    scratch: job.scratch,
    now: job.now,
  };
}
