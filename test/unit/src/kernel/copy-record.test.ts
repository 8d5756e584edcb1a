/**
 * Goal: the fields of a record reach the trace as the kernel wrote them, and a record that lies is not copied. Method:
 * records that Linux wrote, against its own text of them; made-up ones at and past their end.
 */
import { describe, expect, test } from 'vitest';
import {
  copiedBytesMax,
  copyRecord,
  fixedBytesMax,
  RECORD_BROKEN,
  recordBytes,
} from '../../../../src/kernel/copy-record.ts';
import { parseEventFormat } from '../../../../src/kernel/event-format.ts';
import { PageReader } from '../../../../src/kernel/page-reader.ts';
import type { CopyStep, RecordClass } from '../../../../src/kernel/record-class.ts';
import { recordClassOf } from '../../../../src/kernel/record-class.ts';
import { decodeFields } from '../../../support/kernel/decode-fields.ts';
import { readRecorded } from '../../../support/kernel/recorded.ts';

const LAYOUT = { commitBytes: 8, dataOffset: 16 } as const;

/** What the kernel printed of an event, with our values in braces. */
const PRINTED: Readonly<Record<string, string>> = {
  sched_wakeup: 'comm={comm} pid={pid} prio={prio} target_cpu=00{target_cpu}',
  sched_process_fork:
    'comm={parent_comm} pid={parent_pid} child_comm={child_comm} child_pid={child_pid}',
  sched_process_exec: 'filename={filename} pid={pid} old_pid={old_pid}',
  softirq_entry: 'vec={vec} ',
  task_rename: 'pid={pid} oldcomm={oldcomm} newcomm={newcomm} oom_score_adj={oom_score_adj}',
  sched_switch: 'next_comm={next_comm} next_pid={next_pid} next_prio={next_prio}',
  print: '{buf}',
};

test('records of Linux have the values of its own text', () => {
  const { formats, pages } = readRecorded();
  const classes = new Map(
    formats.map((text) => {
      const format = parseEventFormat(text);
      if (!format.ok) throw new Error(format.error);
      const made = recordClassOf(format.value);
      if (!made.ok) throw new Error(made.error);
      return [format.value.id, { name: format.value.name, recordClass: made.value }] as const;
    }),
  );
  const compared = new Set<string>();
  for (const { page, lines } of pages) {
    const reader = new PageReader(LAYOUT);
    reader.open(page);
    const from = recordBytes(page);
    for (const line of lines) {
      expect(reader.next()).toBe(true);
      const found = classes.get(from.view.getUint16(reader.at, true));
      expect(found).toBeDefined();
      if (found === undefined) continue;
      const trace = recordBytes(new Uint8Array(4096));
      const end = copyRecord(found.recordClass, from, reader.at, reader.length, trace, 0);
      expect(end).toBeGreaterThan(0);
      const values = decodeFields(found.recordClass.fields, trace.bytes.subarray(0, end));
      const printed = PRINTED[found.name];
      if (printed === undefined) continue;
      compared.add(found.name);
      const text = printed.replace(/\{(\w+)\}/g, (_, name: string) => String(values[name]).trim());
      expect(line).toContain(text);
    }
  }
  expect([...compared].sort()).toEqual(Object.keys(PRINTED).sort());
});

function recordClass(bytes: number, ...steps: readonly CopyStep[]): RecordClass {
  return { fields: [], steps, bytes };
}

/** What is copied from a record that is surrounded by other bytes; or the error. */
function copied(what: RecordClass, record: readonly number[], room = 4096): number[] | number {
  const from = recordBytes(new Uint8Array([0xee, 0xee, 0xee, ...record, 0xdd, 0xdd]));
  const trace = recordBytes(new Uint8Array(room));
  const end = copyRecord(what, from, 3, record.length, trace, 0);
  return end < 0 ? end : [...trace.bytes.subarray(0, end)];
}

