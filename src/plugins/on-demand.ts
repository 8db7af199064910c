import type { Failure, Manifest, Outcome, Ports } from '../model/index.ts';
import type { adopt } from './adopt.ts';
import type { UnpackInput, UnpackPorts } from './unpack.ts';
import type { DeltaFailed, DeltaUnpack } from './unpack-delta.ts';

/** What a run that finds nothing to do never calls: each is loaded when it is. */

export async function unpackPackage(ports: UnpackPorts, input: UnpackInput): Promise<Outcome<Manifest, Failure>> {
  return (await import('./unpack.ts')).unpackPackage(ports, input);
}

export async function unpackDelta(ports: UnpackPorts, input: DeltaUnpack): Promise<Outcome<Manifest, DeltaFailed>> {
  return (await import('./unpack-delta.ts')).unpackDelta(ports, input);
}

/** What the agent at a path says that it is, for `registry add --adopt`. */
export async function agentVersionAt(ports: Pick<Ports, 'files' | 'proc' | 'os'>, component: string, path: string): Promise<Outcome<string, Failure>> {
  return (await import('./builtin/agent/adopt.ts')).versionAt(ports, component, path);
}

/** What takes over content that is at a component's install path (`registry add --adopt`). */
export async function loadAdopt(): Promise<typeof adopt> {
  return (await import('./adopt.ts')).adopt;
}
