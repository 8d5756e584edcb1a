/**
 * The rules for every text file of the repository. A check takes one file and returns one complaint for each fault;
 * patterns are written so that they do not match themselves.
 */
import { createHash } from 'node:crypto';
import { posix } from 'node:path';
import { relativeImports } from './relative-imports.ts';

export interface TextFile {
  /** Relative to the root, with `/`. */
  readonly path: string;
  readonly text: string;
}
/** `paths` are all files of the repository. */
export type Check = (file: TextFile, paths: ReadonlySet<string>) => readonly string[];

export const COLUMNS_MAX = 120;
/** A shorter comment cannot describe a file. */
const HEADER_CHARACTERS_MIN = 20;

/** Every source file opens with a comment that describes it. */
export const header: Check = ({ path, text }) => {
  if (!path.endsWith('.ts')) return [];
  const comment = /^(?:#!.*\n)?\/\*\*\s([\s\S]*?)\*\//.exec(text)?.[1] ?? '';
  return comment.length < HEADER_CHARACTERS_MIN
    ? ['does not start with a comment that says why it exists']
    : [];
};

/** What a program printed, which a document quotes as it is. */
const QUOTED_OUTPUT = /^```text\n[^]*?^```$/gm;

export const layout: Check = ({ path, text }) => [
  ...linesWhere(
    path.endsWith('.md') ? text.replace(QUOTED_OUTPUT, (block) => block.replace(/.+/g, '')) : text,
    (line) => Array.from(line).length > COLUMNS_MAX,
    `is over ${COLUMNS_MAX} columns`,
  ),
  ...linesWhere(text, (line) => /[ \t]$/.test(line), 'ends in a space'),
  ...linesWhere(text, (line) => line.includes('\r'), 'has a carriage return'),
  ...(text === '' || /[^\n]\n$/.test(text) ? [] : ['does not end in one line feed']),
];

/** The repository holds finished work only. */
export const marks: Check = ({ text }) =>
  linesWhere(text, (line) => /\b(?:TO[D]O|FIX[M]E|XX[X])\b/.test(line), 'marks unfinished work');

export const fileName: Check = ({ path }) => {
  const name = posix.basename(path);
  const kebab = /^\.?[a-z0-9]+(?:-[a-z0-9]+)*(?:\.[a-z0-9-]+)*$/;
  return kebab.test(name) || /^[A-Z]+(?:\.md)?$/.test(name) ? [] : ['is not named in kebab-case'];
};

/** Imports name the file they mean. */
export const importSuffix: Check = ({ path, text }) => {
  if (!path.endsWith('.ts')) return [];
  return relativeImports(text)
    .filter((specifier) => !specifier.endsWith('.ts'))
    .map((specifier) => `imports ${specifier} without its .ts`);
};

/** Paths of a developer's machine. Home directories of made-up users are allowed. */
export const machinePlaces: Check = ({ text }) => {
  const place =
    /(?<![\w.}*-])\/(?:(?:work|tmp\/(?:wt|brief))(?![\w-])|home\/(?!(?:alice|bob|carol|dave)\b)[a-z])/;
  return linesWhere(text, (line) => place.test(line), 'names a place on one machine');
};

/** A reference to a discussion does not help a reader. */
export const ticketNumbers: Check = ({ path, text }) =>
  /\.(?:ts|md)$/.test(path)
    ? linesWhere(text, (line) => /(?:^|[\s(])#\d+\b/.test(line), 'names a ticket')
    : [];

/** The first digits of the SHA-256 of each forbidden word, so that the list does not contain the words. */
export const WORD_DIGESTS: ReadonlySet<string> = new Set([
  'c857d09db23e',
  'c70eca6b0f88',
  '7d3194f79e64',
  '60965168ce76',
  '053ea4804ef1',
  '3ea125d0bff3',
  '57de4cf40144',
  '487b91042c7c',
  'de2187af3fb0',
  '5d72436256ad',
  '94a168d2da57',
  'd298391b0743',
  '32e83e92d45d',
  'c247e9808f5e',
  'd4f0bc5a29de',
  '8c70b25cbbbe',
]);

export function words(unwanted: ReadonlySet<string>): Check {
  const known = new Map<string, boolean>();
  const isUnwanted = (word: string): boolean => {
    const before = known.get(word);
    if (before !== undefined) return before;
    const answer = unwanted.has(createHash('sha256').update(word).digest('hex').slice(0, 12));
    known.set(word, answer);
    return answer;
  };
  return ({ text }) =>
    linesWhere(
      text,
      (line) => (line.match(/[A-Za-z]+/g) ?? []).some((word) => isUnwanted(word.toLowerCase())),
      'has a word that does not belong here',
    );
}

/** The lock file must not say where packages were downloaded. */
export const lockFile: Check = ({ path, text }) =>
  posix.basename(path) === 'package-lock.json' && /"resolved"|"registry"/.test(text)
    ? ['says where packages come from']
    : [];

/** Links between our own documents lead somewhere, headings included. */
export function links(textOf: (path: string) => string): Check {
  return ({ path, text }, paths) => {
    if (!path.endsWith('.md')) return [];
    return [...text.matchAll(/\]\(([^)\s]+)\)/g)].flatMap(([, target = '']) => {
      if (/^[a-z]+:/.test(target)) return [];
      const [file = '', heading] = target.split('#');
      const named = file === '' ? path : posix.join(posix.dirname(path), file).replace(/\/$/, '');
      const isFolder = [...paths].some((other) => other.startsWith(`${named}/`));
      if (!paths.has(named) && !isFolder) return [`links to ${target}, which does not exist`];
      if (heading === undefined || headings(textOf(named)).has(heading)) return [];
      return [`links to ${target}, a heading that does not exist`];
    });
  };
}

