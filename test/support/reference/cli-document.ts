/** The reference in `docs/cli.md`: every command with its operands, options and examples. */
import type { CommandDeclaration } from '../../../bin/lttng/table/declare.ts';
import { type CommandGroup, GROUPS } from '../../../bin/lttng/table/table.ts';
import { table } from '../../../bin/terminal/output.ts';
import { type Entry, entryOf, usageOf } from './pages.ts';
import { wrapped } from './wrapped.ts';

const groups: readonly CommandGroup[] = GROUPS;

export function commandReference(): string {
  return groups
    .flatMap(({ heading, commands }) => [`### ${heading}`, ...commands.map(commandText)])
    .join('\n\n');
}

function commandText(declared: CommandDeclaration): string {
  const { name, aliases = [], source, description, operands, options, examples = [] } = declared;
  const origin = [source, ...aliases.map((alias) => `also \`${alias}\``)].join('; ');
  const entries = [
    ...operands.map(({ syntax, help }): Entry => [syntax, help]),
    ...options.filter(({ isHidden }) => !isHidden).map(entryOf),
  ];
  return [
    `#### ${name}`,
    `    ${usageOf(declared)}`,
    wrapped(`${plain(description)} (${origin})`),
    ...(entries.length === 0
      ? []
      : [entries.map(([term, meaning]) => wrapped(`- \`${term}\`: ${plain(meaning)}`)).join('\n')]),
    ...(examples.length === 0 ? [] : [examplesText(examples)]),
  ].join('\n\n');
}

function examplesText(examples: readonly Entry[]): string {
  const lines = table(
    examples.map(([line, meaning]) => [line, `# ${meaning}`]),
    new Set(),
    Number.POSITIVE_INFINITY,
  );
  return ['```sh', ...lines, '```'].join('\n');
}

/** Text in which Markdown sees no markup. */
function plain(text: string): string {
  return text.replace(/[\\*_<]/g, '\\$&');
}
