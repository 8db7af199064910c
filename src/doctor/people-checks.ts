import { failure, type Os } from '../model/index.ts';
import { type CheckRow, fine, warned } from './finding.ts';

/** What asking by a desktop's notification takes (docs/consent.md); the last two only root needs, to ask in another's name. */
const PROGRAMS: Readonly<Partial<Record<Os['platform'], readonly string[]>>> = { linux: ['notify-send', 'busctl'] };
const ROOT_PROGRAMS = ['loginctl', 'setpriv'];

/** Who would be asked about optional releases. */
export const PEOPLE_CHECKS: readonly CheckRow<null>[] = [
  {
    id: 'people',
    title: 'people who can be asked',
    needs: ['policy'],
    codes: [],
    async look({ policy, world: { ports } }) {
      const { optional } = policy?.policy.consent ?? { optional: 'install' };
      if (optional !== 'ask') return fine(`policy asks nobody about optional releases (consent.optional: ${optional})`);
      const { os, proc } = ports;
      const programs = PROGRAMS[os.platform] ?? [];
      const missing = [...programs, ...(os.uid === 0 && programs.length > 0 ? ROOT_PROGRAMS : [])].filter((name) => proc.find([name]) === undefined);
      if (missing.length > 0) return warned(failure('doctor-no-desktop', { missing: missing.join(', ') }), [], 'consent.optional');
      const someone = await ports.desktop.present();
      return fine(someone === 'someone' ? 'somebody is at a desktop that can ask' : 'nobody is at a desktop that can ask now; a terminal can, and else optional releases wait');
    },
  },
];
