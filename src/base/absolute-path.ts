/** Paths that a user gives, relative to a working directory. */

/** The path without `.`, `..` and needless slashes; undefined when it depends on a working directory that is gone. */
export function absoluteIn(workingDirectory: string | undefined, path: string): string | undefined {
  if (path.startsWith('/')) return plain(path);
  return workingDirectory === undefined ? undefined : plain(`${workingDirectory}/${path}`);
}

function plain(path: string): string {
  const names: string[] = [];
  for (const name of path.split('/')) {
    if (name === '..') names.pop();
    else if (name !== '' && name !== '.') names.push(name);
  }
  return `/${names.join('/')}`;
}
