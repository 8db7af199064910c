import { LIMITS } from '../limits.ts';
import { type Hello, METHODS, type ResultOf } from '../methods.ts';
import { tellAlive } from '../tell.ts';
import type { Bench } from './bench.ts';
import { type Check, no, pass, skipped, troubleText, type Verdict, withProcess } from './checks.ts';

/** From what there is before the engines start to what there is in a run; asked twice in a row, the engine is the same. */
const TOLD_MS = [300, 5000, 5000] as const;

/** What it says of its engine. */
export const LIFE_CHECKS: readonly Check[] = [
  {
    id: 'alive',
    title: 'how its engine fares is said within the time that it is given, and the same each time',
    fix: 'Answer alive with one of none, up, silent, stopped and dead; ask the engine for no longer than timeoutMs, and call it silent then; let identity change when the engine starts, and only then.',
    run: async (bench, hello) => (hello.methods.includes('alive') ? askedAgain(bench, hello) : skipped('it has no alive: the clock alone proves its content')),
  },
];

function askedAgain(bench: Bench, hello: Hello): Promise<Verdict> {
  return withProcess(bench, async ({ session }) => {
    const component = bench.component('alive', hello);
    const said = await session.hello('glued plugin check', bench.callMs);
    if (!said.ok) return no(troubleText(said.failure));
    let before: ResultOf<'alive'> | undefined;
    for (const toldMs of TOLD_MS) {
      const answered = await session.call('alive', METHODS.alive.result, tellAlive(component, toldMs), toldMs + LIMITS.aliveGraceMs);
      if (!answered.ok) return no(troubleText(answered.failure));
      const { kind, identity } = answered.value;
      if (before !== undefined && kind !== before.kind) return no(`it said ${before.kind}, and then ${kind}`);
      if (before?.identity !== identity && before?.kind === 'up') return no(`it named the engine ${JSON.stringify(before.identity)}, and then ${JSON.stringify(identity)}: each would count as a restart`);
      before = answered.value;
    }
    return pass(before?.kind);
  });
}
