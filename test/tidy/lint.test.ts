/** The linter's rules: each reports a sample that breaks it, and accepts what is allowed. */
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');
const OXLINT = join(ROOT, 'node_modules/oxlint/bin/oxlint');

const promise = 'declare const later: () => Promise<number>;';

/** The sample's path, its text, and the rule that it breaks. */
const broken: readonly (readonly [path: string, code: string, rule: string])[] = [
  // Layers
  ['src/ring/node.ts', "import 'node:fs';", 'import(no-nodejs-modules)'],
  ['src/ring/bare-node.ts', "import 'fs';", 'import(no-nodejs-modules)'],
  ['actors/x/node.ts', "import 'node:fs';", 'import(no-nodejs-modules)'],
  ['sim/node.ts', "import 'node:fs';", 'import(no-nodejs-modules)'],
  ['src/ring/koffi.ts', "import 'koffi';", 'eslint(no-restricted-imports)'],
  ['actors/x/koffi.ts', "import 'koffi';", 'eslint(no-restricted-imports)'],
  ['sim/koffi.ts', "import 'koffi';", 'eslint(no-restricted-imports)'],
  ['bin/koffi.ts', "import 'koffi';", 'eslint(no-restricted-imports)'],
  ['src/ring/pino.ts', "import 'pino';", 'eslint(no-restricted-imports)'],
  ['bin/pino.ts', "import 'pino';", 'eslint(no-restricted-imports)'],
  ['src/os/commander.ts', "import 'commander';", 'eslint(no-restricted-imports)'],
  ['actors/x/commander.ts', "import 'commander';", 'eslint(no-restricted-imports)'],
  ['src/ring/msgpackr.ts', "import 'msgpackr';", 'eslint(no-restricted-imports)'],
  ['src/os/msgpackr.ts', "import 'msgpackr';", 'eslint(no-restricted-imports)'],
  ['actors/x/msgpackr.ts', "import 'msgpackr';", 'eslint(no-restricted-imports)'],
  ['bin/msgpackr.ts', "import 'msgpackr';", 'eslint(no-restricted-imports)'],
  ['src/wire/msgpackr.ts', "import 'msgpackr';", 'eslint(no-restricted-imports)'],
  ['src/os/msgpackr-pack.ts', "import 'msgpackr/pack';", 'eslint(no-restricted-imports)'],
  ['src/ring/os.ts', "import '../os/good.ts';", 'eslint(no-restricted-imports)'],
  ['src/near-os.ts', "import './os/good.ts';", 'eslint(no-restricted-imports)'],
  ['src/ring/actor.ts', "import '../../actors/good.ts';", 'eslint(no-restricted-imports)'],
  ['src/wire/actor.ts', "import '../../actors/good.ts';", 'eslint(no-restricted-imports)'],
  ['src/os/actor.ts', "import '../../actors/good.ts';", 'eslint(no-restricted-imports)'],
  ['src/ring/sim.ts', "import '../../sim/good.ts';", 'eslint(no-restricted-imports)'],
  ['src/ring/bin.ts', "import '../../bin/good.ts';", 'eslint(no-restricted-imports)'],
  ['src/ring/test.ts', "import '../../test/good.ts';", 'eslint(no-restricted-imports)'],
  ['actors/x/sim.ts', "import '../../sim/good.ts';", 'eslint(no-restricted-imports)'],
  ['actors/x/bin.ts', "import '../../bin/good.ts';", 'eslint(no-restricted-imports)'],
  ['actors/x/os.ts', "import '../../src/os/good.ts';", 'eslint(no-restricted-imports)'],
  ['sim/bin.ts', "import '../bin/good.ts';", 'eslint(no-restricted-imports)'],
  ['sim/os.ts', "import '../src/os/good.ts';", 'eslint(no-restricted-imports)'],
  ['bin/test.ts', "import '../test/good.ts';", 'eslint(no-restricted-imports)'],
  ['bin/control/node.ts', "import 'node:fs';", 'import(no-nodejs-modules)'],
  ['bin/control/commander.ts', "import 'commander';", 'eslint(no-restricted-imports)'],
  ['bin/control/os.ts', "import '../../src/os/good.ts';", 'eslint(no-restricted-imports)'],
  ['bin/control/lttng.ts', "import '../lttng/good.ts';", 'eslint(no-restricted-imports)'],
  ['bin/control/process.ts', 'export const id = process.pid;', 'eslint(no-restricted-globals)'],
  ['bin/control/console.ts', "console.log('x');", 'eslint(no-console)'],
  ['actors/x/promise.ts', "export { fromPromise } from 'xstate';", 'eslint(no-restricted-imports)'],
  // Determinism
  ['src/ring/date.ts', 'export const now = Date.now();', 'eslint(no-restricted-globals)'],
  ['actors/x/date.ts', 'export const now = new Date();', 'eslint(no-restricted-globals)'],
  ['sim/date.ts', 'export const now = Date.now();', 'eslint(no-restricted-globals)'],
  [
    'src/ring/global.ts',
    'export const now = globalThis.Date.now();',
    'eslint(no-restricted-globals)',
  ],
  ['src/ring/clock.ts', 'export const now = performance.now();', 'eslint(no-restricted-globals)'],
  ['src/ring/timeout.ts', 'setTimeout(() => 0, 1);', 'eslint(no-restricted-globals)'],
  ['src/ring/interval.ts', 'setInterval(() => 0, 1);', 'eslint(no-restricted-globals)'],
  ['src/ring/immediate.ts', 'setImmediate(() => 0);', 'eslint(no-restricted-globals)'],
  ['src/ring/microtask.ts', 'queueMicrotask(() => 0);', 'eslint(no-restricted-globals)'],
  [
    'src/ring/promise.ts',
    'export const never = new Promise(() => 0);',
    'eslint(no-restricted-globals)',
  ],
  ['src/ring/crypto.ts', 'export const id = crypto.randomUUID();', 'eslint(no-restricted-globals)'],
  ['src/ring/process.ts', 'export const id = process.pid;', 'eslint(no-restricted-globals)'],
  ['src/ring/buffer.ts', 'export const none = Buffer.alloc(0);', 'eslint(no-restricted-globals)'],
  [
    'src/ring/intl.ts',
    'export const order = new Intl.Collator();',
    'eslint(no-restricted-globals)',
  ],
  ['src/ring/weak.ts', 'export const weak = new WeakRef({});', 'eslint(no-restricted-globals)'],
  ['src/ring/async.ts', 'export async function wait(): Promise<void> {}', 'oxc(no-async-await)'],
  ['actors/x/async.ts', 'export const wait = async () => 0;', 'oxc(no-async-await)'],
  ['src/ring/random.ts', 'export const x = Math.random();', 'eslint(no-restricted-properties)'],
  ['sim/logarithm.ts', 'export const x = Math.log(2);', 'eslint(no-restricted-properties)'],
  [
    'src/ring/locale.ts',
    'export const x = (1).toLocaleString();',
    'eslint(no-restricted-properties)',
  ],
  [
    'sim/compare.ts',
    "export const x = 'a'.localeCompare('b');",
    'eslint(no-restricted-properties)',
  ],
  [
    'src/ring/block.ts',
    'Atomics.wait(new Int32Array(1), 0, 0);',
    'eslint(no-restricted-properties)',
  ],
  [
    'src/ring/sort.ts',
    'export const x = [10, 9].sort();',
    'typescript(require-array-sort-compare)',
  ],
  // Mistakes
  ['src/os/floating.ts', `${promise} later();`, 'typescript(no-floating-promises)'],
  ['test/floating.ts', `${promise} later();`, 'typescript(no-floating-promises)'],
  ['src/os/misused.ts', `${promise} if (later()) later;`, 'typescript(no-misused-promises)'],
  ['src/os/thenable.ts', 'export const x = async () => await 1;', 'typescript(await-thenable)'],
  ['src/ring/unused.ts', 'const unused = 1;', 'eslint(no-unused-vars)'],
  ['test/unused.ts', "import { unused } from './good.ts';", 'eslint(no-unused-vars)'],
  ['src/ring/default.ts', 'export default 1;', 'import(no-default-export)'],
  ['test/default.ts', 'export default 1;', 'import(no-default-export)'],
  ['src/ring/console.ts', "console.log('x');", 'eslint(no-console)'],
  ['src/os/console.ts', "console.log('x');", 'eslint(no-console)'],
  ['src/ring/any.ts', 'export function f(x: any): void { void x; }', 'typescript(no-explicit-any)'],
  [
    'src/ring/call.ts',
    "export const x: unknown = JSON.parse('1')();",
    'typescript(no-unsafe-call)',
  ],
  ['src/ring/assign.ts', "export const x = JSON.parse('1');", 'typescript(no-unsafe-assignment)'],
  ['src/ring/member.ts', "void JSON.parse('1').x;", 'typescript(no-unsafe-member-access)'],
  [
    'src/ring/return.ts',
    "export const f = (): number => JSON.parse('1');",
    'typescript(no-unsafe-return)',
  ],
  ['src/ring/argument.ts', "isNaN(JSON.parse('1'));", 'typescript(no-unsafe-argument)'],
  ['src/ring/bang.ts', "export const x = 'x'.at(0)!;", 'typescript(no-non-null-assertion)'],
  ['src/ring/throw.ts', "throw 'x';", 'typescript(only-throw-error)'],
  ['src/ring/equal.ts', 'export const f = (x: number) => x == 1;', 'eslint(eqeqeq)'],
  [
    'src/ring/switch.ts',
    "export function f(x: 'a' | 'b') { switch (x) { case 'a': f(x); } }",
    'typescript(switch-exhaustiveness-check)',
  ],
  [
    'src/ring/type.ts',
    "import { T } from './good.ts'; export const x: T = 1;",
    'typescript(consistent-type-imports)',
  ],
  [
    'src/ring/cast.ts',
    'const x = 1; export const y = x as 1;',
    'typescript(no-unnecessary-type-assertion)',
  ],
  [
    'src/ring/old.ts',
    '/** @deprecated */ const x = 1; export const y = x;',
    'typescript(no-deprecated)',
  ],
  ['src/ring/var.ts', 'export var x = 1;', 'eslint(no-var)'],
  ['src/ring/let.ts', 'let x = 1; export const y = x;', 'eslint(prefer-const)'],
  ['src/ring/cycle.ts', "export * from './cycle-too.ts';", 'import(no-cycle)'],
  ['src/ring/long.ts', '// line\n'.repeat(401), 'eslint(max-lines)'],
  [
    'test/only.test.ts',
    "import { it } from 'vitest'; it.only('x', () => 0);",
    'vitest(no-focused-tests)',
  ],
  [
    'test/empty.test.ts',
    "import { it } from 'vitest'; it('x', () => undefined);",
    'vitest(expect-expect)',
  ],
];

