import type { ComponentResult, Console, ExitCode, StatusDocument } from '../../model/index.ts';
import { ageHoursOf, hasFailed, type Moment, type Standing, standingOf } from '../standing.ts';

/** What management consoles read of one machine: a text, and the exit code that they want. */
export type ConsoleAnswer = { readonly text: string; readonly exit: ExitCode };
type Render = (status: StatusDocument, standing: Standing, moment: Moment) => ConsoleAnswer;

const RENDERS = { jamf, intune, nagios, prometheus } as const satisfies Record<Console, Render>;

/** A status as a console reads it. */
export function renderConsole(name: Console, status: StatusDocument, moment: Moment): ConsoleAnswer {
  return RENDERS[name](status, standingOf(status, moment), moment);
}

const WORDS = { ok: 'OK', degraded: 'WARNING', failed: 'CRITICAL', unknown: 'UNKNOWN' } as const satisfies Record<Standing['health'], string>;

/** Jamf Pro, extension attribute: what is between the tags is the attribute's value. */
function jamf(_status: StatusDocument, { health, line }: Standing): ConsoleAnswer {
  const escaped = line.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  return { text: `<result>${WORDS[health]}: ${escaped}</result>\n`, exit: 0 };
}

/** Intune keeps so many characters of a detection script's output. */
const INTUNE_MAX = 2048;

/** Intune, detection script of a remediation: 1 is "with issues". */
function intune(_status: StatusDocument, { health, line }: Standing): ConsoleAnswer {
  return { text: `${line.slice(0, INTUNE_MAX - 1)}\n`, exit: health === 'ok' ? 0 : 1 };
}

const NAGIOS_EXIT = { ok: 0, degraded: 1, failed: 2, unknown: 3 } as const satisfies Record<Standing['health'], ExitCode>;

/** Nagios plug-in guidelines: one line, performance data after the bar, 0 to 3. */
function nagios({ last }: StatusDocument, { health, line }: Standing, { now }: Moment): ConsoleAnswer {
  const ages = (last?.components ?? []).flatMap((c) => {
    const hours = ageHoursOf(c, now);
    return hours === undefined || c.freshness === null ? [] : [`'${c.id} age'=${Math.round(hours * 3600)}s;${c.freshness.maxAgeHours * 3600}`];
  });
  const data = ages.length === 0 ? '' : ` | ${ages.join(' ')}`;
  return { text: `GLUED ${WORDS[health]} - ${line.replaceAll('|', '/')}${data}\n`, exit: NAGIOS_EXIT[health] };
}

type Sample = { readonly labels?: Readonly<Record<string, string>>; readonly value: number };
type Metric = { readonly name: string; readonly help: string; readonly samples: readonly Sample[] };

/** Prometheus text format 0.0.4, for the node exporter's textfile collector. Times are seconds since 1970. */
function prometheus(status: StatusDocument, standing: Standing): ConsoleAnswer {
  const metrics = [...machineMetrics(status, standing), ...componentMetrics(status, standing)].filter((m) => m.samples.length > 0);
  return { text: metrics.map(metricText).join(''), exit: 0 };
}

function machineMetrics({ last, next, trust }: StatusDocument, { health }: Standing): readonly Metric[] {
  return [
    { name: 'glued_healthy', help: '1 where all is well.', samples: [{ value: health === 'ok' ? 1 : 0 }] },
    { name: 'glued_last_run_timestamp_seconds', help: 'When the last run ended.', samples: instant(last?.finishedAt ?? null) },
    { name: 'glued_last_run_code', help: 'The exit code of the last run.', samples: last === null ? [] : [{ value: last.code }] },
    { name: 'glued_next_run_timestamp_seconds', help: 'When the next run is due.', samples: instant(next.at) },
    { name: 'glued_registration_set_aside', help: '1 for each registration that is not valid: no run updates its component.', samples: [...new Set(last?.setAside?.map(({ id }) => id))].map((id) => ({ labels: { component: id }, value: 1 })) },
    { name: 'glued_trust_expires_timestamp_seconds', help: 'When the trusted metadata expires.', samples: instant(trust.expiresAt) },
  ];
}

function componentMetrics({ last, components }: StatusDocument, { restarts }: Standing): readonly Metric[] {
  const results = last?.components ?? [];
  const labels = ({ id, contentType }: ComponentResult) => ({ component: id, type: contentType });
  const each = (value: (c: ComponentResult) => readonly Sample[]) => results.flatMap((c) => value(c).map((s) => ({ labels: { ...labels(c), ...s.labels }, value: s.value })));
  return [
    { name: 'glued_component_info', help: 'The installed version.', samples: each((c) => (c.after === null ? [] : [{ labels: { version: c.after.version }, value: 1 }])) },
    { name: 'glued_component_failed', help: '1 where the last run failed for it.', samples: each((c) => [{ value: hasFailed(c, last?.errors ?? []) ? 1 : 0 }]) },
    { name: 'glued_component_content_timestamp_seconds', help: 'The date of the content, from signed metadata.', samples: each((c) => instant(c.freshness?.contentDate ?? null)) },
    { name: 'glued_component_max_age_seconds', help: 'The age that policy allows.', samples: each((c) => (c.freshness === null ? [] : [{ value: c.freshness.maxAgeHours * 3600 }])) },
    {
      name: 'glued_component_last_success_timestamp_seconds',
      help: 'When it was last found current or brought up to date.',
      samples: components.flatMap((c) => instant(c.lastSuccess).map((s) => ({ ...s, labels: { component: c.id } }))),
    },
    { name: 'glued_component_restart_pending', help: '1 where installed content waits for it.', samples: restarts.map((r) => ({ labels: { component: r.id, kind: r.kind }, value: 1 })) },
  ];
}

function instant(at: string | null): readonly Sample[] {
  const ms = at === null ? Number.NaN : Date.parse(at);
  return Number.isNaN(ms) ? [] : [{ value: ms / 1000 }];
}

function metricText({ name, help, samples }: Metric): string {
  const lines = samples.map(({ labels = {}, value }) => {
    const pairs = Object.entries(labels).map(([key, text]) => `${key}="${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`);
    return `${name}${pairs.length === 0 ? '' : `{${pairs.join(',')}}`} ${value}\n`;
  });
  return `# HELP ${name} ${help}\n# TYPE ${name} gauge\n${lines.join('')}`;
}
