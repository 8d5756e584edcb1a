/**
 * From a tracepoint's record to an event of a trace: the fields as the trace declares them, and the steps that copy a
 * record's bytes into that layout.
 *
 * A trace's fields follow each other without gaps (`../event/model.ts`). Neighbours without a gap in the record are one
 * step, so that most records are one or two copies. The fields that all records have (`common_pid` and others) are
 * left out: contexts name them.
 */
import { fail, ok, type Result } from '../base/result.ts';
import type { Field, FieldType, IntegerType } from '../event/model.ts';
import type { EventFormat, KernelField } from './event-format.ts';
import type { TraceNames } from './lttng-names.ts';
import { type Labels, labelsIn } from './print-labels.ts';

/** One copy of a part of a record; `offset` counts from the record's beginning. */
export type CopyStep =
  | { readonly kind: 'bytes'; readonly offset: number; readonly bytes: number }
  /** Characters up to a NUL or the end; in the trace a NUL ends them. */
  | { readonly kind: 'rest-text'; readonly offset: number }
  | { readonly kind: 'located-text'; readonly offset: number; readonly base: number }
  /** Elements of as many bytes each; in the trace a u32 with their number precedes them. */
  | { readonly kind: 'rest-elements'; readonly offset: number; readonly elementBytes: number }
  | {
      readonly kind: 'located-elements';
      readonly offset: number;
      readonly base: number;
      readonly elementBytes: number;
    };

export interface RecordClass {
  readonly fields: readonly Field[];
  readonly steps: readonly CopyStep[];
  /** Least length of a record's payload. */
  readonly bytes: number;
}

/**
 * How the trace declares the tracepoint's fields, by the names that it has for them, and how their bytes get there; or
 * one sentence that says why not.
 */
export function recordClassOf(
  format: EventFormat,
  { fields: named, without }: Pick<TraceNames, 'fields' | 'without'> = KERNEL_NAMES,
): Result<RecordClass, string> {
  const labels = labelsIn(format.print);
  const fields: Field[] = [];
  const steps: CopyStep[] = [];
  const names = new Set<string>();
  for (const field of format.fields) {
    if (without.has(field.name)) continue;
    const name = named.get(field.name) ?? field.name;
    if (names.has(name)) return fail(`${format.name} has two fields named ${name}`);
    names.add(name);
    const { type, step } = partOf(field, labels.get(field.name));
    fields.push({ name, type });
    add(steps, step);
  }
  return ok({ fields, steps, bytes: format.bytes });
}

const KERNEL_NAMES = { fields: new Map<string, string>(), without: new Set<string>() };

interface Part {
  readonly type: FieldType;
  readonly step: CopyStep;
}

function partOf(field: KernelField, labels: Labels | undefined): Part {
  const { offset, bytes } = field;
  switch (field.place) {
    case 'inline':
      if (!field.isArray) {
        return { type: valueType(field, labels), step: { kind: 'bytes', offset, bytes } };
      }
      return { type: arrayType(field), step: { kind: 'bytes', offset, bytes } };
    case 'rest':
      return isText(field)
        ? { type: { kind: 'string' }, step: { kind: 'rest-text', offset } }
        : sequence(field, (elementBytes) => ({ kind: 'rest-elements', offset, elementBytes }));
    case 'located':
    case 'relative': {
      const base = field.place === 'located' ? 0 : offset + bytes;
      return isText(field)
        ? { type: { kind: 'string' }, step: { kind: 'located-text', offset, base } }
        : sequence(field, (elementBytes) => ({
            kind: 'located-elements',
            offset,
            base,
            elementBytes,
          }));
    }
  }
}

/** Joins the step with the one before it if the bytes of both follow each other. */
function add(steps: CopyStep[], step: CopyStep): void {
  const before = steps.at(-1);
  const isJoined =
    before?.kind === 'bytes' &&
    step.kind === 'bytes' &&
    before.offset + before.bytes === step.offset;
  if (isJoined) steps[steps.length - 1] = { ...before, bytes: before.bytes + step.bytes };
  else steps.push(step);
}

/** Values of other sizes than an integer's, as of a struct, are bytes. */
function valueType(field: KernelField, labels: Labels | undefined): FieldType {
  const integer = integerType(field.bytes, field.signed);
  if (integer === undefined) return { kind: 'array', element: BYTE, length: field.bytes };
  const fitting = labels === undefined ? undefined : fittingLabels(labels, integer);
  return fitting === undefined ? integer : { kind: 'enum', integer, labels: fitting };
}

function arrayType(field: KernelField): FieldType {
  if (isText(field)) return { kind: 'array', element: BYTE, length: field.bytes, isText: true };
  const element = elementType(field);
  const elementBytes = element.bits / 8;
  return field.bytes % elementBytes === 0
    ? { kind: 'array', element, length: field.bytes / elementBytes }
    : { kind: 'array', element: BYTE, length: field.bytes };
}

function sequence(field: KernelField, stepOf: (elementBytes: number) => CopyStep): Part {
  const element = elementType(field);
  return { type: { kind: 'sequence', element }, step: stepOf(element.bits / 8) };
}

const BYTE: IntegerType = { kind: 'integer', bits: 8, signed: false };

function integerType(bytes: number, signed: boolean): IntegerType | undefined {
  if (bytes !== 1 && bytes !== 2 && bytes !== 4 && bytes !== 8) return undefined;
  return { kind: 'integer', bits: (bytes * 8) as IntegerType['bits'], signed };
}

/** Bytes if the size of the C type is not known. */
function elementType({ type, signed }: KernelField): IntegerType {
  const plain = type.replace(/\b(?:const|volatile) /g, '').trim();
  const bytes = plain.endsWith('*') ? POINTER_BYTES : (TYPE_BYTES[plain] ?? 1);
  return integerType(bytes, bytes > 1 && signed) ?? BYTE;
}

function isText({ type }: KernelField): boolean {
  return /^(?:const )?char$/.test(type);
}

const POINTER_BYTES = 8;
/** Element types of arrays; on all 64-bit machines of Linux. */
const TYPE_BYTES: Readonly<Record<string, number>> = {
  short: 2,
  'unsigned short': 2,
  u16: 2,
  s16: 2,
  __u16: 2,
  uint16_t: 2,
  int: 4,
  unsigned: 4,
  'unsigned int': 4,
  u32: 4,
  s32: 4,
  __u32: 4,
  uint32_t: 4,
  long: 8,
  'unsigned long': 8,
  'long long': 8,
  'unsigned long long': 8,
  u64: 8,
  s64: 8,
  __u64: 8,
  uint64_t: 8,
};

/** undefined: a value does not fit. A negative one of an unsigned field is what the field holds for it. */
function fittingLabels(labels: Labels, { bits, signed }: IntegerType): Labels | undefined {
  const lowest = signed ? -(2 ** (bits - 1)) : 0;
  const highest = signed ? 2 ** (bits - 1) - 1 : 2 ** bits - 1;
  const fitting = Object.entries(labels).map(([label, value]): [string, number] => [
    label,
    value < 0 && !signed ? value + 2 ** bits : value,
  ]);
  const fits = fitting.every(
    ([label, value]) =>
      label !== '' && Number.isSafeInteger(value) && value >= lowest && value <= highest,
  );
  return fits && fitting.length > 0 ? Object.fromEntries(fitting) : undefined;
}
