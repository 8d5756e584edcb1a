/** The verdicts on the mutants, as the tables of `docs/mutation.md`. */
import type { Mutant } from './mutants/mutant.ts';
import { SURVIVORS } from './mutants/survivors.ts';

/** `runs`: the number of runs until the verdict. */
export type Verdict =
  /** The mutant breaks a law in a run that the unchanged package passes. */
  | {
      readonly kind: 'law';
      readonly runs: number;
      readonly oracle: string;
      readonly scenario: string;
      readonly seed: number;
      readonly text: string;
    }
  /** The simulator itself failed. No mutant should break it: check this by hand. */
  | { readonly kind: 'fails'; readonly runs: number; readonly text: string }
  /** `test`: no run broke a law, and a test fails. */
  | { readonly kind: 'hangs' | 'test' | 'survived'; readonly runs: number };

/** By the mutant's title. `digest`: of its text. */
export type Results = Record<string, { readonly digest: string; readonly verdict: Verdict }>;

const COLUMNS_MAX = 120;

/** Markdown. */
export function reportOf(mutants: readonly Mutant[], results: Results): string {
  const judged = mutants.flatMap((mutant) => {
    const result = results[mutant.title];
    return result === undefined ? [] : [{ mutant, verdict: result.verdict }];
  });
  const survivors = judged.filter(({ verdict }) => verdict.kind === 'survived');
  const byTests = judged.filter(({ verdict }) => verdict.kind === 'test');
  const runs = judged.reduce((sum, { verdict }) => sum + verdict.runs, 0);
  const lines = [
    `${judged.length} of the ${mutants.length} mutants were run, ${runs} runs in all: ` +
      `${judged.length - survivors.length} are killed, ${byTests.length} of them by tests alone; ` +
      `${survivors.length} survive.`,
  ];
  for (const file of new Set(judged.map(({ mutant }) => mutant.file))) {
    lines.push('', `\`${file}\``, '', '| mutant | rule | killed by | runs |', '|---|---|---|---|');
    for (const { mutant, verdict } of judged) {
      if (mutant.file !== file) continue;
      const { title, rule } = mutant;
      lines.push(`| ${title} | ${rule} | ${killerOf(verdict)} | ${verdict.runs} |`);
    }
  }
  if (byTests.length > 0) lines.push('', '## Killed by tests alone', '');
  for (const { mutant, verdict } of byTests) {
    const { why = '', test = '' } = SURVIVORS[mutant.title] ?? {};
    const where = `\`test/${test}.test.ts\` shows it`;
    lines.push(...wrapped(`- **${mutant.title}** (${verdict.runs} runs): ${why}. ${where}.`));
  }
  if (survivors.length > 0) lines.push('', '## Survivors', '');
  for (const { mutant, verdict } of survivors)
    lines.push(`- **${mutant.title}** (${verdict.runs} runs)`);
  return lines.join('\n');
}

/** An item of a list, wrapped to {@link COLUMNS_MAX}. */
function wrapped(text: string): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line.length + 1 + word.length > COLUMNS_MAX) {
      lines.push(line);
      line = ` `;
    }
    line += line === '' ? word : ` ${word}`;
  }
  return [...lines, line];
}

function killerOf(verdict: Verdict): string {
  switch (verdict.kind) {
    case 'law':
      if (verdict.seed === 0) return `${verdict.oracle}, ring`;
      return `${verdict.oracle}, ${verdict.scenario} seed ${verdict.seed}`;
    case 'fails':
      return 'the simulation itself fails';
    case 'hangs':
      return 'it hangs';
    case 'test':
      return 'a test';
    case 'survived':
      return 'SURVIVED';
  }
}
