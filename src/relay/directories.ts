/** The directories of sessions and of their trace chunks. A session that is kept in memory has none. */
import { fail, ok } from '../base/result.ts';
import type { Files } from '../port/files.ts';

/** What happens to directories, as calls of {@link Files}. */
export type Directories = Pick<Files, 'info' | 'list' | 'makeDirectory' | 'remove' | 'rename'>;

/** Nothing is there, and nothing comes to be there. */
export const NO_DIRECTORIES: Directories = {
  info: (path) => fail({ code: 'ENOENT', call: 'files.info', subject: path }),
  list: () => ok([]),
  makeDirectory: () => ok(undefined),
  remove: () => ok(undefined),
  rename: () => ok(undefined),
};
