/**
 * Goal: for any content of the files, reading ends, does not throw, and reports in one sentence with the file's name
 * what it could not read; each packet is intact or reported. Method: valid traces with bytes changed, removed, cut off
 * or inserted, and metadata with excessive sizes.
 */
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { NS_PER_SECOND } from '../../../../src/base/time.ts';
import { createFiles } from '../../../../src/os/files.ts';
import { sequence, string, struct, u32 } from '../../../../src/tracer/types.ts';
import { renderLine } from '../../../../src/view/render.ts';
import { createJsonRenderer } from '../../../../src/view/render-json.ts';
import { createTextRenderer } from '../../../../src/view/render-text.ts';
import { openTraceSet } from '../../../../src/view/trace-set.ts';
import { temporaryDirectory } from '../../../support/temporary.ts';
import { TraceWriter } from '../../../support/trace/write-trace.ts';

const files = createFiles();
const LTTNG = join(import.meta.dirname, '../../../support/trace/fixtures/lttng-ust-2.13/trace');

interface Damage {
  readonly file: number;
  readonly position: number;
  readonly kind: 'change' | 'cut' | 'end' | 'insert';
  readonly bytes: Uint8Array;
}
const damage: fc.Arbitrary<Damage> = fc.record({
  file: fc.nat(2),
  position: fc.nat(),
  kind: fc.constantFrom('change', 'change', 'change', 'cut', 'end', 'insert'),
  bytes: fc.oneof(
    fc.uint8Array({ minLength: 1, maxLength: 16 }),
    fc.constantFrom(new Uint8Array(8).fill(255), new Uint8Array(300)),
  ),
});

function apply(content: Buffer, { position, kind, bytes }: Damage): Buffer {
  const at = position % (content.length + 1);
  const before = content.subarray(0, at);
  if (kind === 'end') return before;
  if (kind === 'cut') return Buffer.concat([before, content.subarray(at + bytes.length)]);
  if (kind === 'insert') return Buffer.concat([before, bytes, content.subarray(at)]);
  return Buffer.concat([before, bytes, content.subarray(at + bytes.length)]);
}

interface Outcome {
  readonly events: number;
  readonly sentences: readonly string[];
}

/** Reads and renders everything. */
function readAll(directory: string): Outcome {
  const opened = openTraceSet(files, [directory], { isFollowing: false });
  if (!opened.ok) return { events: 0, sentences: [opened.error.message] };
  const sentences = [...opened.value.problems];
  const { set } = opened.value;
  const renderers = [createTextRenderer(), createJsonRenderer()];
  let events = 0;
  for (let message = set.next(); message !== undefined; message = set.next()) {
    for (const renderer of renderers) expect(renderLine(renderer, message)).not.toContain('\n');
    if (message.kind === 'event') events++;
    if (message.kind === 'problem') sentences.push(message.text);
  }
  set.close();
  return { events, sentences };
}

function writeOwnTrace(directory: string): string[] {
  const trace = new TraceWriter(files, directory);
  for (const stream of [trace.stream(), trace.stream()]) {
    const hit = stream.tracer.tracepoint('my:hit', {
      n: u32,
      label: string,
      list: sequence(struct({ a: u32, names: sequence(string) })),
    });
    for (let n = 0; n < 30; n++) {
      trace.clock.ns += 1000n;
      hit({ n, label: `number ${n}`, list: [{ a: n, names: ['x', 'yy'] }] });
      stream.drain(n % 10 === 9);
    }
  }
  trace.close();
  return ['metadata', 'channel0_0', 'channel0_1'];
}

