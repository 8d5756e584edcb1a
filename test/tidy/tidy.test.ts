/** Runs the checks on the repository's own text, and shows that each check rejects a bad sample. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import * as checks from './checks.ts';
import { entrances } from './entrances.ts';
import { importOrder, MAY_IMPORT } from './layers.ts';
import * as structure from './structure.ts';

const ROOT = join(import.meta.dirname, '../..');

/** Files that git ignores, as `.gitignore` lists them. */
const ignored = readFileSync(join(ROOT, '.gitignore'), 'utf8').trim().split('\n');

function isIgnored(name: string): boolean {
  return ignored.some((line) =>
    line.startsWith('*') ? name.endsWith(line.slice(1)) : name === line.replace('/', ''),
  );
}

function walk(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.name === '.git' || isIgnored(entry.name)) return [];
    return entry.isDirectory() ? walk(path) : [path];
  });
}

const paths = new Set(walk('.'));
const textOf = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

/** Fixtures come from other tools, npm writes the lock file, and a file with a NUL byte is not text. */
const isOurText = (path: string): boolean =>
  !path.includes('/fixtures/') && basename(path) !== 'package-lock.json';
const ours = [...paths]
  .filter(isOurText)
  .map((path) => ({ path, text: textOf(path) }))
  .filter(({ text }) => !text.includes('\0'));
const lock = { path: 'package-lock.json', text: textOf('package-lock.json') };

const onOurs: readonly (readonly [string, checks.Check])[] = [
  ['starts with a header', checks.header],
  ['is laid out evenly', checks.layout],
  ['has no mark of unfinished work', checks.marks],
  ['is named in kebab-case', checks.fileName],
  ['imports files by their full names', checks.importSuffix],
  ['names no place of a machine', checks.machinePlaces],
  ['names no ticket', checks.ticketNumbers],
  ['uses no unwanted word', checks.words(checks.WORD_DIGESTS)],
  ['links to what exists', checks.links(textOf)],
  ['names paths that exist', checks.namedPaths],
  ['uses standard terms', checks.standardTerms],
  ['names who does what', checks.plainSentences],
  ['prints through one folder', checks.printing],
  ['names requirements that exist', checks.requirements],
  ['imports what its folder may', importOrder],
  ['gives Node nothing that can throw into a program', entrances],
  ['is a test of a source at its path', structure.testPlace],
  ['is in a room of tests', structure.testRoom],
  ['is a machine with its events and a step test', structure.machineParts],
];
const onTree: readonly (readonly [string, structure.TreeCheck])[] = [
  ['no folder hides a room among loose files', structure.looseFiles],
  ['a bound has one definition', structure.boundsOnce],
];