describe('text to the end of the record', () => {
  const rest = recordClass(1, { kind: 'rest-text', offset: 1 });

  test('ends at its NUL or with its room', () => {
    expect(copied(rest, [1, 65, 66])).toEqual([65, 66, 0]);
    expect(copied(rest, [1, 65, 0, 66])).toEqual([65, 0]);
    expect(copied(rest, [1])).toEqual([0]);
  });
});

describe('a located value', () => {
  const located = (base: number): RecordClass =>
    recordClass(4, { kind: 'located-text', offset: 0, base });

  test('counts from the record, or from the end of its place', () => {
    expect(copied(located(0), [5, 0, 2, 0, 9, 65, 66])).toEqual([65, 66, 0]);
    expect(copied(located(4), [1, 0, 2, 0, 9, 65, 66])).toEqual([65, 66, 0]);
  });

  test('that ends outside the record breaks it', () => {
    expect(copied(located(0), [5, 0, 3, 0, 9, 65, 66])).toBe(RECORD_BROKEN);
    expect(copied(located(0), [0xff, 0xff, 1, 0, 9, 65, 66])).toBe(RECORD_BROKEN);
  });

  test('of elements has their number before it', () => {
    const elements = recordClass(4, {
      kind: 'located-elements',
      offset: 0,
      base: 0,
      elementBytes: 2,
    });
    expect(copied(elements, [4, 0, 5, 0, 1, 2, 3, 4, 5])).toEqual([2, 0, 0, 0, 1, 2, 3, 4]);
  });
});

test('elements to the end of the record', () => {
  const rest = recordClass(1, { kind: 'rest-elements', offset: 1, elementBytes: 2 });
  expect(copied(rest, [7, 1, 2, 3, 4])).toEqual([2, 0, 0, 0, 1, 2, 3, 4]);
});

test('a record that is shorter than its fields is broken', () => {
  const bytes = recordClass(4, { kind: 'bytes', offset: 0, bytes: 4 });
  expect(copied(bytes, [1, 2, 3, 4])).toEqual([1, 2, 3, 4]);
  expect(copied(bytes, [1, 2, 3])).toBe(RECORD_BROKEN);
});

test('bytes are copied whole, whatever their number', () => {
  for (const bytes of [0, 1, 3, 4, 5, 8, 63, 255, 256, 257, 300]) {
    const record = Array.from({ length: bytes }, (_, index) => (index * 7) & 0xff);
    expect(copied(recordClass(bytes, { kind: 'bytes', offset: 0, bytes }), record)).toEqual(record);
  }
});

test('no copy is longer than what was said before', () => {
  const steps: readonly CopyStep[] = [
    { kind: 'bytes', offset: 0, bytes: 9 },
    { kind: 'rest-text', offset: 4 },
    { kind: 'rest-elements', offset: 2, elementBytes: 2 },
    { kind: 'located-text', offset: 0, base: 0 },
    { kind: 'located-elements', offset: 4, base: 8, elementBytes: 4 },
  ];
  let copies = 0;
  for (let seed = 1; seed < 4000; seed++) {
    const what = recordClass(9, ...steps.filter((_, index) => (seed >> index) % 2 === 1));
    const length = 9 + (seed % 40);
    const record = new Uint8Array(length).map((_, index) => (seed * (index + 3)) % 251);
    const view = new DataView(record.buffer);
    view.setUint32(0, ((seed % length) << 16) | (seed % 7), true);
    view.setUint32(4, ((seed % 11) << 16) | (seed % 5), true);
    const from = recordBytes(record);
    const bytesMax = copiedBytesMax(what, from, 0, length);
    const end = copyRecord(what, from, 0, length, recordBytes(new Uint8Array(4096)), 0);
    if (end === RECORD_BROKEN) continue;
    copies += 1;
    expect(end).toBeLessThanOrEqual(bytesMax);
    expect([end, undefined]).toContain(fixedBytesMax(what));
  }
  expect(copies).toBeGreaterThan(500);
});
