import { type DoctorOptions, type DoctorWorld, examine } from '../doctor/index.ts';
import { type ExitCode, exitOf } from '../model/index.ts';
import { jsonText, renderDoctor } from '../report/index.ts';

/** `glued doctor`: every check, its evidence and remedy. 0 when nothing fails, else the code of the first check that does. */
export async function doctor(world: DoctorWorld, options: DoctorOptions, format: 'text' | 'json'): Promise<ExitCode> {
  const { terminal } = world.ports;
  const document = await examine(world, options);
  terminal.out(format === 'json' ? jsonText(document) : renderDoctor(document, terminal));
  return exitOf(document.codeName);
}
