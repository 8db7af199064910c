import { dirname } from 'node:path';
import { fail, type Failure, type Instant, type Ports, rfc3339, timesForPeople } from '../model/index.ts';

/** Quarantines a bad plist beside itself, with a reason, so that the next run is not stopped by it again. The error is the run's, 26. */
export function setAsidePlist(files: Ports['files'], path: string, id: string, problem: string, now: Instant): Failure {
  const bad = `${path}.bad`;
  files.removeTree(bad);
  const moved = files.rename(path, bad);
  if (!moved.ok) return fail('registry-plist-seen', { path, problem, id }, moved.failure.detail).failure;
  files.replace(`${bad}.reason.txt`, new TextEncoder().encode(`${timesForPeople(rfc3339(now))}: ${problem}\n`), 0o644);
  files.syncFolder(dirname(path));
  return fail('registry-plist', { path, problem, id }).failure;
}