/** Example files, which a reader creates. */
const EXAMPLES = new Set(['sim/scenarios/mine.ts', 'test/system/mine.test.ts']);

/** A path of the repository that a text names in backquotes exists: a file, a module without its `.ts`, or a folder. */
export const namedPaths: Check = ({ path, text }, paths) => {
  if (!/\.(?:ts|md)$/.test(path)) return [];
  const named = text.matchAll(/`((?:src|actors|sim|bin|test|bench|docs)\/[\w./-]*)`/g);
  return [...named]
    .map(([, name = '']) => name.replace(/\/$/, ''))
    .filter((name) => {
      const isFolder = [...paths].some((other) => other.startsWith(`${name}/`));
      return !paths.has(name) && !paths.has(`${name}.ts`) && !isFolder && !EXAMPLES.has(name);
    })
    .map((name) => `names ${name}, which does not exist`);
};

/** Words for which the field has a better one, and that one. */
const STANDARD_TERMS: ReadonlyMap<string, string> = new Map([
  ['gift', 'passed socket'],
  ['forsaken', 'orphaned'],
  ['makers', 'creators'],
  ['mercy', 'tolerance'],
  ['mischief', 'call faults'],
  ['misdeed', 'misbehaviour'],
  ['narrator', 'timeline collector'],
  ['occasion', 'eligibility'],
  ['onlooker', 'run context'],
  ['manners', 'protocol'],
]);

/** No identifier and no sentence of the product goes back to a word that has a standard term. */
export const standardTerms: Check = ({ path, text }) => {
  if (!/^(?:src|actors|sim|bin)\/.*\.c?ts$/.test(path)) return [];
  const parts = text.match(/[A-Za-z][a-z]+/g) ?? [];
  const found = new Set(parts.map((part) => part.toLowerCase().replace(/(?<!s)s$/, '')));
  return [...STANDARD_TERMS]
    .filter(([word]) => found.has(word.replace(/s$/, '')))
    .map(([word, term]) => `says "${word}", for which the term is "${term}"`);
};

/** The one folder whose output is made visible (`src/base/visible.ts`), and the log of the library in a program. */
const PRINTERS = /^bin\/(?:terminal\/|library\/guest\/debug\.ts$)/;

/** Text reaches a terminal through `bin/terminal` alone. */
export const printing: Check = ({ path, text }) => {
  if (!/^(?:src|actors|sim|bin)\/.*\.c?ts$/.test(path) || PRINTERS.test(path)) return [];
  const print = /\bstd(?:out|err)\.(?:write|fd)\b|\bconsole\.\w+\(/;
  return linesWhere(text, (line) => print.test(line), 'prints around bin/terminal');
};

/** What makes a reader translate: the sentence does not name who does what. */
export const plainSentences: Check = ({ path, text }) =>
  /^(?:(?:src|actors|sim|bin)\/.*\.c?ts|README\.md|docs\/[^/]*\.md)$/.test(path) &&
  path !== 'docs/mutation.md'
    ? linesWhere(
        text,
        (line) => /\b(?:whoever|nobody|somebody|everybody|of no use)\b/i.test(line),
        'does not name who does what',
      )
    : [];

function headings(markdown: string): Set<string> {
  const titles = [...markdown.matchAll(/^#+ +(.*)$/gm)].map(([, title = '']) => title);
  return new Set(
    titles.map((title) =>
      title
        .toLowerCase()
        .replace(/[^\w\- ]/g, '')
        .replaceAll(' ', '-'),
    ),
  );
}

/** The number of the last requirement of each part. */
export const LAST_OF_PART: Readonly<Record<string, number>> = {
  'R1.': 29,
  'R2.': 13,
  'R3.': 10,
  S: 8,
};

/** Requirements that a file names exist. `S1` means a scenario only in tests. */
export const requirements: Check = ({ path, text }) => {
  const pattern = path.startsWith('test/') ? /\b(R\d+\.|S)(\d+)\b/g : /\b(R\d+\.)(\d+)\b/g;
  return [...text.matchAll(pattern)]
    .filter(
      ([, part = '', number]) =>
        !(Number(number) >= 1 && Number(number) <= (LAST_OF_PART[part] ?? 0)),
    )
    .map(([id]) => `names ${id}, which is no requirement`);
};

function linesWhere(text: string, isBad: (line: string) => boolean, complaint: string): string[] {
  return text
    .split('\n')
    .flatMap((line, index) => (isBad(line) ? [`line ${index + 1} ${complaint}`] : []));
}
