import type { Component, Content, Installed, Job, PlugIn } from '../../../model/index.ts';
import { CODES, failureExit, failureText } from '../../../model/index.ts';
import type { Hello } from '../methods.ts';
import { tellJob } from '../tell.ts';
import type { Bench, Sample } from './bench.ts';
import { type Check, firstFailure, no, pass, skipped, troubleText, type Verdict, withProcess } from './checks.ts';

const NO_SAMPLE: Sample = [{ path: 'sample.txt', text: 'glued plugin check\n' }];
/** into a swap, until it is killed: from at once to what most swaps are done in */
const KILL_AFTER_MS = [0, 1, 2, 5, 10, 20, 50, 100];
const STDERR_BYTES = 64 * 1024;

/** A component with a release that was unpacked for it, the plug-in as a run has it, and what the product reads. */
type Scene = { readonly plugIn: PlugIn; readonly component: Component; readonly next: Content; readonly job: Job; readonly view: () => string; readonly wanted: string };

function sceneOf(bench: Bench, hello: Hello, name: string, sample: Sample): Scene {
  const component = bench.component(name, hello);
  const next = bench.content(component, hello, sample);
  return { plugIn: bench.hosted(hello), component, next, job: bench.job(component, next, null), view: () => bench.view(component.installPath), wanted: bench.view(`${next.folder}/content`) };
}

const goodOf = (hello: Hello): Sample => hello.samples?.good ?? NO_SAMPLE;

/** The same sample, and a file more: another release. */
const second = (hello: Hello): Sample => {
  const [first, ...rest] = goodOf(hello);
  return first === undefined ? NO_SAMPLE : [first, ...rest, { ...first, path: first.path.replace(/([^/]*)$/, 'second-$1') }];
};

async function during(scene: Scene, work: () => Promise<Verdict>): Promise<Verdict> {
  try {
    return await work();
  } finally {
    await scene.plugIn.end?.();
  }
}

function installedAs(component: Component, content: Content): Component {
  const { folder: _, ...installed }: Content & Installed = content;
  return { ...component, installed };
}

/** Test, swap, confirm and finish, each twice: the second must reach the same end. */
async function install(scene: Scene, job: Job): Promise<string | undefined> {
  const { plugIn, component, next } = { ...scene, next: job.next };
  const done = { ...job, component: installedAs(component, next) };
  return firstFailure([
    ['test', () => plugIn.test(job)],
    ...(['swap', 'swap again', 'swap a third time'] as const).map((name) => [name, () => plugIn.swap(job)] as const),
    ...(['confirm', 'confirm again'] as const).map((name) => [name, () => plugIn.confirm(job)] as const),
    ...(['finish', 'finish again'] as const).map((name) => [name, () => plugIn.finish(done)] as const),
  ]);
}

/** Installs a first release, and unpacks a second. */
async function withFirst(bench: Bench, hello: Hello, name: string): Promise<Scene & { readonly first: string; readonly update: Job; readonly problem: string | undefined }> {
  const scene = sceneOf(bench, hello, name, goodOf(hello));
  const problem = await install(scene, scene.job);
  const component = installedAs(scene.component, scene.next);
  const next = bench.content(component, hello, second(hello));
  return { ...scene, component, next, update: bench.job(component, next, scene.next), first: scene.wanted, wanted: bench.view(`${next.folder}/content`), problem };
}

const differs = (what: string, found: string): Verdict => no(`${what}; at the install path there is now: ${found === '' ? 'nothing' : found.replaceAll('\n', ', ')}`);

async function refusesTwice(scene: Scene): Promise<Verdict> {
  for (const time of ['', ' the second time']) {
    const judged = await scene.plugIn.test(scene.job);
    if (judged.ok) return no(`the bad sample passed the test${time}`);
    const code = failureExit(judged.failure);
    if (code !== CODES['content-test'] || judged.failure.why !== 'plugin-refused-content') return no(`the bad sample gave code ${code}${time}: ${failureText(judged.failure)}`);
  }
  return pass();
}

