import type { CommandFunction } from './command-function.ts';
import type { CommandPath } from './commands.ts';
import { REPO_FUNCTIONS } from './dispatch-repo.ts';
import type { Invocation } from './invocation.ts';
import { runOptions, runOutput, trustCheck } from './run-options.ts';
import { ok, type ServiceDocument } from '../model/index.ts';
import type { Trace } from '../net/index.ts';
import { controlSocket, statePlace } from './places.ts';

/** From the table's names to the functions. Each is loaded when it is called: start-up is most of what a no-op costs. */
const COMMAND_FUNCTIONS = {
  run: {
    log: 'kept',
    signals: 'observed',
    async run(invocation, context) {
      const [{ run }, { byDaemon, runAsk }] = await Promise.all([import('./run.ts'), import('./by-daemon.ts')]);
      const { around } = context;
      const [options, output] = [runOptions(invocation, context), runOutput(invocation)];
      const file = invocation.text('trace');
      const work = (trace?: Trace) => run(around.world(trace), options, output);
      // a trace is of this process: the daemon's requests would not be in it
      if (file !== undefined) return (await import('./trace-file.ts')).withTrace(around, file, around.agentVersion, work);
      const done = invocation.flag('no-daemon') ? ok(undefined) : await byDaemon(context, runAsk(options), options, output);
      return done.ok ? (done.value ?? work()) : done;
    },
  },
  rollback: {
    log: 'kept',
    signals: 'observed',
    async run(invocation, context) {
      const [{ rollback }, { byDaemon }] = await Promise.all([import('./rollback.ts'), import('./by-daemon.ts')]);
      const [options, output] = [runOptions(invocation, context), runOutput(invocation)];
      const component = invocation.word('ID') ?? '';
      const done = await byDaemon(context, { kind: 'rollback', component }, options, output);
      return done.ok ? (done.value ?? rollback(context.around.world(), component, options, output)) : done;
    },
  },
  daemon: {
    log: 'kept',
    signals: 'observed',
    async run(invocation, context) {
      const { daemon } = await import('./daemon.ts');
      return daemon(invocation, context);
    },
  },
  recover: {
    log: 'kept',
    signals: 'observed',
    async run(invocation, context) {
      const { recover } = await import('./recover.ts');
      return recover(context.around.world(), { ...runOptions(invocation, context), trigger: 'recover' }, runOutput(invocation));
    },
  },
  status: {
    log: 'none',
    signals: 'observed',
    async run(invocation, context) {
      const { statusCommand } = await import('./status-command.ts');
      return statusCommand(invocation, context);
    },
  },
  explain: {
    log: 'kept',
    signals: 'observed',
    async run(invocation, context) {
      const [{ explain }, { explainRun }] = await Promise.all([import('./explain.ts'), import('../engine/index.ts')]);
      const load = () => explainRun(context.around.world(), runOptions(invocation, context), invocation.time('at'));
      return explain(context.around, { load, format: format(invocation), ...only(invocation) });
    },
  },
  history: {
    log: 'none',
    signals: 'left',
    async run(invocation, { around, stateDir }) {
      const [{ history }, { loadHistory }] = await Promise.all([import('./history.ts'), import('./load-history.ts')]);
      return history(around, { load: async () => loadHistory(around, stateDir), format: format(invocation), ...only(invocation) });
    },
  },
  'policy show': {
    log: 'none',
    signals: 'left',
    async run(invocation, { around }) {
      const { policyShow } = await import('./policy-show.ts');
      return policyShow(around, { ...policyFlags(invocation), origin: invocation.flag('origin') ? 'with-origin' : 'plain' });
    },
  },
  'policy check': {
    log: 'none',
    signals: 'left',
    async run(invocation, { around }) {
      const { policyCheck } = await import('./policy-check.ts');
      const file = invocation.word('FILE');
      return policyCheck(around, { ...policyFlags(invocation), ...(file === undefined ? {} : { file }) });
    },
  },
  'policy schema': {
    log: 'none',
    signals: 'left',
    async run(_invocation, { around }) {
      const { policySchema } = await import('./policy-schema.ts');
      return policySchema(around);
    },
  },
  'registry add': {
    log: 'kept',
    signals: 'observed',
    async run(invocation, context) {
      const { addAsk, registryCommand } = await import('./registry-command.ts');
      return registryCommand(context, addAsk(invocation), policyFlags(invocation), format(invocation));
    },
  },
  'registry remove': {
    log: 'kept',
    signals: 'observed',
    async run(invocation, context) {
      const { registryCommand } = await import('./registry-command.ts');
      return registryCommand(context, { kind: 'registry-remove', component: invocation.word('ID') ?? '' }, policyFlags(invocation), format(invocation));
    },
  },
  'registry list': {
    log: 'none',
    signals: 'left',
    async run(invocation, { around, stateDir }) {
      const { registryList } = await import('./registry-list.ts');
      return registryList(around, { stateDir, output: format(invocation) });
    },
  },
  doctor: {
    log: 'none',
    signals: 'left',
    async run(invocation, { around, stateDir }) {
      const [{ doctor }, { controlSocket }] = await Promise.all([import('./doctor.ts'), import('./places.ts')]);
      const { agentVersion, buildTime, probe, local, doctorNetwork, signal } = around;
      const { plugIns, ports } = around.world();
      const { format: output, ...policy } = policyFlags(invocation);
      return doctor({ ports, probe, local, agentVersion, buildTime, plugIns, network: doctorNetwork }, { stateDir, socket: controlSocket(around.os, stateDir), ...policy, signal }, output);
    },
  },
  'service install': serviceCommand('install'),
  'service remove': serviceCommand('remove'),
  'service status': serviceCommand('status'),
  'plugin check': {
    log: 'none',
    signals: 'left',
    async run(invocation, { around }) {
      const { pluginCheck } = await import('./plugin-check.ts');
      return pluginCheck(around, invocation.word('PATH') ?? '', format(invocation));
    },
  },
  ...REPO_FUNCTIONS,
} as const satisfies Record<CommandPath, CommandFunction>;

/** The function of a command of the table. */
export function functionOf(path: string): CommandFunction | undefined {
  return new Map<string, CommandFunction>(Object.entries(COMMAND_FUNCTIONS)).get(path);
}

function serviceCommand(action: ServiceDocument['action']): CommandFunction {
  return {
    log: 'none',
    signals: 'left',
    async run(invocation, { around, stateDir }) {
      const { service } = await import('./service.ts');
      const { format: output, ...policy } = policyFlags(invocation);
      const root = invocation.text('root');
      return service(around, action, { stateDir, statePlace: statePlace(around.os, stateDir), socket: controlSocket(around.os, stateDir), ...policy, ...(root === undefined || root === '/' ? {} : { root }) }, output);
    },
  };
}

function format(invocation: Invocation): 'text' | 'json' {
  return invocation.flag('json') ? 'json' : 'text';
}

function policyFlags(invocation: Invocation): { readonly policyPath?: string; readonly trustCheck: 'enforce' | 'insecure'; readonly format: 'text' | 'json' } {
  const policyPath = invocation.text('policy');
  return { trustCheck: trustCheck(invocation), format: format(invocation), ...(policyPath === undefined ? {} : { policyPath }) };
}

/** The component or content type that was named, where one was. */
function only(invocation: Invocation): { readonly only?: string } {
  const id = invocation.word('ID');
  return id === undefined ? {} : { only: id };
}
