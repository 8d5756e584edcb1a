/** Formats the fields of a tracepoint as one line for display: `orderId: u32, items: struct { sku: string }[]`. */
import type { Field, FieldType } from '../event/model.ts';

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
