/**
 * The JSON schemas of what commands print, one document for each version of the output. A version gains members and
 * never loses or changes one: so a schema allows members that it does not name.
 */
import { toJsonSchemaDefs } from '@valibot/to-json-schema';
import { OUTPUTS, type OutputName, PARTS, PRINTED_BY } from './outputs.ts';

const OUTPUT_VERSION = 1;
export const SCHEMAS = `docs/schemas/output-${OUTPUT_VERSION}.json`;

export function jsonSchemas(): string {
  const definitions = toJsonSchemaDefs(
    { ...PARTS, ...OUTPUTS },
    // Checks beyond JSON Schema, such as that of a URI, are left out.
    { target: 'draft-2020-12', errorMode: 'ignore' },
  );
  const named = Object.entries(definitions).map(([name, schema]) => {
    const lines = PRINTED_BY[name as OutputName] as readonly string[] | undefined;
    return [
      name,
      { ...(lines === undefined ? {} : { 'x-printed-by': lines }), ...schema },
    ] as const;
  });
  const document = {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    $id: `urn:lttng-ts:output:${OUTPUT_VERSION}`,
    title: `What lttng prints with --output-format json, version ${OUTPUT_VERSION}`,
    $defs: Object.fromEntries(named),
  };
  const open = (key: string, value: unknown): unknown =>
    key === 'additionalProperties' && value === false ? undefined : value;
  return `${JSON.stringify(document, open, 2)}\n`;
}
