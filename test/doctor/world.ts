import addFormats from 'ajv-formats';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { chmodSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { type DoctorOptions, type DoctorWorld, examine } from '../../src/doctor/index.ts';
import { writePlist } from '../../src/formats/plist.ts';
import { type CheckResult, type DoctorDocument, ok, type PlugIn, type Ports } from '../../src/model/index.ts';
import { createHttp, proxyRouter, secretsOfHeaders, serverAccess, tlsMaterial } from '../../src/net/index.ts';
import { createLocalHttp, createPorts, createProbe } from '../../src/platform/index.ts';
import { createPlugIns } from '../../src/plugins/index.ts';
import { DOCTOR_SCHEMA } from '../../src/report/schema/doctor.ts';
import { temporaryFolder } from '../support/repository.ts';

const ajv = new Ajv2020({ strict: true, allErrors: true });
addFormats.default(ajv);
const valid = ajv.compile<DoctorDocument>(DOCTOR_SCHEMA);

type Settings = Partial<Omit<DoctorWorld, 'ports' | 'probe'>> & { readonly probe?: Partial<DoctorWorld['probe']>; readonly ports?: Partial<Ports>; readonly options?: Partial<DoctorOptions> };

/** A machine whose doctor is called in this process: real files, real network, and what a test replaces. */
export class Patient {
  readonly folder = temporaryFolder('doctor');
  readonly state = join(this.folder, 'state');
  readonly policyFile = join(this.folder, 'policy.json');
  readonly ports: Ports = createPorts({ colour: 'never' }).ports;

  constructor() {
    chmodSync(this.folder, 0o755);
  }

  get socket(): string {
    return join(this.state, 'run', 'glued.sock');
  }

  policy(value: unknown): this {
    writeFileSync(this.policyFile, typeof value === 'string' ? value : JSON.stringify(value, null, 2), { mode: 0o644 });
    return this;
  }

  file(name: string, content: string | Uint8Array, mode = 0o600): string {
    const path = join(this.folder, name);
    writeFileSync(path, content, { mode });
    chmodSync(path, mode);
    return path;
  }

  register(id: string, more: Readonly<Record<string, unknown>> = {}): this {
    const folder = join(this.state, 'NewRegistry');
    mkdirSync(folder, { recursive: true });
    const plist = { ComponentID: id, Name: id, ContentType: 'av', PlugIn: 'files', InstallPath: join(this.folder, 'live', id), Settings: {}, ...more };
    writeFileSync(join(folder, `${id}.plist`), writePlist(plist));
    return this;
  }

  /** The doctor's document, which must be valid. */
  async examine(settings: Settings = {}): Promise<DoctorDocument> {
    const { probe, ports: replaced, options, ...rest } = settings;
    const ports: Ports = { ...this.ports, ...replaced };
    const world: DoctorWorld = {
      ports,
      probe: { ...createProbe(), ...probe },
      local: createLocalHttp(),
      agentVersion: '1.2.3',
      buildTime: 0,
      plugIns: () => Promise.resolve(new Map<string, PlugIn>(createPlugIns(ports))),
      network: async (policy, hide) => {
        const router = policy.proxy.mode === 'none' ? ok(undefined) : proxyRouter(ports, policy.proxy, { settings: () => Promise.resolve(undefined), redact: hide });
        if (!router.ok) return router;
        const servers = serverAccess(ports, policy.servers);
        if (!servers.ok) return servers;
        for (const { headers } of servers.value) for (const secret of secretsOfHeaders(headers)) hide(secret);
        const tls = tlsMaterial(ports, policy.tls);
        if (!tls.ok) return tls;
        const by = router.value === undefined ? {} : { router: router.value };
        const http = await createHttp(ports, { tls: tls.value, agentVersion: '1.2.3', ...by });
        return ok({ http, servers: servers.value, ...(router.value === undefined ? {} : { route: router.value }) });
      },
      ...rest,
    };
    const signal = new AbortController().signal;
    const document = await examine(world, { stateDir: this.state, socket: this.socket, policyPath: this.policyFile, trustCheck: 'enforce', signal, ...options });
    assert.ok(valid(document), ajv.errorsText(valid.errors));
    return document;
  }

  end(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** One check of a document, of this subject where it has several. */
export function check(document: DoctorDocument, id: string, subject?: string): CheckResult {
  const found = document.checks.filter((c) => c.id === id && (subject === undefined || c.subject === subject));
  const [first] = found;
  if (first === undefined || found.length > 1) throw new Error(`${found.length} checks ${id} ${subject ?? ''}: ${JSON.stringify(document.checks.map((c) => [c.id, c.subject]))}`);
  return first;
}

/** All verdicts that are not good, as `id: verdict`. */
export function troubles(document: DoctorDocument): readonly string[] {
  return document.checks.filter((c) => c.verdict === 'warn' || c.verdict === 'fail').map((c) => `${c.id}: ${c.verdict}`);
}
