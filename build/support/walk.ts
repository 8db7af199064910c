import { readdirSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { ROOT } from './root.ts';

/** Every file below `folder` whose name ends so, as paths relative to the root, in name order. */
export function filesBelow(folder: string, ending: string, root: string = ROOT): string[] {
  const found: string[] = [];
  const visit = (at: string): void => {
    for (const entry of readdirSync(at, { withFileTypes: true })) {
      const path = join(at, entry.name);
      if (entry.isDirectory()) {
        if (entry.name !== 'node_modules' && entry.name !== 'fixtures') visit(path);
      } else if (entry.name.endsWith(ending)) {
        found.push(relative(root, path).split(sep).join('/'));
      }
    }
  };
  visit(join(root, folder));
  return found.sort();
}
