/** Unpacks a release by a delta in a process of its own, and prints what that process took at most: `{"peakBytes":…}`. */
import { readFileSync } from 'node:fs';
import type { DeltaUnpack } from '../../src/plugins/unpack-delta.ts';
import { unpackDelta } from '../../src/plugins/unpack-delta.ts';
import { publisherPorts } from './repository.ts';
import { must } from './outcome.ts';

const input: Omit<DeltaUnpack, 'signal'> = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8'));
const startedMs = performance.now();
const cpu = process.cpuUsage();
must(await unpackDelta(publisherPorts(), { ...input, signal: new AbortController().signal }));
const { user, system } = process.cpuUsage(cpu);
const peakKiB = Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]);
console.log(JSON.stringify({ peakBytes: peakKiB * 1024, cpuMs: Math.round((user + system) / 1000), ms: Math.round(performance.now() - startedMs) }));
