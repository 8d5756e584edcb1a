/** Stack traces of bundled programs name the sources, by the source maps beside the bundles. */
import { readFileSync } from 'node:fs';
import type { SourceMap, SourceMapPayload } from 'node:module';
import { join } from 'node:path';

/** One line of a stack. */
type Site = NodeJS.CallSite & { toString(): string };

/** `DIRECTORY/FILE.cjs:LINE:COLUMN`. */
const POSITION = /([^/\s()]+\.cjs):(\d+):(\d+)/;

/** Maps the stacks of errors from now on. The map of a file is read for the first stack that names the file. */
export function showSources(directory: string): void {
  const maps = new Map<string, SourceMap | undefined>();
  const mapOf = (file: string): SourceMap | undefined => {
    if (!maps.has(file)) maps.set(file, readMap(join(directory, `${file}.map`)));
    return maps.get(file);
  };
  const shown = (site: Site): string => {
    const text = site.toString();
    if (site.getFileName()?.startsWith(directory) !== true) return text;
    return text.replace(`${directory}/`, '').replace(POSITION, (position, file, line, column) => {
      const entry = mapOf(String(file))?.findEntry(Number(line) - 1, Number(column) - 1);
      if (entry === undefined || !('originalSource' in entry)) return position;
      const source = entry.originalSource.replace(/^(\.\.\/)+/, '');
      return `${source}:${entry.originalLine + 1}:${entry.originalColumn + 1}`;
    });
  };
  Error.prepareStackTrace = (error, sites) =>
    [String(error), ...sites.map((site) => `    at ${shown(site)}`)].join('\n');
}

/** Undefined when the map cannot be read: then the stack names the bundle. */
function readMap(path: string): SourceMap | undefined {
  try {
    const modules = process.getBuiltinModule('node:module');
    return new modules.SourceMap(JSON.parse(readFileSync(path, 'utf8')) as SourceMapPayload);
  } catch {
    return undefined;
  }
}
