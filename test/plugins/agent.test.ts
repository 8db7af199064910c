import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { EXECUTABLE_HEAD_BYTES, readExecutable } from '../../src/formats/executable.ts';
import type { RunDocument } from '../../src/model/index.ts';
import { forgottenHistory, runProblem } from '../../src/plugins/builtin/agent/judge.ts';
import { result, run } from '../report/documents.ts';
import { agentVersionAt } from '../../src/plugins/index.ts';
import { type Bench, conformance } from './suite.ts';
import { builtIn, componentAt, installedAs, jobOf, newFolder, readView, realPorts, releaseOf, sha256, valueOf, viewOf, whyOf, writeContent } from './world.ts';

const test = suite('agent plug-in');

/** A program that says its version as glued does, and nothing else. */
const folder = newFolder();
const programs = new Map<number, Buffer>();
function program(sequence: number): Buffer {
  const known = programs.get(sequence);
  if (known !== undefined) return known;
  const path = join(folder, `says-${sequence}`);
  const source = `#include <stdio.h>\nint main(void) { puts("glued ${sequence}.0"); return 0; }\n`;
  const built = spawnSync('gcc', ['-x', 'c', '-s', '-o', path, '-'], { input: source, encoding: 'utf8' });
  if (built.status !== 0) throw new Error(built.stderr);
  const bytes = readFileSync(path);
  programs.set(sequence, bytes);
  return bytes;
}
const canBuild = spawnSync('gcc', ['--version']).status === 0 && process.platform === 'linux';

const agentBench = (root: string): Bench => {
  const component = { ...componentAt('agent', join(root, 'product', 'glued')), contentType: 'agent' as const };
  mkdirSync(join(root, 'product'));
  return {
    root,
    component,
    content: (sequence) => writeContent(join(root, 'product', '.glued-demo'), sequence, 'file', { 'glued-linux-x64': program(sequence) }, 0o755),
    view: () => readView(component.installPath),
    expected: (sequence) => (sequence === null ? {} : viewOf({ '.': program(sequence) })),
    swaps: 'atomic',
    loaded: (sequence) => `${sequence}.0`,
    damage: () => {
      rmSync(component.installPath);
      writeFileSync(component.installPath, 'somebody else');
    },
  };
};
/** The way of Windows, where a program that runs is renamed away first: for an instant nothing is at the install path. */
const onWindows = (root: string): Bench => ({ ...agentBench(root), swaps: 'mended' });

