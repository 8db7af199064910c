import type { Files } from '../../src/model/index.ts';

/** The process died here: nothing after this point was done. */
export class Crash extends Error {}

/** Files that die before the n-th change of the disk (from 1). `changes` counts them. */
export function crashingFiles(files: Files, at: number): Files & { readonly changes: () => number } {
  let count = 0;
  const step = <A extends readonly unknown[], R>(work: (...args: A) => R) => (...args: A): R => {
    if (++count === at) throw new Crash(`at change ${at}`);
    return work(...args);
  };
  const { create, append, replace, makeFolder, rename, link, symlink, chmod, remove, removeTree, syncFolder, syncTree } = files;
  return {
    ...files,
    create: step(create),
    append: step(append),
    replace: step(replace),
    makeFolder: step(makeFolder),
    rename: step(rename),
    link: step(link),
    symlink: step(symlink),
    chmod: step(chmod),
    remove: step(remove),
    removeTree: step(removeTree),
    syncFolder: step(syncFolder),
    syncTree: step(syncTree),
    changes: () => count,
  };
}

/** Runs `work` once for every point at which it can die, and once whole; `check` looks at what is left each time. Gives the points. */
export function atEveryCrash<W>(make: () => W, files: Files, work: (files: Files, world: W) => void, check: (world: W, point: number) => void): number {
  for (let point = 1; ; point++) {
    const world = make();
    const crashing = crashingFiles(files, point);
    try {
      work(crashing, world);
    } catch (error) {
      if (!(error instanceof Crash)) throw error;
      check(world, point);
      continue;
    }
    check(world, point);
    return point - 1;
  }
}
