import { CODES, type ExitCode, type Ports } from '../model/index.ts';
import { policyJsonSchema } from '../policy/index.ts';

/** `glued policy schema`: the JSON Schema of a policy file, on stdout. */
export async function policySchema({ terminal }: Pick<Ports, 'terminal'>): Promise<ExitCode> {
  terminal.out(`${JSON.stringify(policyJsonSchema(), null, 2)}\n`);
  return CODES.ok;
}
