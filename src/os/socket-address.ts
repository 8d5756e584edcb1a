/** The paths that a Unix socket can have. */
/** `sun_path` has 108 bytes, one of them for the terminating NUL. */
const SOCKET_PATH_BYTES_MAX = 107;

/** Why no process can listen at `path`, for any content of the file system; undefined if a process could. */
export function addressTrouble(path: string): 'ENOENT' | 'EINVAL' | 'ENAMETOOLONG' | undefined {
  if (path === '') return 'ENOENT';
  if (path.includes('\0')) return 'EINVAL';
  return fitsSocketAddress(path) ? undefined : 'ENAMETOOLONG';
}

export function fitsSocketAddress(path: string): boolean {
  return Buffer.byteLength(path) <= SOCKET_PATH_BYTES_MAX;
}
