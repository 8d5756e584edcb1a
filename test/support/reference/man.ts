/** Pages as `man` shows them: in the macros of man(7), which groff and mandoc read. */
import { VERSION_TEXT } from '../../../src/base/version.ts';
import type { Entry, Page } from './pages.ts';
import { wrapped } from './wrapped.ts';

/** When this form was made; the content follows the programs. */
const DATE = '2026-11-30';

/** File names below `docs/man`, and their texts. */
export function manPages(pages: readonly Page[]): ReadonlyMap<string, string> {
  return new Map(
    pages.flatMap((page) => [
      [`${page.name}.${page.section}`, manPage(page, pages)] as const,
      ...page.aliases.map((alias) => {
        const target = `man${page.section}/${page.name}.${page.section}`;
        return [`${alias}.${page.section}`, `.so ${target}\n`] as const;
      }),
    ]),
  );
}

function manPage(page: Page, pages: readonly Page[]): string {
  const { name, section, summary, usage, paragraphs, lists, examples } = page;
  const filled = lists.filter(([, entries]) => entries.length > 0);
  return [
    `.TH ${name} ${section} ${DATE} "lttng-ts ${VERSION_TEXT}" "Manual of lttng-ts"`,
    '.SH NAME',
    `${escaped(name)} \\- ${escaped(summary)}`,
    '.SH SYNOPSIS',
    `.B ${escaped(usage)}`,
    '.SH DESCRIPTION',
    ...paragraphs.flatMap((text, index) => [...(index === 0 ? [] : ['.PP']), escaped(text)]),
    ...filled.flatMap(([heading, entries]) => [
      `.SH ${heading.toUpperCase()}`,
      ...entries.flatMap(tagged),
    ]),
    ...(examples.length === 0 ? [] : ['.SH EXAMPLES', ...examples.flatMap(tagged)]),
    '.SH SEE ALSO',
    seeAlso(page, pages),
    '',
  ].join('\n');
}

function tagged([term, meaning]: Entry): string[] {
  return ['.TP', `.B ${escaped(term)}`, ...(meaning === '' ? [] : [escaped(meaning)])];
}

/** A command leads to `lttng`, and that to the daemons. */
function seeAlso({ name, section }: Page, pages: readonly Page[]): string {
  const others = pages.filter((other) =>
    name === 'lttng' || section === 8 ? other.section === 8 : false,
  );
  const named = [...(name === 'lttng' ? [] : [pages[0]]), ...others]
    .filter((other) => other !== undefined)
    .filter((other) => other.name !== name);
  return `${named.map((other) => `${escaped(other.name)}(${other.section})`).join(',\n')}`;
}

/** Text in which roff sees no macro, escape or typographic quote. */
function escaped(text: string): string {
  const shown = text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll('"', '\\(dq')
    .replaceAll("'", '\\(aq')
    .replaceAll('`', '\\(ga')
    .replaceAll('^', '\\(ha')
    .replaceAll('~', '\\(ti')
    .replaceAll('…', '...')
    .replaceAll('µ', '\\(mc');
  return wrapped(shown).replace(/^\./gm, '\\&.');
}