if (canBuild) {
  conformance('agent', agentBench, builtIn('agent'));
  conformance('agent, swapped as on Windows', onWindows, (ports) => ({ ...builtIn('agent')(ports), swap: builtIn('agent')({ ...ports, os: { ...ports.os, platform: 'win32' } }).swap }));

  test('an agent that is there and was not adopted is not replaced: there would be no way back', async () => {
    const bench = agentBench(newFolder());
    writeFileSync(bench.component.installPath, program(1));
    const agent = builtIn('agent')(realPorts);
    const content = bench.content(2);
    assert.is(whyOf(await agent.check(bench.component, releaseOf(bench.component, content))), 'install-path-foreign');
  });

  test('a launcher that says a version is taken over by nobody: an update would replace it', async () => {
    const path = join(newFolder(), 'glued');
    writeFileSync(path, '#!/bin/sh\necho glued 1.0\n', { mode: 0o755 });
    const script = await agentVersionAt(realPorts, 'glued', path);
    assert.equal([whyOf(script), script.ok ? '' : script.failure.data['problem']], ['adopt-no-agent', 'it is no ELF, Mach-O or PE program']);
    writeFileSync(path, program(1));
    assert.is(valueOf(await agentVersionAt(realPorts, 'glued', path)), '1.0');
  });

  test('a folder that others can write is no place for an agent', async () => {
    const bench = agentBench(newFolder());
    const agent = builtIn('agent')({ ...realPorts, os: { ...realPorts.os, uid: realPorts.os.uid + 1 } });
    const foreign = await agent.check(bench.component, releaseOf(bench.component, bench.content(1)));
    const isRoot = realPorts.os.uid === 0;
    assert.is(whyOf(foreign), isRoot ? 'ok' : 'agent-path-open', 'who is not root must own it');
    realPorts.files.chmod(join(bench.root, 'product'), 0o777);
    const open = await builtIn('agent')(realPorts).check(bench.component, releaseOf(bench.component, bench.content(1)));
    assert.is(whyOf(open), 'agent-path-open');
    assert.match(open.ok ? '' : String(open.failure.data['command']), /^chmod go-w \S+\/product$/);
  });

  test('what was replaced has the name `previous`, and can be started by it', async () => {
    const bench = agentBench(newFolder());
    const agent = builtIn('agent')(realPorts);
    const first = bench.content(1);
    valueOf(await agent.swap(jobOf(bench.component, first, null, bench.root)));
    const component = installedAs(bench.component, first);
    const job = jobOf(component, bench.content(2), first, bench.root);
    valueOf(await agent.swap(job));
    valueOf(await agent.finish({ ...job, component: installedAs(component, job.next, first) }));
    const previous = join(bench.root, 'product', '.glued-demo', 'previous');
    assert.is(spawnSync(previous, ['recover'], { encoding: 'utf8' }).stdout, 'glued 1.0\n');
  });

  test('a folder, a file that nobody may execute and another version are refused with 11, and nothing is started that cannot run here', async () => {
    const bench = agentBench(newFolder());
    const versions = join(bench.root, 'product', '.glued-demo');
    const agent = builtIn('agent')({ ...realPorts, proc: { ...realPorts.proc, run: () => Promise.reject(new Error('it was started')) } });
    const problem = async (content: ReturnType<Bench['content']>, plugIn = agent): Promise<string> => {
      const tested = await plugIn.test(jobOf(bench.component, content, null, bench.root));
      assert.is(whyOf(tested), 'agent-unfit');
      return tested.ok ? '' : String(tested.failure.data['problem']);
    };
    assert.match(await problem(writeContent(versions, 2, 'tree', { glued: program(2) }, 0o755)), /published as a folder/);
    assert.match(await problem(writeContent(versions, 2, 'file', { glued: program(2) })), /without the permission to execute it/);
    assert.match(await problem(writeContent(versions, 2, 'file', { glued: '#!/bin/sh\necho glued 2.0\n' }, 0o755)), /no ELF, Mach-O or PE program/);
    const twisted = Buffer.from(program(2));
    twisted.writeUInt16LE(243, 18);
    assert.match(await problem(writeContent(versions, 2, 'file', { glued: twisted }, 0o755)), /for linux on machine 243, and this machine is linux on/);
    assert.match(await problem(writeContent(versions, 2, 'file', { glued: program(3) }, 0o755), builtIn('agent')(realPorts)), /says that it is glued 3\.0, and its release says 2\.0/);
  });
} else console.log('SKIP: agent plug-in: no gcc to build programs');

/** Heads of the four kinds, made by hand from their specifications. */
const HEADS: readonly [string, (head: DataView) => void, ReturnType<typeof readExecutable>][] = [
  ['ELF of 64 bits', (h) => elf(h, 2, 62), { format: 'elf', os: 'linux', archs: ['x64'] }],
  ['ELF, position independent, AArch64', (h) => elf(h, 3, 183), { format: 'elf', os: 'linux', archs: ['arm64'] }],
  ['ELF object file', (h) => elf(h, 1, 62), undefined],
  ['ELF of 32 bits', (h) => (elf(h, 2, 3), h.setUint8(4, 1)), undefined],
  ['Mach-O', (h) => (h.setUint32(0, 0xcffaedfe), h.setUint32(4, 0x0100000c, true), h.setUint32(12, 2, true)), { format: 'mach-o', os: 'darwin', archs: ['arm64'] }],
  ['Mach-O library', (h) => (h.setUint32(0, 0xcffaedfe), h.setUint32(4, 0x0100000c, true), h.setUint32(12, 6, true)), undefined],
  ['universal Mach-O', (h) => (h.setUint32(0, 0xcafebabe), h.setUint32(4, 2), h.setUint32(8, 0x01000007), h.setUint32(28, 0x0100000c)), { format: 'mach-o', os: 'darwin', archs: ['x64', 'arm64'] }],
  ['Java class', (h) => (h.setUint32(0, 0xcafebabe), h.setUint32(4, 61)), undefined],
  ['PE', (h) => (h.setUint16(0, 0x4d5a), h.setUint32(0x3c, 0x80, true), h.setUint32(0x80, 0x50450000), h.setUint16(0x84, 0x8664, true)), { format: 'pe', os: 'win32', archs: ['x64'] }],
  ['PE whose header lies beyond its end', (h) => (h.setUint16(0, 0x4d5a), h.setUint32(0x3c, 0xffffff, true)), undefined],
  ['a script', (h) => h.setUint16(0, 0x2321), undefined],
];
function elf(head: DataView, type: number, machine: number): void {
  head.setUint32(0, 0x7f454c46);
  head.setUint8(4, 2);
  head.setUint8(5, 1);
  head.setUint16(16, type, true);
  head.setUint16(18, machine, true);
}

