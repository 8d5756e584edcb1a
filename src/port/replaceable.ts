/** Whether other users can put something else, a link for example, in the place of an entry of a directory. */
import type { FileInfo } from './files.ts';
import type { Identity } from './identity.ts';

const STICKY = 0o1000;
const GROUP_WRITES = 0o020;
const OTHERS_WRITE = 0o002;

export type Owned = Pick<FileInfo, 'uid' | 'gid' | 'mode'>;

/** `entryUid`: the owner of the entry. The user trusts root and themselves, and the members of their own group. */
export function isReplaceable(
  directory: Owned,
  entryUid: number,
  user: Pick<Identity, 'uid' | 'gid'>,
): boolean {
  const isTrusted = (uid: number): boolean => uid === 0 || uid === user.uid;
  if (!isTrusted(directory.uid)) return true;
  const { mode, gid } = directory;
  const isShared = (mode & OTHERS_WRITE) !== 0 || ((mode & GROUP_WRITES) !== 0 && gid !== user.gid);
  return isShared && ((mode & STICKY) === 0 || !isTrusted(entryUid));
}
