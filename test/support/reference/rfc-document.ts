/** `docs/rfc.md`: each statement of the RFCs, the command lines by which it is used, and the tests that name it. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { COMMANDS } from '../../../bin/lttng/table/table.ts';
import { STATEMENTS, type Statement } from './statements.ts';
import { wrapped } from './wrapped.ts';

const PARTS = [
  ['RFC 0001: session daemon', /^(?:R1|S)/],
  ['RFC 0002: command line', /^R2/],
  ['RFC 0003: network consumer', /^R3/],
] as const;

export function rfcDocument(root: string): string {
  const tests = testsIn(root);
  return `# The RFCs, statement by statement

Each statement of LTTng's RFCs 0001, 0002 and 0003 in our words, with the command lines by which it is used, the tests
that name it, and what is not there yet. Tests fail without what they name. \`npm run reference\` makes this document.

${PARTS.map(([title, ids]) => partText(title, ids, tests)).join('\n\n')}
`;
}

function partText(
  title: string,
  ids: RegExp,
  tests: ReadonlyMap<string, readonly string[]>,
): string {
  const statements = STATEMENTS.filter(({ id }) => ids.test(id));
  const texts = statements.map((statement) => statementText(statement, tests.get(statement.id)));
  return [`## ${title}`, ...texts].join('\n\n');
}

function statementText(
  { id, text, lines = [], missing }: Statement,
  tests: readonly string[] = [],
): string {
  const commands = COMMANDS.filter(({ source }) => source.split(/[,;] /).includes(id));
  const used = [...commands.map(({ name }) => `lttng ${name}`), ...lines];
  return [
    wrapped(`**${id}** ${text}`),
    [
      ...(used.length === 0
        ? []
        : [`- Command line: ${used.map((line) => `\`${line}\``).join(', ')}`]),
      ...(tests.length === 0 ? [] : [`- Tests: ${tests.map(linkTo).join(', ')}`]),
      ...(missing === undefined ? [] : [`- Not there yet: ${missing}`]),
    ]
      .map(wrapped)
      .join('\n'),
  ].join('\n\n');
}

function linkTo(path: string): string {
  return `[${path.replace(/^test\/|\.test\.ts$/g, '')}](../${path})`;
}

/** The paths of the tests that name each statement. */
function testsIn(root: string): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>();
  const paths = readdirSync(join(root, 'test'), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.test.ts') && !path.startsWith('tidy/'))
    .sort();
  for (const path of paths) {
    const text = readFileSync(join(root, 'test', path), 'utf8');
    const ids = text.match(/\b(?:R\d\.\d+|S\d)\b/g) ?? [];
    for (const id of new Set(ids)) found.set(id, [...(found.get(id) ?? []), `test/${path}`]);
  }
  return found;
}
