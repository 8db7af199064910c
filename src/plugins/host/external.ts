import { dirname, join } from 'node:path';
import { type AllowedPlugIns, type Component, type Confirmation, type Content, type EngineLife, type Failure, fail, type Inventory, type Job, ok, type Outcome, type PlugIn, type Release, unreachable } from '../../model/index.ts';
import { dropAside, setAside } from '../aside.ts';
import { versionsOf } from '../builtin/files/install-path.ts';
import { createFilesPlugIn } from '../builtin/files/plugin.ts';
import { finishFailed, restoreFailed, swapFailed } from '../io-failures.ts';
import { noLicense } from '../no-license.ts';
import { keptContents, prune } from '../versions.ts';
import { type Hello, type Method, METHODS, type ResultOf } from './methods.ts';
import { type CallLimits, PlugInProcess } from './process.ts';
import type { Allowed, HostPorts } from './program.ts';
import { tellAlive, tellInventory, tellJob, tellOffer } from './tell.ts';

/** The plug-in is well, and has said why it does not answer. */
const SPOKEN: ReadonlySet<Failure['why']> = new Set<Failure['why']>(['plugin-unusable', 'plugin-confused']);

type Done<T = undefined> = Promise<Outcome<T, Failure>>;

/** Where a plug-in that puts content in place itself has its versions: inside the engine's own folder. */
const ownVersions = (component: Component): string => join(component.installPath, `.glued-${component.id}`);

/** Content beside the install path is put in place, and put back, by the built-in way; no word of the plug-in is needed for it. */
export const landsAsFiles = (component: Component, content: Pick<Content, 'folder'>): boolean => dirname(content.folder) === versionsOf(component);

/**
 * A plug-in that is another program (docs/plugin-protocol.md). It is trusted with folders, never with packages: what it is handed was
 * verified and unpacked. Where it says `swap: "files"`, glued itself swaps and restores, and the plug-in is only asked.
 */
export function createExternalPlugIn(ports: HostPorts, allowed: Allowed, site: AllowedPlugIns): PlugIn {
  const external = new External(ports, allowed, site);
  return {
    id: allowed.id,
    inventory: (component, depth, signal) => external.inventory(component, depth, signal),
    license: (component, release) => external.offer('license', component, release, () => noLicense(component, release)),
    check: (component, release) => external.check(component, release),
    test: (job) => external.test(job),
    swap: (job) => external.swap(job),
    confirm: (job) => external.confirm(job),
    restore: (job) => external.restore(job),
    finish: (job) => external.finish(job),
    alive: (component, timeoutMs, signal) => external.alive(component, timeoutMs, signal),
    end: () => external.process.end(),
  };
}

class External {
  readonly process: PlugInProcess;
  private readonly ports: HostPorts;
  private readonly allowed: Allowed;
  /** what lands as files; it reads no settings: they are the plug-in's */
  private readonly files: PlugIn;
  /** why it is not asked any more in this run how an engine fares: what it breaks there it is needed for elsewhere */
  private mute: Failure | undefined;

  constructor(ports: HostPorts, allowed: Allowed, site: AllowedPlugIns) {
    this.ports = ports;
    this.allowed = allowed;
    this.process = new PlugInProcess(ports, allowed, site);
    this.files = createFilesPlugIn(ports);
  }

  async inventory(component: Component, depth: 'quick' | 'deep', signal: AbortSignal): Done<Inventory> {
    const hello = await this.process.hello();
    if (!hello.ok) return hello;
    const looked = hello.value.swap === 'files' ? await this.files.inventory(component, depth, signal) : this.ownInventory(component, depth);
    if (!looked.ok || !hello.value.methods.includes('inventory')) return this.orSilent(looked, hello.value, component);
    const said = await this.process.call({ allowed: this.allowed, method: 'inventory', component }, METHODS.inventory.result, tellInventory(component, depth), { signal });
    if (!said.ok) return said;
    const { state, detail, loaded, engineVersion } = said.value;
    if (hello.value.swap === 'own' && state === undefined) return this.silent(component);
    // where the files are whole the plug-in may still know better; where they are not, it cannot
    const isTaken = state !== undefined && (hello.value.swap === 'own' || looked.value.state === 'whole');
    const standing = isTaken ? { state, ...(detail === undefined ? {} : { detail }) } : {};
    return ok({ ...looked.value, ...standing, loaded, engineVersion });
  }

  private ownInventory(component: Component, depth: 'quick' | 'deep'): Outcome<Inventory, Failure> {
    const versions = ownVersions(component);
    const kept = keptContents(this.ports.files, component, versions, depth);
    return ok({ state: 'absent', loaded: null, engineVersion: null, versions, kept });
  }

  private orSilent(looked: Outcome<Inventory, Failure>, hello: Hello, component: Component): Outcome<Inventory, Failure> {
    return looked.ok && hello.swap === 'own' ? this.silent(component) : looked;
  }

  private silent(component: Component): Outcome<never, Failure> {
    return fail('plugin-inventory-empty', { plugIn: this.allowed.id, component: component.id });
  }

  /** The plug-in's own word; `otherwise` where it does not have that method. */
  async offer(method: 'license' | 'check', component: Component, release: Release, otherwise: () => Outcome<undefined, Failure>): Done {
    const has = await this.has(method);
    if (!has.ok) return has;
    return has.value === 'yes' ? this.told({ method, component }, tellOffer(component, release)) : otherwise();
  }