/** Samples that the same rules accept. */
const allowed: Readonly<Record<string, string>> = {
  'src/ring/good.ts': 'export type T = number; export const x = Math.min(1, 2);',
  'src/ring/cycle-too.ts': "import './cycle.ts';",
  'src/wire/good.ts': "import 'msgpackr/pack'; import 'valibot';",
  'src/runtime/good.ts': "import { createActor } from 'xstate'; void createActor;",
  'src/os/good.ts':
    "import 'node:fs'; import 'koffi'; import 'pino'; import '../ring/good.ts'; setTimeout(() => Date.now(), 1);",
  'actors/good.ts': "import '../src/ring/good.ts';",
  'sim/good.ts': "import '../actors/good.ts'; import '../src/ring/good.ts';",
  'bin/control/good.ts': "import '../../actors/good.ts'; await Promise.resolve(1);",
  'bin/lttng/good.ts': "import 'commander'; import '../control/good.ts';",
  'bin/good.ts':
    "import 'node:fs'; import 'commander'; import '../src/os/good.ts'; console.log(await Promise.resolve(1));",
  'test/good.ts':
    "import 'node:fs'; import 'msgpackr'; import '../src/os/good.ts'; import '../bin/good.ts';",
};

/** Types of the host that the samples use; only the names matter here. */
const HOST = `declare global {
  const console: { log(x: unknown): void }; const performance: { now(): number }; const process: { pid: number };
  const crypto: { randomUUID(): string }; const Buffer: { alloc(n: number): Uint8Array };
  function setTimeout(f: () => void, ms: number): void; function setInterval(f: () => void, ms: number): void;
  function setImmediate(f: () => void): void; function queueMicrotask(f: () => void): void;
}
export {};
`;

