/** Absolute paths without a slash at their end. */

export function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/')) || '/';
}
