/**
 * Event classes as records of a stream's class log: UTF-8 JSON of {@link EventClass}, without the length that the
 * log stores before each record. The decoder does not trust the bytes: every class that it returns keeps the bounds
 * of `model.ts` and can be declared in CTF 1.8 unchanged.
 */
import { fail, ok, type Result } from '../base/result.ts';
import { decodeUtf8, encodeUtf8, utf8ByteLength } from '../base/utf8.ts';
import { declaredName, sequenceLengthName } from './declared-name.ts';
import {
  ARRAY_LENGTH_MAX,
  CLASS_RECORD_BYTES_MAX,
  ENUM_LABEL_BYTES_MAX,
  ENUM_LABELS_MAX,
  EVENT_CLASS_ID_MAX,
  EVENT_NAME_BYTES_MAX,
  type EventClass,
  FIELD_DEPTH_MAX,
  FIELD_NAME_BYTES_MAX,
  FIELDS_MAX,
  type Field,
  type FieldType,
  type IntegerType,
  LOG_LEVELS,
} from './model.ts';

const IDENTIFIER = /^[A-Za-z_][A-Za-z0-9_]*$/;
/** Control characters and lone surrogates. */
const UNPRINTABLE = /[\p{Cc}\p{Cs}]/u;

/** The record of a class that {@link validateEventClass} accepts. */
export function encodeClassRecord(eventClass: EventClass): Uint8Array {
  return encodeUtf8(JSON.stringify(eventClass));
}

/** The class in a record, or one sentence that names the error. */
export function decodeClassRecord(bytes: Uint8Array): Result<EventClass, string> {
  if (bytes.length > CLASS_RECORD_BYTES_MAX) {
    return fail(
      `Class record is ${bytes.length} bytes long, at most ${CLASS_RECORD_BYTES_MAX} fit`,
    );
  }
  let value: unknown;
  try {
    value = JSON.parse(decodeUtf8(bytes));
  } catch {
    return fail('Class record is not JSON');
  }
  return validateEventClass(value);
}

/** A copy of the members of `value` that make a valid class, or one sentence that names the error. */
export function validateEventClass(value: unknown): Result<EventClass, string> {
  if (!isRecord(value)) return fail('Event class is not an object');
  const { id, name, logLevel } = value;
  if (!isIntegerBetween(id, 0, EVENT_CLASS_ID_MAX)) return fail('Event class id is not a u32');
  if (!isText(name, EVENT_NAME_BYTES_MAX)) {
    return fail(`Event name is not 1 to ${EVENT_NAME_BYTES_MAX} bytes of printable text`);
  }
  if (!isIntegerBetween(logLevel, 0, LOG_LEVELS.debug)) return fail('Log level is out of range');
  const context = validateFields(value['context'] ?? [], 1, 'context');
  if (!context.ok) return context;
  const fields = validateFields(value['fields'], 1, 'event');
  if (!fields.ok) return fields;
  const inContext = context.value.length === 0 ? {} : { context: context.value };
  return ok({ id, name, logLevel, ...inContext, fields: fields.value });
}

function validateFields(value: unknown, depth: number, owner: string): Result<Field[], string> {
  if (!Array.isArray(value)) return fail(`Fields of ${owner} are not a list`);
  if (value.length > FIELDS_MAX) return fail(`Fields of ${owner} are more than ${FIELDS_MAX}`);
  const fields: Field[] = [];
  const names = new Set<string>();
  for (const entry of value as unknown[]) {
    if (!isRecord(entry)) return fail(`A field of ${owner} is not an object`);
    const { name } = entry;
    if (!isFieldName(name)) return fail(`A field name of ${owner} is not a C identifier`);
    const type = validateType(entry['type'], depth, name);
    if (!type.ok) return type;
    const taken = type.value.kind === 'sequence' ? [sequenceLengthName(name), name] : [name];
    for (const each of taken) {
      if (names.has(each)) return fail(`Field name ${each} of ${owner} is used twice`);
      if (declaredName(each, names) === undefined) {
        return fail(`Fields _${each} and ${each} of ${owner} cannot be distinguished in a trace`);
      }
      names.add(each);
    }
    fields.push({ name, type: type.value });
  }
  return ok(fields);
}