interface Diagnostic {
  readonly code: string;
  readonly filename: string;
}

describe('the linter', () => {
  let directory = '';
  let found: readonly Diagnostic[] = [];
  const write = (path: string, text: string): void => {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), text);
  };
  const rulesOf = (path: string): string[] =>
    found.filter(({ filename }) => filename === path).map(({ code }) => code);

  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'lint-'));
    copyFileSync(join(ROOT, '.oxlintrc.json'), join(directory, '.oxlintrc.json'));
    copyFileSync(join(ROOT, '.tsconfig.base.json'), join(directory, '.tsconfig.base.json'));
    write('tsconfig.json', '{ "extends": "./.tsconfig.base.json", "include": ["**/*.ts"] }');
    write('host.d.ts', HOST);
    for (const [path, code] of broken) write(path, `${code}\n`);
    for (const [path, code] of Object.entries(allowed)) write(path, `${code}\n`);
    const run = spawnSync(process.execPath, [OXLINT, '--format=json'], {
      cwd: directory,
      encoding: 'utf8',
      maxBuffer: 64 * 1024 * 1024,
    });
    expect(run.stderr).toBe('');
    ({ diagnostics: found } = JSON.parse(run.stdout) as { diagnostics: Diagnostic[] });
  });
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  test.each(broken)('rejects %s', (path, _code, rule) => {
    expect(rulesOf(path)).toContain(rule);
  });

  test.each(Object.keys(allowed))('accepts %s', (path) => {
    const cycle = 'import(no-cycle)';
    expect(rulesOf(path).filter((rule) => rule !== cycle)).toEqual([]);
  });
});
