/**
 * The `format` file of a tracepoint in tracefs: which fields its records have, and where (the kernel's
 * `Documentation/trace/events.rst`, section 2.2). The text is untrusted: each bound is checked, and a record that has
 * the described length can be read at every described offset.
 */
import { fail, ok, type Result } from '../base/result.ts';

/** Longest text; the longest of Linux 6.18 has 5,523 characters. */
export const FORMAT_CHARACTERS_MAX = 64 * 1024;
/** Most fields of one record, the common ones included; the most of Linux 6.18 are 24. */
export const KERNEL_FIELDS_MAX = 128;
/** Largest record: offsets in `located` values have 16 bits. */
export const KERNEL_RECORD_BYTES_MAX = 64 * 1024;
/** Ids are u16: each record begins with its own. */
const KERNEL_EVENT_ID_MAX = 0xffff;

/**
 * Where the value lies.
 *
 * - `inline`: at the offset, `bytes` long.
 * - `rest`: from the offset to the record's end.
 * - `located`: a u32 at the offset, the value's length in the upper half and its offset from the record's beginning in
 *   the lower.
 * - `relative`: as `located`, with the offset from the end of the u32.
 */
export type KernelPlace = 'inline' | 'rest' | 'located' | 'relative';

export interface KernelField {
  readonly name: string;
  /** The C type, of one element for an array. */
  readonly type: string;
  readonly isArray: boolean;
  readonly place: KernelPlace;
  /** From the record's beginning. */
  readonly offset: number;
  /** 0 for `rest`, 4 for `located` and `relative`. */
  readonly bytes: number;
  readonly signed: boolean;
}

export interface EventFormat {
  readonly name: string;
  readonly id: number;
  /** Fields that records of all tracepoints have. */
  readonly common: readonly KernelField[];
  readonly fields: readonly KernelField[];
  /** Bytes from the record's beginning to the end of its last field that is not `rest`. */
  readonly bytes: number;
  /** How the kernel prints a record: a format and its arguments, in C. */
  readonly print: string;
}

const NAME = /^name: ([A-Za-z_][A-Za-z0-9_]*)$/;
const ID = /^ID: (\d{1,5})$/;
const FIELD = /^\tfield:([^;]+);\toffset:(\d{1,5});\tsize:(\d{1,5});(?:\tsigned:([01]);)?$/;
const DECLARATION =
  /^(__data_loc |__rel_loc )?([A-Za-z_][\w *]*?) ?(\[\])? ?\b([A-Za-z_]\w*)(\[[^\]]*\])*$/;
const PRINT = 'print fmt: ';
const COMMON = 'common_';
const LOCATION_BYTES = 4;

/** The description, or one sentence that names the error. */
export function parseEventFormat(text: string): Result<EventFormat, string> {
  if (text.length > FORMAT_CHARACTERS_MAX) {
    return fail(
      `A format has ${text.length} characters; at most ${FORMAT_CHARACTERS_MAX} are read`,
    );
  }
  const lines = text.split('\n');
  const name = NAME.exec(lines[0] ?? '')?.[1];
  if (name === undefined) return fail('A format begins with no name');
  const id = Number(ID.exec(lines[1] ?? '')?.[1] ?? Number.NaN);
  if (!(id <= KERNEL_EVENT_ID_MAX)) return fail(`The format of ${name} has no id`);
  const declared = lines.filter((line) => line.startsWith('\tfield:'));
  if (declared.length > KERNEL_FIELDS_MAX) {
    return fail(`The format of ${name} has more than ${KERNEL_FIELDS_MAX} fields`);
  }
  const fields: KernelField[] = [];
  for (const line of declared) {
    const field = parseField(line);
    if (field === undefined) return fail(`The format of ${name} has a line that is no field`);
    fields.push(field);
  }
  const bytes = Math.max(0, ...fields.map((field) => field.offset + field.bytes));
  if (bytes > KERNEL_RECORD_BYTES_MAX) {
    return fail(`Records of ${name} are longer than ${KERNEL_RECORD_BYTES_MAX} bytes`);
  }
  const isCommon = (field: KernelField): boolean => field.name.startsWith(COMMON);
  return ok({
    name,
    id,
    common: fields.filter(isCommon),
    fields: fields.filter((field) => !isCommon(field)),
    bytes,
    print: lines.find((line) => line.startsWith(PRINT))?.slice(PRINT.length) ?? '',
  });
}

function parseField(line: string): KernelField | undefined {
  const [, declaration = '', offset, size, signed] = FIELD.exec(line) ?? [];
  const [, location, type, before, name, after] = DECLARATION.exec(declaration) ?? [];
  if (type === undefined || name === undefined) return undefined;
  const bytes = Number(size);
  const isArray = before !== undefined || after !== undefined;
  const place = placeOf(location, bytes);
  if (location !== undefined && bytes !== LOCATION_BYTES) return undefined;
  if (place === 'rest' && !isArray) return undefined;
  return { name, type, isArray, place, offset: Number(offset), bytes, signed: signed === '1' };
}

function placeOf(location: string | undefined, bytes: number): KernelPlace {
  if (location === '__data_loc ') return 'located';
  if (location === '__rel_loc ') return 'relative';
  return bytes === 0 ? 'rest' : 'inline';
}