describe('every file', () => {
  test('is found', () => {
    expect(ours.length).toBeGreaterThan(100);
    expect(paths).toContain('.ci/run');
  });

  test.each(onOurs)('%s', (_name, check) => {
    const complaints = ours.flatMap((file) =>
      check(file, paths).map((complaint) => `${file.path}: ${complaint}`),
    );
    expect(complaints).toEqual([]);
  });

  test.each(onTree)('of the tree: %s', (_name, check) => {
    expect(check(ours)).toEqual([]);
  });

  test('the map has each row of the table of imports', () => {
    const map = textOf('docs/architecture.md');
    const folders = Object.keys(MAY_IMPORT).filter(
      (row) => row.includes('/') && !row.endsWith('.ts'),
    );
    expect(folders.filter((folder) => !map.includes(`\`${folder}\``))).toEqual([]);
  });

  test('npm runs no install script of a package, and has nothing to say about one', () => {
    const { packages } = JSON.parse(lock.text) as {
      packages: Readonly<Record<string, { readonly hasInstallScript?: true }>>;
    };
    const withScript = Object.entries(packages)
      .filter(([path, { hasInstallScript }]) => path !== '' && hasInstallScript === true)
      .map(([path]) => path.replace(/^.*node_modules\//, ''));
    const { allowScripts } = JSON.parse(textOf('package.json')) as { allowScripts: object };
    expect(allowScripts).toEqual(Object.fromEntries(withScript.map((name) => [name, false])));
  });

  test('the lock file does not say where packages come from', () => {
    expect(checks.lockFile(lock, paths)).toEqual([]);
  });
});

describe('a check rejects', () => {
  const digest = createHash('sha256').update('unwanted').digest('hex').slice(0, 12);
  const words = checks.words(new Set([digest]));
  const links = checks.links(() => '# One heading\n');
  const exist = new Set(['README.md', 'docs/x.md', 'src/ring/x.ts']);
  // The samples are concatenated so that this file passes its own checks.
  const samples: readonly (readonly [string, checks.Check, string, string])[] = [
    ['a missing header', checks.header, 'src/ring/x.ts', "import 'x';\n"],
    ['an empty header', checks.header, 'src/ring/x.ts', '/** x */\n'],
    ['a long line', checks.layout, 'x.md', `${'x'.repeat(checks.COLUMNS_MAX + 1)}\n`],
    [
      'a long line after a printed one',
      checks.layout,
      'x.md',
      `\`\`\`text\n\`\`\`\n${'x'.repeat(121)}\n`,
    ],
    ['a trailing space', checks.layout, 'x.md', 'x \n'],
    ['a carriage return', checks.layout, 'x.md', 'x\r\n'],
    ['no last line feed', checks.layout, 'x.md', 'x'],
    ['an empty last line', checks.layout, 'x.md', 'x\n\n'],
    ['unfinished work', checks.marks, 'x.md', `${'TO'}${'DO'}: x\n`],
    ['a name in camel case', checks.fileName, 'src/ring/oneName.ts', ''],
    ['a name with an underscore', checks.fileName, 'src/ring/one_name.ts', ''],
    ['an import without suffix', checks.importSuffix, 'src/ring/x.ts', `import '${'./y'}';\n`],
    ['an import of output', checks.importSuffix, 'src/ring/x.ts', `import x from '${'./y'}.js';\n`],
    ['a test of nothing', structure.testPlace, 'test/unit/src/ring/other.test.ts', ''],
    ['a room of its own', structure.testRoom, 'test/other/x.test.ts', ''],
    ['a place of work', checks.machinePlaces, 'x.md', `in /${'work'}/main\n`],
    ['a home', checks.machinePlaces, 'x.md', `in /${'home'}/somebody\n`],
    ['a ticket', checks.ticketNumbers, 'x.md', `see #${12}\n`],
    ['an unwanted word', words, 'x.md', 'Unwanted-thing\n'],
    ['a download address', checks.lockFile, 'package-lock.json', '{ "resolved": "x" }\n'],
    ['a dead link', links, 'docs/x.md', `[x](${'y.md'})\n`],
    ['a link to no heading', links, 'docs/x.md', `[x](../README.md#${'other'})\n`],
    ['an odd word', checks.standardTerms, 'sim/x.ts', 'const giftCount = 1;\n'],
    ['an odd plural', checks.standardTerms, 'sim/x.ts', '/** The makers of segments. */\n'],
    ['a sentence without an actor', checks.plainSentences, 'docs/x.md', 'Whoever asks.\n'],
    ['a way around the terminal', checks.printing, 'bin/x.ts', 'process.stdout.write(text);\n'],
    ['a print by the console', checks.printing, 'src/os/x.ts', 'console.error(text);\n'],
    ['a path that is gone', checks.namedPaths, 'docs/x.md', `see \`src/ring/${'y'}.ts\`\n`],
    ['an unknown requirement', checks.requirements, 'src/ring/x.ts', `// R1.${'30'}\n`],
    ['an unknown scenario', checks.requirements, 'test/real/x.test.ts', `// S${'9'}\n`],
    ['an import upwards', importOrder, 'src/ring/x.ts', "import { x } from '../wire/x.ts';\n"],
    [
      'a type imported upwards',
      importOrder,
      'actors/sessiond/session/x.ts',
      "import type { x } from '../registry/x.ts';\n",
    ],
    [
      'a computer that knows the product',
      importOrder,
      'sim/machine/x.ts',
      "import { x } from '../../actors/shared/x.ts';\n",
    ],
    ['a timer that may throw', entrances, 'src/os/x.ts', 'setTimeout(() => go(), 5);\n'],
    ['a named callback', entrances, 'bin/library/x.ts', 'const f = () => go();\nx.on("y", f);\n'],
    ['a callback in CommonJS', entrances, 'bin/library/x.cts', 'promise.then(go);\n'],
    ['a turn of its own', entrances, 'src/os/x.ts', 'async () => {\n  await x();\n};\n'],
    ['an unknown folder', importOrder, 'src/folder/x.ts', ''],
    [
      'a command that goes around the control library',
      importOrder,
      'bin/lttng/commands/x.ts',
      "import { x } from '../../control/registry-client.ts';\n",
    ],
    [
      'a command with a plan of its own',
      importOrder,
      'bin/lttng/commands/x.ts',
      "import type { x } from '../../../actors/client/plans/plan.ts';\n",
    ],
    ['an os that knows more', importOrder, 'src/os/x.ts', "import { x } from '../ctf/x.ts';\n"],
  ];

  test.each(samples)('%s', (_name, check, path, text) => {
    expect(check({ path, text }, exist)).toHaveLength(1);
  });
});

describe('a check of the tree rejects', () => {
  const file = (path: string, text = ''): checks.TextFile => ({ path, text });

  test('loose files beside sub-folders', () => {
    const loose = Array.from({ length: structure.LOOSE_FILES_MAX }, (_, n) =>
      file(`src/wire/x${n}.ts`),
    );
    const room = file('src/wire/app/x.ts');
    expect(structure.looseFiles([...loose, room])).toEqual([]);
    expect(structure.looseFiles([...loose, room, file('src/wire/y.ts')])).toHaveLength(1);
    expect(structure.looseFiles([file('sim/x.ts'), file('sim/y.ts')])).toHaveLength(1);
  });

  test('a bound with two definitions', () => {
    const one = file('src/ring/x.ts', 'export const WAIT_MS = 1;\n');
    const two = file('actors/client/x.ts', 'export const WAIT_MS = 2;\n');
    expect(structure.boundsOnce([one])).toEqual([]);
    expect(structure.boundsOnce([one, two])).toHaveLength(1);
  });

  test('a machine without its parts', () => {
    const parts = ['actors/x/events.ts', 'test/unit/actors/x/machine.test.ts'];
    const machine = file('actors/x/machine.ts', 'events: {} as XEvent,\n');
    const all = file('actors/x/machine.ts', 'events: {} as EffectEvent,\n');
    expect(structure.machineParts(machine, new Set(parts))).toEqual([]);
    expect(structure.machineParts(all, new Set(parts))).toHaveLength(1);
    expect(structure.machineParts(machine, new Set(parts.slice(1)))).toHaveLength(1);
    expect(structure.machineParts(machine, new Set(parts.slice(0, 1)))).toHaveLength(1);
  });
});

describe('a check accepts', () => {
  const ENTERING = `const f = entering(entrance, go);
setTimeout(f, 5);
x.on('y', entering(entrance, go));
x.once('y', () => entrance.run(go));
x.on('error', () => undefined);
`;
  const exist = new Set(['README.md', 'docs/x.md', 'src/ring/x.ts']);
  const links = checks.links(() => '# One heading\n');
  const samples: readonly (readonly [string, checks.Check, string, string])[] = [
    [
      'a header after a shebang',
      checks.header,
      'bin/x.ts',
      '#!/usr/bin/env node\n/** Runs the daemon of sessions. */\n',
    ],
    ['a test of a file', structure.testPlace, 'test/unit/src/ring/x.test.ts', ''],
    ['a second test of a file', structure.testPlace, 'test/unit/src/ring/x.limits.test.ts', ''],
    ['a test of a folder', structure.testPlace, 'test/unit/src/ring.test.ts', ''],
    ['a test of the whole', structure.testPlace, 'test/real/x.test.ts', ''],
    [
      'a link to a heading',
      links,
      'docs/x.md',
      '[x](../README.md#one-heading) [y](https://example.org) [z](../docs/)\n',
    ],
    [
      'paths that exist',
      checks.namedPaths,
      'docs/x.md',
      `\`src/ring/${'x'}.ts\` in \`src/ring/\`\n`,
    ],
    [
      'a long line that was printed',
      checks.layout,
      'x.md',
      `\`\`\`text\n${'x'.repeat(200)}\n\`\`\`\n`,
    ],
    ['a home of a made-up user', checks.machinePlaces, 'x.md', '/home/alice\n'],
    [
      'the last requirement',
      checks.requirements,
      'test/real/x.test.ts',
      '// R1.29 R2.13 R3.10 S8\n',
    ],
    ['callbacks that enter', entrances, 'src/os/x.ts', ENTERING],
    ['callbacks of a command', entrances, 'bin/terminal/x.ts', 'setTimeout(() => go(), 5);\n'],
    ['imports downwards', importOrder, 'src/ring/x.ts', "import { x } from '../base/x.ts';\n"],
  ];

  test.each(samples)('%s', (_name, check, path, text) => {
    expect(check({ path, text }, exist)).toEqual([]);
  });
});
