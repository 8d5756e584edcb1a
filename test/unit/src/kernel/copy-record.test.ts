/**
 * Goal: the fields of a record reach the trace as the kernel wrote them, and a record that lies is not copied. Method:
 * records that Linux wrote, against its own text of them; made-up ones at and past their end.
 */
import { describe, expect, test } from 'vitest';
import {
  copyRecord,
  RECORD_BROKEN,
  RECORD_NOT_FITTING,
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
function copied(what: RecordClass, record: readonly number[], room = 100): number[] | number {
  const from = recordBytes(new Uint8Array([0xee, 0xee, 0xee, ...record, 0xdd, 0xdd]));
  const trace = recordBytes(new Uint8Array(room));
  const end = copyRecord(what, from, 3, record.length, trace, 0);
  return end < 0 ? end : [...trace.bytes.subarray(0, end)];
}

describe('text', () => {
  const text = recordClass(4, { kind: 'text', offset: 0, bytes: 4 });

  test('ends at its NUL or with its room', () => {
    expect(copied(text, [65, 0, 66, 67])).toEqual([65, 0]);
    expect(copied(text, [65, 66, 67, 68])).toEqual([65, 66, 67, 68, 0]);
  });

  test('to the end of the record', () => {
    const rest = recordClass(1, { kind: 'rest-text', offset: 1 });
    expect(copied(rest, [1, 65, 66])).toEqual([65, 66, 0]);
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

test.each<readonly [string, CopyStep, number]>([
  ['bytes', { kind: 'bytes', offset: 0, bytes: 80 }, 80],
  ['text', { kind: 'text', offset: 0, bytes: 80 }, 81],
  ['elements', { kind: 'rest-elements', offset: 0, elementBytes: 1 }, 84],
])('%s that do not fit are not copied', (_kind, step, bytes) => {
  const record = Array.from({ length: 80 }, () => 65);
  expect(copied(recordClass(80, step), record, bytes)).toHaveLength(bytes);
  expect(copied(recordClass(80, step), record, bytes - 1)).toBe(RECORD_NOT_FITTING);
});
