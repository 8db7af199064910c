import type { RunOptions } from '../engine/index.ts';
import { type Failure, failureText, type LoadedPolicy, type Ports } from '../model/index.ts';
import { loadPolicy, policyStamp } from '../policy/index.ts';

/**
 * The policy as the daemon knows it. It is read again when something of it changed on the disk; runs read it by themselves, always. One that
 * cannot be used leaves the last good one in force for what the daemon decides alone: when to run.
 */
export class PolicyWatch {
  private readonly ports: Ports;
  private readonly place: Pick<RunOptions, 'policyPath' | 'trustCheck'>;
  private stamp: string | undefined;
  private good: LoadedPolicy | undefined;
  private wrong: Failure | null = null;

  constructor(ports: Ports, place: PolicyWatch['place']) {
    this.ports = ports;
    this.place = place;
  }

  /** Looks whether it changed, and reads it where it did. */
  async look(): Promise<'changed' | 'same'> {
    const { policyPath } = this.place;
    const stamp = policyStamp(this.ports, policyPath === undefined ? {} : { policyPath });
    if (stamp === this.stamp) return 'same';
    const isFirst = this.stamp === undefined;
    this.stamp = stamp;
    const loaded = await loadPolicy(this.ports, this.place);
    this.wrong = loaded.ok ? null : loaded.failure;
    if (!loaded.ok) this.ports.log.write('error', 'policy-unusable', { problem: failureText(loaded.failure), inForce: this.good?.digest ?? null });
    else if (!isFirst && loaded.value.digest !== this.good?.digest) this.ports.log.write('info', 'policy-changed', { id: loaded.value.policy.id ?? null, digest: loaded.value.digest });
    if (loaded.ok) this.good = loaded.value;
    return 'changed';
  }

  /** The next look reads it anew. */
  forget(): void {
    this.stamp = '';
  }

  /** the last one that could be used */
  get usable(): LoadedPolicy | undefined {
    return this.good;
  }

  /** why the one on the disk cannot be used */
  get problem(): Failure | null {
    return this.wrong;
  }
}
