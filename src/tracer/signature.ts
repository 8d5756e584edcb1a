/** The fields of a tracepoint as one line for display, and back: `orderId: u32, items: struct { sku: string }[]`. */
import { FIELD_DEPTH_MAX, type Field, type FieldType, type IntegerType } from '../event/model.ts';

/** The fields as text of at most `charactersMax` characters; longer text ends with an ellipsis. */
export function fieldsText(fields: readonly Field[], charactersMax: number): string {
  const text = listText(fields);
  return text.length <= charactersMax ? text : `${text.slice(0, charactersMax - 1)}…`;
}

function listText(fields: readonly Field[]): string {
  return fields.map(({ name, type }) => `${name}: ${typeText(type)}`).join(', ');
}

function typeText(type: FieldType): string {
  switch (type.kind) {
    case 'integer':
      return `${type.signed ? 'i' : 'u'}${type.bits}`;
    case 'float':
      return `f${type.bits}`;
    case 'boolean':
      return 'bool';
    case 'string':
      return 'string';
    case 'enum':
      return `enum ${typeText(type.integer)} { ${Object.keys(type.labels).join(', ')} }`;
    case 'array':
      return `${typeText(type.element)}[${type.length}]`;
    case 'sequence':
      return `${typeText(type.element)}[]`;
    case 'struct':
      return `struct { ${listText(type.fields)} }`;
  }
}

/**
 * The fields that a text describes. Undefined: it is none of {@link fieldsText}, or was cut, or cannot be read for an
 * odd label. Labels of enumerations get no numbers.
 */
export function fieldsIn(text: string): Field[] | undefined {
  const cursor = new Cursor(text);
  const fields = text === '' ? [] : cursor.fields(FIELD_DEPTH_MAX);
  return cursor.isAtEnd ? fields : undefined;
}

class Cursor {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  get isAtEnd(): boolean {
    return this.#at === this.#text.length;
  }

  fields(depth: number): Field[] | undefined {
    const fields: Field[] = [];
    do {
      const name = this.#take(/[A-Za-z_]\w*/y);
      if (name === undefined || this.#take(/: /y) === undefined) return undefined;
      const type = this.#type(depth);
      if (type === undefined) return undefined;
      fields.push({ name, type });
    } while (this.#take(/, /y) !== undefined);
    return fields;
  }

  #type(depth: number): FieldType | undefined {
    let type = depth === 0 ? undefined : this.#elementType(depth);
    for (;;) {
      const list = type === undefined ? undefined : this.#take(/\[\d{0,5}\]/y);
      if (list === undefined || type === undefined) return type;
      const length = list.slice(1, -1);
      type =
        length === ''
          ? { kind: 'sequence', element: type }
          : { kind: 'array', element: type, length: Number(length) };
    }
  }

  #elementType(depth: number): FieldType | undefined {
    const integer = this.#integer();
    if (integer !== undefined) return integer;
    const float = this.#take(/f(?:32|64)\b/y);
    if (float !== undefined) return { kind: 'float', bits: float === 'f32' ? 32 : 64 };
    if (this.#take(/bool\b/y) !== undefined) return { kind: 'boolean' };
    if (this.#take(/string\b/y) !== undefined) return { kind: 'string' };
    if (this.#take(/enum /y) !== undefined) {
      const of = this.#integer();
      if (of === undefined || this.#take(/ \{ [^{}]* \}/y) === undefined) return undefined;
      return { kind: 'enum', integer: of, labels: {} };
    }
    if (this.#take(/struct \{ {2}\}/y) !== undefined) return { kind: 'struct', fields: [] };
    if (this.#take(/struct \{ /y) === undefined) return undefined;
    const fields = this.fields(depth - 1);
    return fields === undefined || this.#take(/ \}/y) === undefined
      ? undefined
      : { kind: 'struct', fields };
  }

  #integer(): IntegerType | undefined {
    const name = this.#take(/[iu](?:8|16|32|64)\b/y);
    const bits = ([8, 16, 32, 64] as const).find((each) => String(each) === name?.slice(1));
    return bits === undefined ? undefined : { kind: 'integer', bits, signed: name?.[0] === 'i' };
  }

  /** The text that a sticky pattern matches here. */
  #take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0];
    this.#at += found?.length ?? 0;
    return found;
  }
}