for (const [name, write, expected] of HEADS) {
  test(`a program's header: ${name}`, () => {
    const head = new Uint8Array(256);
    write(new DataView(head.buffer));
    assert.equal(readExecutable(head), expected);
    for (let length = 0; length < head.length; length += 7) readExecutable(head.subarray(0, length));
  });
}

test('the real runtime is a program for this machine', () => {
  const head = readFileSync(process.execPath).subarray(0, EXECUTABLE_HEAD_BYTES);
  const found = readExecutable(head);
  assert.is(found?.os, process.platform);
  assert.ok(found?.archs.includes(process.arch));
});

const component = componentAt('files', '/opt/demo');
const demo = installedAs(component, { sequence: 5, version: '1.5', date: 0, sha256: sha256(Buffer.from('5')), folder: '' });
const known = { version: '0.2.0', hostId: 'c3ab8ff1', components: [demo] };
const documentWith = (more: Partial<RunDocument>): RunDocument => run({ agent: { ...run().agent, version: '0.2.0' }, components: [result('demo')], ...more });
const error = (code: number, component?: string): RunDocument['errors'][number] => ({ code, name: 'internal', stage: 'run', text: 'bad', remedy: '', ...(component === undefined ? {} : { component }) });
const JUDGED: readonly [string, RunDocument, RegExp | undefined][] = [
  ['one that says what it must', documentWith({}), undefined],
  ['another version', documentWith({ agent: run().agent }), /says that glued 0\.1\.0 ran, and its release says 0\.2\.0/],
  ['another machine', documentWith({ host: { id: 'other', name: '' } }), /another host\.id/],
  ['a component that is gone', documentWith({ components: [] }), /forgot the component demo/],
  ['a component that it takes for new', documentWith({ components: [result('demo', { before: null })] }), /takes demo for nothing, and 1\.5 \(5\) is installed/],
  ['a bug', documentWith({ errors: [error(1)] }), /failed with 1 .*: bad/],
  ['a state that it cannot read', documentWith({ errors: [error(26)] }), /failed with 26/],
  ['a policy that it does not understand', documentWith({ errors: [error(21)] }), /failed with 21/],
  ['a component that fails', documentWith({ errors: [error(12, 'demo')] }), undefined],
  ['no server', documentWith({ errors: [error(4)] }), undefined],
];
for (const [name, document, says] of JUDGED) {
  test(`a new agent's document: ${name}`, () => {
    const problem = runProblem(document, known);
    if (says === undefined) assert.is(problem, undefined);
    else assert.match(problem ?? '', says);
  });
}

test('a history without the newest known run is a forgotten one; one with newer runs of another component is not', () => {
  const entry = { at: '', runId: 'r2', version: null, sequence: null, action: 'current' as const, code: 0 };
  const told = (components: object[]): string => JSON.stringify({ schema: 'glued.history/1', components, errors: [] });
  const expected = new Map([['demo', [entry]], ['other', []]]);
  assert.is(forgottenHistory(told([{ id: 'demo', history: [entry] }]), expected), undefined);
  assert.match(forgottenHistory(told([{ id: 'demo', history: [] }]), expected) ?? '', /forgot the history of demo/);
  assert.match(forgottenHistory(told([{ id: 'demo', history: [{ ...entry, runId: 'r1' }] }]), expected) ?? '', /forgot the history of demo/);
  assert.match(forgottenHistory('Segmentation fault', expected) ?? '', /no glued\.history\/1/);
});

test.run();
