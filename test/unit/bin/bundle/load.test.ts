/** Files of a bundle run as CommonJS modules, with V8's code and without, and code that does not fit is harmless. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Script } from 'node:vm';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { bundleIn } from '../../../../bin/bundle/load.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'lttng-ts-bundle-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const wrapped = (body: string): string =>
  `(function (exports, require, module, __filename, __dirname) {${body}\n})`;

function write(file: string, body: string): void {
  writeFileSync(join(directory, file), wrapped(body));
}

function writeCode(file: string, code: Uint8Array): void {
  const { v8 } = process.versions;
  writeFileSync(join(directory, `${file}.${v8}-${process.arch}.cache`), code);
}

const SAYS = (what: string): string => `exports.says = () => '${what}';`;

function said(file: string): unknown {
  return (bundleIn(directory)(file) as { says: () => unknown }).says();
}

describe('a bundle', () => {
  it('runs each of its files once, with its own path', () => {
    write('part.cjs', 'exports.count = globalThis.parts = (globalThis.parts ?? 0) + 1;');
    write(
      'whole.cjs',
      `const one = require('./part.cjs'), two = require('./part.cjs'), { sep } = require('node:path');
exports.says = () => [one === two, one.count, __filename === __dirname + sep + 'whole.cjs'];`,
    );
    expect(said('whole.cjs')).toEqual([true, 1, true]);
  });

  it('may replace its exports', () => {
    write('whole.cjs', "module.exports = { says: () => 'replaced' };");
    expect(said('whole.cjs')).toBe('replaced');
  });

  it('loads files that need each other', () => {
    write('one.cjs', "const two = require('./two.cjs'); exports.says = () => two.says();");
    write('two.cjs', `require('./one.cjs'); ${SAYS('two')}`);
    expect(said('one.cjs')).toBe('two');
  });
});

describe('a file of a bundle that fails', () => {
  it('is missing, and is loaded when it is there', () => {
    const load = bundleIn(directory);
    expect(() => load('part.cjs')).toThrow('ENOENT');
    write('part.cjs', SAYS('part'));
    expect((load('part.cjs') as { says: () => unknown }).says()).toBe('part');
  });

  it('throws, and throws again when it is loaded again', () => {
    write('part.cjs', "throw new Error('no');");
    const load = bundleIn(directory);
    expect(() => load('part.cjs')).toThrow('no');
    expect(() => load('part.cjs')).toThrow('no');
  });
});

describe("V8's code", () => {
  it('that fits is used: the functions of the source it was made from', () => {
    write('whole.cjs', SAYS('new'));
    writeCode('whole.cjs', codeOf(SAYS('new')));
    expect(said('whole.cjs')).toBe('new');
  });

  it('of another source, a part of it, and other bytes change nothing', () => {
    write('whole.cjs', SAYS('new'));
    const fitting = codeOf(SAYS('new'));
    const codes = [
      codeOf(SAYS('older')),
      fitting.subarray(0, fitting.length >> 1),
      fitting.map((byte) => ~byte),
    ];
    for (const code of [...codes, new Uint8Array(), new Uint8Array(4096)]) {
      writeCode('whole.cjs', code);
      expect(said('whole.cjs')).toBe('new');
    }
  });
});

function codeOf(body: string): Uint8Array {
  return new Script(wrapped(body)).createCachedData();
}
