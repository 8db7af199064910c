import { CVD_HEADER_BYTES, type CvdHeader, parseCvdHeader } from '../../../formats/cvd-header.ts';
import type { Ports } from '../../../model/index.ts';
import { databaseBase, type Placed } from './layout.ts';

type Files = Ports['files'];

/** The header of a container, or undefined where it has none that can be read. */
export function headerAt(files: Files, path: string): CvdHeader | undefined {
  const opened = files.open(path);
  if (!opened.ok) return undefined;
  const bytes = new Uint8Array(CVD_HEADER_BYTES);
  const count = opened.value.read(bytes, 0);
  opened.value.close();
  const header = count.ok ? parseCvdHeader(bytes.subarray(0, count.value)) : undefined;
  return header?.ok === true ? header.value : undefined;
}

/** The version of the release's `daily`, the only one that clamd tells; undefined where it has no daily. */
export function dailyVersion(files: Files, placed: readonly Placed[]): number | undefined {
  const daily = placed.find((p) => databaseBase(p.entry.path) === 'daily');
  return daily === undefined ? undefined : headerAt(files, daily.kept)?.version;
}