  async check(component: Component, release: Release): Done {
    const hello = await this.process.hello();
    if (!hello.ok) return hello;
    const unfit = (problem: string): Outcome<never, Failure> => fail('plugin-unfit', { plugIn: this.allowed.id, component: component.id, problem });
    if (!hello.value.contentTypes.includes(component.contentType)) {
      return unfit(`its content type is ${component.contentType}, and the plug-in is for ${hello.value.contentTypes.join(', ')}`);
    }
    if (hello.value.swap === 'files') {
      const fit = await this.files.check(bare(component), release);
      if (!fit.ok) return fit;
    } else {
      const seen = this.ports.files.statFollowing(component.installPath);
      if (!seen.ok || seen.value.type !== 'folder') return unfit(`${component.installPath} is no folder, and the plug-in keeps its content in one`);
    }
    return this.offer('check', component, release, ok);
  }

  /** Whole and not shrunk, by our own look; then the plug-in's verdict. */
  async test(job: Job): Done {
    const whole = await this.files.test({ ...job, component: bare(job.component) });
    return whole.ok ? this.ask('test', job, { signal: job.signal }) : whole;
  }

  async swap(job: Job): Done {
    if (landsAsFiles(job.component, job.next)) return this.files.swap(job);
    const marked = job.previous === null ? setAside(this.ports.files, job, []) : ok();
    return marked.ok ? this.ask('swap', job) : swapFailed(job, marked.failure);
  }

  async confirm(job: Job): Done<Confirmation> {
    if (landsAsFiles(job.component, job.next)) {
      const there = await this.files.confirm(job);
      if (!there.ok) return there;
    }
    const has = await this.has('confirm');
    if (!has.ok) return has;
    if (has.value === 'no') return ok({ loaded: null });
    return this.process.call(this.about('confirm', job), METHODS.confirm.result, tellJob(job));
  }

  /** Where content lands as files it is back before the plug-in hears of it, and whatever the plug-in then says. */
  async restore(job: Job): Done {
    if (!landsAsFiles(job.component, job.next)) {
      const restored = await this.ask('restore', job);
      const dropped = restored.ok && job.previous === null ? dropAside(this.ports.files, job) : ok();
      return dropped.ok ? restored : restoreFailed(job, dropped.failure);
    }
    const restored = await this.files.restore(job);
    if (!restored.ok) return restored;
    const told = await this.ask('restore', job);
    if (!told.ok) this.ports.log.write('warn', 'plugin-not-told', { plugIn: this.allowed.id, component: job.component.id, why: told.failure.why });
    return ok();
  }

  async finish(job: Job): Done {
    const told = await this.ask('finish', job);
    if (landsAsFiles(job.component, job.next)) {
      const tidied = await this.files.finish(job);
      return tidied.ok ? told : tidied;
    }
    if (!told.ok) return told;
    // what is installed now, the plug-in alone knows
    const { folder: _, ...installed } = job.next;
    const looked = await this.inventory({ ...job.component, installed }, 'quick', job.signal);
    if (!looked.ok) return looked;
    const pruned = prune(this.ports.files, job, ownVersions(job.component), looked.value.state === 'whole');
    return pruned.ok ? ok() : finishFailed(job, pruned.failure);
  }

  /** The plug-in's word. That there is none, or one that makes no sense, says nothing of the content: then there is nobody to ask. */
  async alive(component: Component, timeoutMs: number, signal: AbortSignal): Promise<EngineLife> {
    if (this.mute !== undefined) return { kind: 'none', why: this.mute };
    const within = { signal, toldMs: timeoutMs };
    const has = await this.has('alive', within);
    if (has.ok && has.value === 'no') return { kind: 'none', ever: 'no' };
    const said = has.ok ? await this.process.call({ allowed: this.allowed, method: 'alive', component }, METHODS.alive.result, tellAlive(component, timeoutMs), within) : has;
    if (said.ok) return lifeOf(said.value);
    if (signal.aborted) return { kind: 'none' };
    if (!SPOKEN.has(said.failure.why)) this.mute = said.failure;
    return { kind: 'none', why: said.failure };
  }

  private about(method: Method, job: Job): Parameters<PlugInProcess['call']>[0] {
    return { allowed: this.allowed, method, component: job.component, content: job.next, previous: job.previous };
  }

  /** Calls a method that answers nothing, where the plug-in has it. */
  private async ask(method: 'test' | 'swap' | 'restore' | 'finish', job: Job, limits?: CallLimits): Done {
    const has = await this.has(method);
    return has.ok && has.value === 'yes' ? this.told(this.about(method, job), tellJob(job), limits) : has.ok ? ok() : has;
  }

  private async told(about: Omit<Parameters<PlugInProcess['call']>[0], 'allowed'>, params: object, limits?: CallLimits): Done {
    const answered = await this.process.call({ ...about, allowed: this.allowed }, METHODS[about.method].result, params, limits);
    return answered.ok ? ok() : answered;
  }

  private async has(method: Method, limits?: CallLimits): Done<'yes' | 'no'> {
    const hello = await this.process.hello(limits);
    return hello.ok ? ok(hello.value.methods.includes(method) ? 'yes' : 'no') : hello;
  }
}

function lifeOf({ kind, identity = '', since = null, detail = '', lastWords = '' }: ResultOf<'alive'>): EngineLife {
  switch (kind) {
    case 'none':
      return { kind };
    case 'up':
      return { kind, identity, says: detail };
    case 'silent':
    case 'stopped':
      return { kind, detail };
    case 'dead':
      return { kind, since, detail, lastWords };
    default:
      return unreachable(kind);
  }
}

const bare = (component: Component): Component => ({ ...component, settings: {} });