describe('a damaged trace', () => {
  test.each(['ours', 'of LTTng'])('%s is read as far as it can be', (whose) => {
    const directory = temporaryDirectory();
    const original = whose === 'ours' ? `${directory}/original` : LTTNG;
    const names = whose === 'ours' ? writeOwnTrace(original) : ['metadata', 'ch_0', 'ch_1'];
    const intact = readAll(original);
    expect(intact).toEqual({ events: whose === 'ours' ? 60 : 68, sentences: [] });
    const copy = `${directory}/copy`;
    mkdirSync(copy);
    let reported = 0;
    fc.assert(
      fc.property(fc.array(damage, { minLength: 1, maxLength: 4 }), (damages) => {
        for (const name of names) copyFileSync(join(original, name), join(copy, name));
        for (const each of damages) {
          const path = join(copy, names[each.file] ?? '');
          writeFileSync(path, apply(readFileSync(path), each));
        }
        const { events, sentences } = readAll(copy);
        expect(events).toBeLessThan(5000);
        for (const sentence of sentences) {
          expect(sentence).toContain(directory);
          expect(sentence).toMatch(/^[^\n]{1,400}$/);
        }
        reported += sentences.length;
      }),
      { numRuns: 400 },
    );
    rmSync(copy, { recursive: true });
    expect(reported).toBeGreaterThan(100);
  });

  test('names the damaged place, and shows the events before it', () => {
    const directory = temporaryDirectory();
    writeOwnTrace(directory);
    const path = `${directory}/channel0_0`;
    const content = readFileSync(path);
    const secondPacket = content.indexOf(Buffer.from([0xc1, 0x1f, 0xfc, 0xc1]), 84);
    const thirdPacket = content.indexOf(Buffer.from([0xc1, 0x1f, 0xfc, 0xc1]), secondPacket + 1);
    content[thirdPacket] = 0;
    writeFileSync(path, content);
    expect(readAll(directory)).toEqual({
      events: 10 + 30,
      sentences: [
        `${path}: the packet at byte ${thirdPacket} cannot be read: its magic number is wrong`,
      ],
    });
  });
});

const U8 = 'integer { size = 8; align = 8; signed = false; }';
const DOUBLING = Array.from({ length: 60 }, (_, n) => `struct t${n + 1} { struct t${n} a, b; };`);
/** Metadata that is well formed and too large in effect: its name, types, fields, and the error. */
const GREEDY: readonly (readonly [string, string, string, RegExp])[] = [
  [
    'an array of nothing without end',
    '',
    'struct { struct { } nothing[4000000000]; }',
    /more values than bits/,
  ],
  [
    'lists of nothing in a list',
    '',
    `struct { ${U8} n; struct { struct { } e[4000000000]; } s[n]; }`,
    /more values than bits/,
  ],
  ['text of four gigabytes', '', `struct { ${U8} s[4000000000]; }`, /runs past the end/],
  [
    'a thousand braces',
    '',
    `struct { ${'struct { '.repeat(1000)}${'} x; '.repeat(1000)} }`,
    /types nest deeper than 32/,
  ],
  [
    'a thousand brackets',
    '',
    `struct { ${U8} x${'[2]'.repeat(1000)}; }`,
    /types nest deeper than 32/,
  ],
  [
    'types that double with each name',
    `struct t0 { ${U8} a; }; ${DOUBLING.join(' ')}`,
    'struct t60',
    /more than 65536 parts/,
  ],
];

describe('metadata', () => {
  test('with a damaged class leaves the others readable', () => {
    const directory = temporaryDirectory();
    writeOwnTrace(directory);
    const text = readFileSync(`${directory}/metadata`, 'utf8');
    const lastClass = text.lastIndexOf('fields :=');
    writeFileSync(
      `${directory}/metadata`,
      `${text.slice(0, lastClass)}what? ${text.slice(lastClass)}`,
    );
    const { events, sentences } = readAll(directory);
    expect(events).toBe(30);
    expect(sentences).toEqual([
      expect.stringMatching(/metadata: Metadata cannot be read at byte \d+: a character that/),
      expect.stringMatching(/channel0_1: .* event class 0 is not in the metadata/),
    ]);
  });

  test.each(GREEDY)('that declares %s costs little', (_what, types, fields, complaint) => {
    const directory = temporaryDirectory();
    const text = `/* CTF 1.8 */ trace { major = 1; minor = 8; byte_order = le; }; ${types}
      stream { }; event { name = "a"; id = 0; fields := ${fields}; };`;
    writeFileSync(`${directory}/metadata`, text);
    writeFileSync(`${directory}/stream`, new Uint8Array(4096).fill(1));
    const begin = process.hrtime.bigint();
    const { events, sentences } = readAll(directory);
    expect(events).toBe(0);
    expect(sentences[0]).toMatch(complaint);
    expect(Number(process.hrtime.bigint() - begin) / NS_PER_SECOND).toBeLessThan(5);
  });
});
