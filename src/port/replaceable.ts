/** Whether other users can put something else, a link for example, in the place of an entry of a directory. */
import type { FileInfo, Files } from './files.ts';
import type { Identity } from './identity.ts';

const STICKY = 0o1000;
const GROUP_WRITES = 0o020;
const OTHERS_WRITE = 0o002;

export type Owned = Pick<FileInfo, 'uid' | 'gid' | 'mode'>;

/** Whether a link is as its user, or root, made it: the link is theirs, and no other user can replace it. */
export function isTrustedLink(
  directory: Owned,
  linkUid: number,
  user: Pick<Identity, 'uid' | 'gid'>,
): boolean {
  return (linkUid === 0 || linkUid === user.uid) && !isReplaceable(directory, linkUid, user);
}

/** `entryUid`: the owner of the entry. The user trusts root and themselves, and the members of their own group. */
function isReplaceable(
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

/** The first directory on the way to `path` in which another user can replace the next entry; undefined: none. */
export function replaceableOnTheWay(
  files: Pick<Files, 'info'>,
  path: string,
  user: Pick<Identity, 'uid' | 'gid'>,
): string | undefined {
  let directory = '/';
  for (const name of path.split('/').filter((part) => part !== '')) {
    const entry = `${directory === '/' ? '' : directory}/${name}`;
    const [parent, info] = [files.info(directory), files.info(entry)];
    if (!parent.ok || !info.ok) return undefined;
    if (isReplaceable(parent.value, info.value.uid, user)) return directory;
    directory = entry;
  }
  return undefined;
}