/** What it does with content. */
export const CONTENT_CHECKS: readonly Check[] = [
  {
    id: 'inventory',
    title: 'where nothing is installed, inventory says so',
    fix: 'Answer loaded and engineVersion (null where there is no engine), and with swap "own" the state: absent where nothing of yours is installed.',
    run: (bench, hello) => {
      const scene = sceneOf(bench, hello, 'inventory', goodOf(hello));
      return during(scene, async () => {
        for (const depth of ['quick', 'deep'] as const) {
          const looked = await scene.plugIn.inventory(scene.component, depth, scene.job.signal);
          if (!looked.ok) return no(failureText(looked.failure));
          if (looked.value.state !== 'absent') return no(`it says ${looked.value.state}${looked.value.detail === undefined ? '' : ` (${looked.value.detail})`}`);
        }
        return pass();
      });
    },
  },
  {
    id: 'before-download',
    title: 'license and check let a plain release pass',
    fix: 'Answer an empty result where nothing stands against the release.',
    run: (bench, hello) => {
      const scene = sceneOf(bench, hello, 'before-download', goodOf(hello));
      const release = bench.release(scene.component, scene.next);
      return during(scene, async () => {
        const problem = await firstFailure([
          ['license', () => scene.plugIn.license(scene.component, release)],
          ['check', () => scene.plugIn.check(scene.component, release)],
        ]);
        return problem === undefined ? pass() : no(problem);
      });
    },
  },
  {
    id: 'test-good',
    title: 'good content passes its test, each time',
    fix: 'Answer an empty result for content that is good, and print nothing on standard output but answers; say in samples.good of hello what good content is.',
    run: (bench, hello) => {
      const scene = sceneOf(bench, hello, 'test-good', goodOf(hello));
      return during(scene, async () => {
        const problem = await firstFailure([
          ['test', () => scene.plugIn.test(scene.job)],
          ['test again', () => scene.plugIn.test(scene.job)],
        ]);
        return problem === undefined ? pass(hello.samples?.good === undefined ? 'with a text file: hello names no good sample' : '') : no(problem);
      });
    },
  },
  {
    id: 'test-bad',
    title: 'bad content is refused with 11, each time',
    fix: 'Answer the error 11 for content that is bad, with the reason in its message; say in samples.bad of hello what bad content is.',
    run: async (bench, hello) => {
      const bad = hello.samples?.bad;
      if (bad === undefined) return skipped('hello names no bad sample');
      const scene = sceneOf(bench, hello, 'test-bad', bad);
      return during(scene, () => refusesTwice(scene));
    },
  },
  {
    id: 'test-changes-nothing',
    title: 'a test changes neither the content nor the install path',
    fix: 'Only read in test; write to scratch or to the working folder.',
    run: (bench, hello) => {
      const scene = sceneOf(bench, hello, 'test-changes', goodOf(hello));
      return during(scene, async () => {
        const before = scene.view();
        const judged = await scene.plugIn.test(scene.job);
        if (!judged.ok) return no(failureText(judged.failure));
        if (scene.view() !== before) return differs('the test changed the install path', scene.view());
        return bench.view(`${scene.next.folder}/content`) === scene.wanted ? pass() : no('the test changed the content');
      });
    },
  },
  {
    id: 'install',
    title: 'test, swap, confirm and finish put a first release in place, each called more than once',
    fix: 'Let every call reach the same end when it is made again; with swap "own" have every published file at the install path after swap.',
    run: (bench, hello) => {
      const scene = sceneOf(bench, hello, 'install', goodOf(hello));
      return during(scene, async () => {
        const problem = await install(scene, scene.job);
        if (problem !== undefined) return no(problem);
        if (scene.view() !== scene.wanted) return differs('what was published is not what is installed', scene.view());
        const looked = await scene.plugIn.inventory(installedAs(scene.component, scene.next), 'deep', scene.job.signal);
        if (!looked.ok) return no(failureText(looked.failure));
        return looked.value.state === 'whole' ? pass() : no(`afterwards, inventory says ${looked.value.state}${looked.value.detail === undefined ? '' : ` (${looked.value.detail})`}`);
      });
    },
  },
  {
    id: 'undo-first',
    title: 'restore leaves nothing of a first release',
    fix: 'With previous null, take away in restore what swap had placed, also when it is called again.',
    run: (bench, hello) => {
      const scene = sceneOf(bench, hello, 'undo-first', goodOf(hello));
      return during(scene, async () => {
        const before = scene.view();
        const problem = await firstFailure([
          ['swap', () => scene.plugIn.swap(scene.job)],
          ['restore', () => scene.plugIn.restore(scene.job)],
          ['restore again', () => scene.plugIn.restore(scene.job)],
        ]);
        if (problem !== undefined) return no(problem);
        return scene.view() === before ? pass() : differs('after restore it is not as it was', scene.view());
      });
    },
  },
  {
    id: 'undo-update',
    title: 'restore brings the release before back, whole',
    fix: 'Put exactly the files of previous back in restore: what only next had goes, what only previous had comes again.',
    run: async (bench, hello) => {
      const scene = await withFirst(bench, hello, 'undo-update');
      return during(scene, async () => {
        const problem =
          scene.problem ??
          (await firstFailure([
            ['swap', () => scene.plugIn.swap(scene.update)],
            ['restore', () => scene.plugIn.restore(scene.update)],
            ['restore again', () => scene.plugIn.restore(scene.update)],
          ]));
        if (problem !== undefined) return no(problem);
        return scene.view() === scene.first ? pass() : differs('after restore it is not the release before', scene.view());
      });
    },
  },
  {
    id: 'killed-swap',
    title: 'a swap that is killed is undone by restore, and done by another swap',
    fix: 'Be able to restore and to swap from any half of a swap: compare what is there with previous and next, believe no mark of your own.',
    run: async (bench, hello) => {
      if (hello.swap === 'files') return skipped('glued swaps for it');
      const scene = await withFirst(bench, hello, 'killed-swap');
      return during(scene, async () => (scene.problem === undefined ? killedSwaps(bench, scene) : no(scene.problem)));
    },
  },
  {
    id: 'stderr',
    title: 'it says little on standard error, and may be heard there at any time',
    fix: `Write to standard error only what an administrator needs to see: the last 8 KiB go into the result. More than ${STDERR_BYTES} bytes for one test is noise.`,
    run: (bench, hello) =>
      withProcess(bench, async ({ session, talk }) => {
        const scene = sceneOf(bench, hello, 'stderr', goodOf(hello));
        const said = await session.hello('glued plugin check', bench.callMs);
        const tested = said.ok && hello.methods.includes('test') ? await session.ask('test', tellJob(scene.job), bench.callMs) : said;
        if (!tested.ok && tested.failure.kind !== 'said-no') return no(troubleText(tested.failure));
        const bytes = talk.stderrBytes();
        return bytes <= STDERR_BYTES ? pass(bytes === 0 ? '' : `${bytes} bytes`) : no(`${bytes} bytes for one test`);
      }),
  },
];

/** Kills a swap after so many milliseconds, and looks whether a new process makes it whole, both ways. */
async function killedSwaps(bench: Bench, scene: Scene & { readonly first: string; readonly update: Job }): Promise<Verdict> {
  for (const ms of KILL_AFTER_MS) {
    for (const way of ['restore', 'swap'] as const) {
      const started = await bench.start();
      if (!started.ok) return no(failureText(started.failure));
      const { session, talk } = started.value;
      const said = await session.hello('glued plugin check', bench.callMs);
      if (!said.ok) return no(troubleText(said.failure));
      await session.ask('swap', tellJob(scene.update), ms);
      await talk.end(0);
      const what = `${way} after a swap that was killed after ${ms} ms`;
      const mended = await scene.plugIn[way](scene.update);
      if (!mended.ok) return no(`${what}: ${failureText(mended.failure)}`);
      if (scene.view() !== (way === 'swap' ? scene.wanted : scene.first)) return differs(`${what} did not end whole`, scene.view());
      const back = await scene.plugIn.restore(scene.update);
      if (!back.ok) return no(failureText(back.failure));
    }
  }
  return pass(`${KILL_AFTER_MS.length * 2} kills`);
}
