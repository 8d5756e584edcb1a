/** How the tree is built: folders, names that have one definition, and what every machine has beside it. */
import { posix } from 'node:path';
import type { Check, TextFile } from './checks.ts';

/** A check of all files of the repository at once. */
export type TreeCheck = (files: readonly TextFile[]) => readonly string[];

/** Maximum of loose files in a folder that also has sub-folders. */
export const LOOSE_FILES_MAX = 12;
/** At the top of these folders, a reader finds sub-folders only. */
const ROOTS = new Set(['src', 'actors', 'sim']);
const LOOSE_FILES_OF_A_ROOT_MAX = 1;
const PRODUCT = /^(?:src|actors|sim|bin)\//;

/** A folder with sub-folders has few loose files, because many of them hide a missing sub-folder. */
export const looseFiles: TreeCheck = (files) => {
  const sources = files.map(({ path }) => path).filter(isSource);
  const folders = [...new Set(sources.map((path) => posix.dirname(path)))];
  const isFloor = (folder: string): boolean =>
    folders.some((other) => other.startsWith(`${folder}/`)) || ROOTS.has(folder);
  return [...new Set([...folders, ...ROOTS])].filter(isFloor).flatMap((folder) => {
    const count = sources.filter((path) => posix.dirname(path) === folder).length;
    const most = ROOTS.has(folder) ? LOOSE_FILES_OF_A_ROOT_MAX : LOOSE_FILES_MAX;
    return count > most ? [`${folder} has ${count} loose files; at most ${most}`] : [];
  });
};

/** An exported bound has one definition, so that its name means one number. */
export const boundsOnce: TreeCheck = (files) => {
  const places = new Map<string, string[]>();
  for (const { path, text } of files.filter(({ path }) => isSource(path))) {
    for (const [, name = ''] of text.matchAll(
      /^export const ([A-Z][A-Z0-9_]*_(?:MAX|MIN|MS))\b/gm,
    )) {
      places.set(name, [...(places.get(name) ?? []), path]);
    }
  }
  return [...places]
    .filter(([, paths]) => paths.length > 1)
    .map(([name, paths]) => `${name} is defined in ${paths.join(' and ')}`);
};

/** Each machine declares its events and has a step test. */
export const machineParts: Check = ({ path, text }, paths) => {
  if (!/^actors\/.*\/machine\.ts$/.test(path)) return [];
  const folder = posix.dirname(path);
  const setUp = /events: \{\} as (\w+)/.exec(text)?.[1];
  return [
    ...(paths.has(`${folder}/events.ts`) ? [] : ['has no events.ts beside it']),
    ...(setUp === 'EffectEvent' ? ['accepts every event there is'] : []),
    ...(paths.has(`test/unit/${folder}/machine.test.ts`) ? [] : ['has no step test']),
  ];
};

/** A unit test lies where its source lies: `x.test.ts` and `x.whatever.test.ts` test `x.ts`, or the folder `x`. */
export const testPlace: Check = ({ path }, paths) => {
  const source = /^test\/unit\/(.*\/[^./]+)(?:\.[^/]+)?\.test\.ts$/.exec(path)?.[1];
  if (source === undefined || paths.has(`${source}.ts`)) return [];
  const isFolder = [...paths].some((other) => other.startsWith(`${source}/`));
  return isFolder ? [] : [`tests ${source}.ts, which does not exist`];
};

/** Folders of tests, except `unit`, which mirrors the product. */
const TEST_ROOMS = new Set([
  'unit',
  'port',
  'system',
  'real',
  'fuzz',
  'torture',
  'tidy',
  'support',
  'programs',
]);

export const testRoom: Check = ({ path }) => {
  const room = /^test\/([^/]+)\//.exec(path)?.[1];
  return room === undefined || TEST_ROOMS.has(room) ? [] : [`test/${room} is no room of tests`];
};

function isSource(path: string): boolean {
  return PRODUCT.test(path) && /\.c?ts$/.test(path);
}
