/**
 * Configuration of rolldown: the programs and the preload, each as few files that are whole. A program that opens one
 * file starts much faster than one that looks for 250 modules (`docs/performance.md`). Each file is one function
 * expression with the parameters of a CommonJS module, which `load.ts` calls; `launch` and `preload`, which Node itself
 * loads, are CommonJS modules. Lines and the names of functions stay, for stack traces, and source maps lie beside the
 * files. koffi is native and stays outside.
 */
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Plugin, RolldownOptions } from 'rolldown';

const BIN = 'dist/bin';
const NOTICES = join(BIN, 'third-party-notices.txt');
const PACKAGE = /^.*\/node_modules\/(@[^/]+\/)?[^/]+/;
const NOTHING = '\0nothing';
const NOT_ASCII = /[\u0080-\uffff]/g;

/** V8's code for the bundles of the build before must not meet those of this one. */
const withoutOldCode: Plugin = {
  name: 'without-old-code',
  renderStart: ({ dir = '' }) => {
    const files = existsSync(dir) ? readdirSync(dir) : [];
    for (const file of files) if (file.endsWith('.cache')) rmSync(join(dir, file));
  },
};

/** Bundles are read as Latin-1, which is the fastest; an escape means the same in text and in regular expressions. */
const inAscii: Plugin = {
  name: 'in-ascii',
  generateBundle: (_options, files) => {
    for (const file of Object.values(files)) {
      if (file.type === 'chunk') file.code = file.code.replace(NOT_ASCII, escaped);
    }
  },
};

function escaped(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

/** The wrapper of CommonJS, on the first line, so that lines stay right. */
const asFunction: Plugin = {
  name: 'as-function',
  generateBundle: (_options, files) => {
    for (const file of Object.values(files)) {
      if (file.type !== 'chunk') continue;
      file.code = `(function (exports, require, module, __filename, __dirname) {${file.code}\n})`;
    }
  },
};

/** commander loads `node:child_process` for commands that are programs of their own; ours has none. */
const withoutSubprograms: Plugin = {
  name: 'without-subprograms',
  resolveId: (source, importer = '') =>
    source === 'node:child_process' && importer.includes('/node_modules/commander/')
      ? NOTHING
      : undefined,
  load: (id) => (id === NOTHING ? 'module.exports = {};' : undefined),
};

const notices = new Map<string, string>();
/** The licences of the packages that the bundles contain. */
const withNotices: Plugin = {
  name: 'with-notices',
  writeBundle: (_options, files) => {
    for (const file of Object.values(files)) {
      if (file.type !== 'chunk') continue;
      for (const id of file.moduleIds) {
        const directory = PACKAGE.exec(id)?.[0];
        if (directory !== undefined) notices.set(directory, noticeOf(directory));
      }
    }
    writeFileSync(NOTICES, [...notices.values()].sort().join(`\n${'-'.repeat(80)}\n\n`));
  },
};

function noticeOf(directory: string): string {
  const read = (file: string): string => readFileSync(join(directory, file), 'utf8');
  const { name, version, license } = JSON.parse(read('package.json')) as Record<string, string>;
  const file = readdirSync(directory).find((path) => /^licen[cs]e/i.test(path));
  if (file === undefined) throw new Error(`${name} has no licence file`);
  return `${name} ${version}, ${license}\n\n${read(file).trim()}\n`;
}

function bundle(
  source: string,
  file: string,
  { isFunction }: { readonly isFunction: boolean },
): RolldownOptions {
  const [directory = '', name = ''] = file.split('/');
  return {
    input: { [name]: `bin/${source}.ts` },
    platform: 'node',
    external: ['koffi'],
    plugins: [
      withoutSubprograms,
      withoutOldCode,
      inAscii,
      ...(isFunction ? [asFunction] : []),
      withNotices,
    ],
    output: {
      dir: join(BIN, directory),
      format: 'cjs',
      strict: true,
      codeSplitting: name === 'lttng',
      entryFileNames: '[name].cjs',
      // A number that keeps two of them apart comes before the name of the program.
      chunkFileNames: `[name].${name}.cjs`,
      sourcemap: 'hidden',
      sourcemapExcludeSources: true,
      comments: false,
      minify: { compress: true, mangle: { keepNames: true }, codegen: { removeWhitespace: false } },
    },
  };
}

// oxlint-disable-next-line import/no-default-export -- rolldown reads the default
export default [
  bundle('bundle/launch', 'programs/launch', { isFunction: false }),
  bundle('lttng/commands/main', 'programs/lttng', { isFunction: true }),
  bundle('daemon/sessiond', 'programs/lttng-sessiond', { isFunction: true }),
  bundle('daemon/consumerd', 'programs/consumerd', { isFunction: true }),
  bundle('daemon/relayd', 'programs/lttng-relayd', { isFunction: true }),
  bundle('library/preload', 'library/preload', { isFunction: false }),
  bundle('library/preload-engine', 'library/preload-engine', { isFunction: true }),
];
