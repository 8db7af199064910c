import type { Engine } from '../../engine-version.ts';
import { engineOf } from './clamd.ts';

/** ClamAV's scanner. */
export const CLAMSCAN: Engine = { program: 'clamscan', flag: '--version', versionIn: engineOf };
