import type { Component, Failure, Outcome, Ports, ServiceManager, ServiceUnit, Uncovered } from '../model/index.ts';
import type { ServiceFacts } from './facts.ts';
import type { ServiceText } from './seal.ts';

export type ServicePorts = Pick<Ports, 'files' | 'os' | 'proc' | 'clock'>;

/** One step that a manager's own program carries out. Where one fails, `needed` ends the command, `wanted` is a note, `tried` is nothing. */
export type Step = { readonly argv: readonly [string, ...string[]]; readonly weight: 'needed' | 'wanted' | 'tried' };

/** One service manager: what it reads, and what its program is told. Deciding and writing is done once, for all of them. */
export type Manager = {
  readonly name: ServiceManager;
  /** every file of the service, below the root */
  readonly files: (facts: ServiceFacts) => readonly ServiceText[];
  /** a path that its files cannot hold */
  readonly unfit: (facts: ServiceFacts) => string | undefined;
  /** folders in which a package supplies some of the files */
  readonly packageFolders: readonly string[];
  /** does it run on this machine? */
  readonly runs: (ports: ServicePorts) => boolean;
  /** after the files were written */
  readonly start: (files: readonly ServiceText[]) => readonly Step[];
  /** before the files are removed, and after */
  readonly stop: (files: readonly ServiceText[]) => { readonly before: readonly Step[]; readonly after: readonly Step[] };
  /** for a person, where it does not run: what starts the service later */
  readonly byHand: (root: string | null) => string;
  /** of its units, those that run while there is nothing to do */
  readonly waiting: readonly string[];
  /** how its units stand, as its program says */
  readonly look: (ports: ServicePorts) => Promise<Outcome<readonly ServiceUnit[], Failure>>;
  /** the folders of components that the service may not write as it is installed */
  readonly uncovered: (files: Ports['files'], root: string, components: readonly Component[]) => readonly Uncovered[];
};