function validateType(value: unknown, depth: number, field: string): Result<FieldType, string> {
  if (!isRecord(value)) return fail(`Type of field ${field} is not an object`);
  if (depth > FIELD_DEPTH_MAX) return fail(`Field ${field} nests deeper than ${FIELD_DEPTH_MAX}`);
  switch (value['kind']) {
    case 'integer':
      return validateInteger(value, field);
    case 'float':
      if (value['bits'] !== 32 && value['bits'] !== 64) {
        return fail(`Float field ${field} has a size other than 32 and 64 bits`);
      }
      return ok({ kind: 'float', bits: value['bits'] });
    case 'boolean':
    case 'string':
      return ok({ kind: value['kind'] });
    case 'enum':
      return validateEnum(value, field);
    case 'array':
    case 'sequence':
      return validateList(value, value['kind'], depth, field);
    case 'struct': {
      const fields = validateFields(value['fields'], depth + 1, `struct ${field}`);
      return fields.ok ? ok({ kind: 'struct', fields: fields.value }) : fields;
    }
    default:
      return fail(`Field ${field} has an unknown kind of type`);
  }
}

function validateInteger(value: JsonRecord, field: string): Result<IntegerType, string> {
  const { bits, signed } = value;
  if (bits !== 8 && bits !== 16 && bits !== 32 && bits !== 64) {
    return fail(`Integer field ${field} has a size other than 8, 16, 32 and 64 bits`);
  }
  if (typeof signed !== 'boolean') return fail(`Integer field ${field} has no signedness`);
  return ok({ kind: 'integer', bits, signed });
}

function validateList(
  value: JsonRecord,
  kind: 'array' | 'sequence',
  depth: number,
  field: string,
): Result<FieldType, string> {
  const element = validateType(value['element'], depth + 1, field);
  if (!element.ok) return element;
  if (kind === 'sequence') return ok({ kind, element: element.value });
  const { length } = value;
  if (!isIntegerBetween(length, 0, ARRAY_LENGTH_MAX)) {
    return fail(`Array field ${field} has a length outside 0 to ${ARRAY_LENGTH_MAX}`);
  }
  if (value['isText'] === undefined) return ok({ kind, element: element.value, length });
  const { kind: elementKind } = element.value;
  const isBytes = elementKind === 'integer' && element.value.bits === 8 && !element.value.signed;
  if (value['isText'] !== true || !isBytes) return fail(`Text field ${field} does not have bytes`);
  return ok({ kind, element: element.value, length, isText: true });
}

function validateEnum(value: JsonRecord, field: string): Result<FieldType, string> {
  const { integer: integerValue, labels } = value;
  if (!isRecord(integerValue) || integerValue['kind'] !== 'integer') {
    return fail(`Enumeration field ${field} has no integer type`);
  }
  const integer = validateInteger(integerValue, field);
  if (!integer.ok) return integer;
  if (!isRecord(labels)) return fail(`Enumeration field ${field} has no labels`);
  const entries = Object.entries(labels);
  if (entries.length === 0 || entries.length > ENUM_LABELS_MAX) {
    return fail(`Enumeration field ${field} does not have 1 to ${ENUM_LABELS_MAX} labels`);
  }
  const { bits, signed } = integer.value;
  const lowest = signed ? -(2 ** (bits - 1)) : 0;
  const highest = signed ? 2 ** (bits - 1) - 1 : 2 ** bits - 1;
  const checked: [string, number][] = [];
  for (const [label, number] of entries) {
    if (!isText(label, ENUM_LABEL_BYTES_MAX)) {
      return fail(
        `A label of enumeration field ${field} is not 1 to ${ENUM_LABEL_BYTES_MAX} bytes of printable text`,
      );
    }
    if (!isIntegerBetween(number, lowest, highest)) {
      return fail(`Label ${label} of enumeration field ${field} does not fit the integer`);
    }
    checked.push([label, number]);
  }
  return ok({ kind: 'enum', integer: integer.value, labels: Object.fromEntries(checked) });
}

type JsonRecord = Readonly<Record<string, unknown>>;

function isRecord(value: unknown): value is JsonRecord {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isIntegerBetween(value: unknown, lowest: number, highest: number): value is number {
  return Number.isSafeInteger(value) && (value as number) >= lowest && (value as number) <= highest;
}

function isFieldName(value: unknown): value is string {
  return (
    typeof value === 'string' && value.length <= FIELD_NAME_BYTES_MAX && IDENTIFIER.test(value)
  );
}

/** Non-empty text of bounded length without control characters or lone surrogates. */
function isText(value: unknown, bytesMax: number): value is string {
  return (
    typeof value === 'string' &&
    value.length > 0 &&
    utf8ByteLength(value) <= bytesMax &&
    !UNPRINTABLE.test(value)
  );
}
