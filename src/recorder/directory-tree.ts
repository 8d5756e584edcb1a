/** Makes whole directories of traces durable, or removes them. */
import { fail, ok } from '../base/result.ts';
import type { Files } from '../port/files.ts';
import type { OsResult } from '../port/os-error.ts';

/** Deeper than any trace: files below this depth are not ours. */
const DEPTH_MAX = 8;

/** Makes every file and directory under `path` durable; returns the sum of the files' bytes. */
export function syncTree(files: Files, path: string): OsResult<number> {
  return visit(files, path, DEPTH_MAX, {
    file: (file) => {
      const opened = files.open(file, 'read');
      if (!opened.ok) return opened;
      const synced = opened.value.sync();
      const byteLength = opened.value.byteLength();
      opened.value.close();
      return synced.ok ? byteLength : synced;
    },
    directory: (directory) => files.syncDirectory(directory),
  });
}

/** Removes `path` and everything under it. */
export function removeTree(files: Tree & Pick<Files, 'remove'>, path: string): OsResult<number> {
  return visit(files, path, DEPTH_MAX, {
    file: (file) => {
      const removed = files.remove(file);
      return removed.ok ? ok(0) : removed;
    },
    directory: (directory) => files.remove(directory),
  });
}

type Tree = Pick<Files, 'list' | 'info'>;

interface Visitor {
  readonly file: (path: string) => OsResult<number>;
  /** Called after everything in the directory. */
  readonly directory: (path: string) => OsResult<void>;
}

/** Returns the sum of what `visitor.file` returns, or the first error. */
function visit(files: Tree, path: string, depth: number, visitor: Visitor): OsResult<number> {
  if (depth === 0) return fail({ code: 'ELOOP', call: 'files.list', subject: path });
  const names = files.list(path);
  if (!names.ok) return names;
  let sum = 0;
  for (const name of names.value) {
    const child = `${path}/${name}`;
    const info = files.info(child);
    if (!info.ok) return info;
    const visited =
      info.value.kind === 'directory'
        ? visit(files, child, depth - 1, visitor)
        : visitor.file(child);
    if (!visited.ok) return visited;
    sum += visited.value;
  }
  const done = visitor.directory(path);
  return done.ok ? ok(sum) : done;
}
