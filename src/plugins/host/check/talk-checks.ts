import { LIMITS } from '../limits.ts';
import { RPC_ERRORS } from '../methods.ts';
import { notificationLine } from '../wire.ts';
import type { Bench, Process } from './bench.ts';
import { type Check, no, pass, skipped, troubleText, type Verdict, withProcess } from './checks.ts';

const SILENCE_MS = 1000;
const BYE_MS = 2000;

/** It still answers a hello: what was said before did not confuse it. */
async function stillTalks({ session }: Process): Promise<Verdict> {
  const again = await session.hello('glued plugin check');
  return again.ok ? pass() : no(`afterwards, asked hello: ${troubleText(again.failure)}`);
}

/** Hello first, as every conversation begins. */
function afterHello(bench: Bench, work: (process: Process) => Promise<Verdict>): Promise<Verdict> {
  return withProcess(bench, async (process) => {
    const hello = await process.session.hello('glued plugin check', bench.callMs);
    return hello.ok ? work(process) : no(troubleText(hello.failure));
  });
}

/** An error is wanted. `answered` says of which kind, in words. */
async function wantsError(process: Process, answer: ReturnType<Process['session']['ask']>, isRight: (code: number) => boolean, wanted: string): Promise<Verdict> {
  const said = await answer;
  if (said.ok) return no(`it answered with a result, and ${wanted} is right`);
  if (said.failure.kind !== 'said-no') return no(troubleText(said.failure));
  const { code } = said.failure.error;
  return isRight(code) ? stillTalks(process) : no(`it answered the error ${code}, and ${wanted} is right`);
}

/** How it listens and answers. */
export const TALK_CHECKS: readonly Check[] = [
  {
    id: 'hello-again',
    title: 'hello says the same each time, in one process and in another',
    fix: 'Answer each request once, with its own id; let hello depend on nothing that changes.',
    run: (bench, hello) =>
      afterHello(bench, async ({ session }) => {
        const again = await session.hello('glued plugin check', bench.callMs);
        if (!again.ok) return no(`asked a second time: ${troubleText(again.failure)}`);
        return JSON.stringify(again.value) === JSON.stringify(hello) ? pass() : no('the second hello said something else');
      }),
  },
  {
    id: 'environment',
    title: 'what the environment holds makes no difference',
    fix: 'Read nothing from the environment but PATH and TMPDIR; take settings from the component.',
    run: (bench, hello) =>
      withProcess(
        bench,
        async ({ session }) => {
          const said = await session.hello('glued plugin check', bench.callMs);
          if (!said.ok) return no(`with LANG=tr_TR.UTF-8, HOME and DEBUG: ${troubleText(said.failure)}`);
          return JSON.stringify(said.value) === JSON.stringify(hello) ? pass() : no('with LANG=tr_TR.UTF-8, HOME and DEBUG, hello said something else');
        },
        { LANG: 'tr_TR.UTF-8', HOME: '/nowhere', DEBUG: '1' },
      ),
  },
  {
    id: 'unknown-notification',
    title: 'a message that it does not know is ignored',
    fix: 'Answer nothing to a message without an id, and go on; later versions of the protocol may send some.',
    run: (bench) =>
      afterHello(bench, async (process) => {
        process.session.say(notificationLine('x-unheard-of'));
        const heard = await process.talk.hear(SILENCE_MS);
        if (heard.kind === 'line') return no(`it answered: ${JSON.stringify(Buffer.from(heard.bytes.subarray(0, 100)).toString())}`);
        return heard.kind === 'timeout' ? stillTalks(process) : no('it ended');
      }),
  },
  {
    id: 'unknown-method',
    title: `a method that it does not have is answered with the error ${RPC_ERRORS.method}`,
    fix: `Answer a request whose method you do not know with the error ${RPC_ERRORS.method}, and go on.`,
    run: (bench) =>
      afterHello(bench, (process) => wantsError(process, process.session.ask('x-unheard-of', {}, bench.callMs), (code) => code === RPC_ERRORS.method, `the error ${RPC_ERRORS.method}`)),
  },
  {
    id: 'not-json',
    title: `a line that is no JSON is answered with the error ${RPC_ERRORS.parse}`,
    fix: `Answer a line that you cannot read with the error ${RPC_ERRORS.parse} and the id null, and go on.`,
    run: (bench) =>
      afterHello(bench, (process) => {
        process.session.say('{"jsonrpc":');
        return wantsError(process, process.session.answer(null, 'a line that is no JSON', bench.callMs), (code) => code === RPC_ERRORS.parse || code === RPC_ERRORS.request, `the error ${RPC_ERRORS.parse}`);
      }),
  },
  {
    id: 'bad-params',
    title: 'a request without what it needs is answered with an error',
    fix: `Answer params that lack what you need with the error ${RPC_ERRORS.params}, and go on.`,
    run: async (bench, hello) => {
      const method = hello.methods.find((one) => one === 'test') ?? hello.methods.find((one) => one === 'swap');
      if (method === undefined) return skipped('it has neither test nor swap');
      return afterHello(bench, (process) => wantsError(process, process.session.ask(method, {}, bench.callMs), (code) => code < 0 || code === 3, `the error ${RPC_ERRORS.params}`));
    },
  },
];

/** How it comes to its end. */
export const END_CHECKS: readonly Check[] = [
  {
    id: 'bye',
    title: 'it ends when it is told bye',
    fix: 'Exit with status 0 when the message bye comes.',
    run: (bench) =>
      afterHello(bench, async ({ session, talk }) => {
        session.say(notificationLine('bye'));
        const heard = await talk.hear(BYE_MS);
        if (heard.kind === 'line') return no('it answered bye, which nothing is the answer to');
        if (heard.kind !== 'ended') return no(`it still ran ${BYE_MS / 1000} seconds after bye`);
        return heard.exit === 0 ? pass() : no(`it ended with ${heard.signal ?? `exit status ${heard.exit}`}`);
      }),
  },
  {
    id: 'end-of-input',
    title: 'it ends when its standard input does',
    fix: 'Exit with status 0 at the end of standard input: glued may have been killed, and nobody else stops you.',
    run: (bench) =>
      afterHello(bench, async ({ talk }) => {
        const end = await talk.end(LIMITS.graceMs);
        if (end.by !== 'itself') return no(`it still ran ${LIMITS.graceMs / 1000} seconds after the end of its input, and was ended by ${end.by}`);
        return end.exit === 0 ? pass() : no(`it ended with ${end.signal ?? `exit status ${end.exit}`}`);
      }),
  },
  {
    id: 'leaves-nobody',
    title: 'nothing that it started outlives it',
    fix: 'Wait for what you start, or end it, before you exit; start nothing in the background that keeps your standard output.',
    run: (bench) =>
      afterHello(bench, async ({ talk }) => {
        const end = await talk.end(LIMITS.graceMs);
        return end.held === 'no' ? pass() : no('a process that it started still had its standard output open');
      }),
  },
];

/** Before it is asked anything. */
export function silentStart(bench: Bench): Promise<Verdict> {
  return withProcess(bench, async ({ talk }) => {
    const heard = await talk.hear(SILENCE_MS);
    if (heard.kind === 'line') return no(`it said, unasked: ${JSON.stringify(Buffer.from(heard.bytes.subarray(0, 100)).toString())}`);
    if (heard.kind === 'timeout') return pass();
    return no(heard.kind === 'ended' ? `it ended with ${heard.signal ?? `exit status ${heard.exit}`} before it was asked anything: ${talk.stderr().trim().slice(-300)}` : heard.kind);
  });
}
