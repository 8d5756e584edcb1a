/** `lttng __complete`: completes a command line, for the scripts of `lttng completion` (R2.13). */
import { among, type Choice, choiceFor } from '../completion/choice.ts';
import { linesFor, shellNamed, typedIn } from '../completion/shells.ts';
import type { Cli } from '../context.ts';

export async function complete(
  { output }: Cli,
  _options: object,
  words: readonly string[],
): Promise<void> {
  const [shell = '', ...line] = words;
  const typed = typedIn(shellNamed(shell), line);
  const choice = await knownIn(choiceFor(typed.before, typed.word));
  output.line(choice.kind);
  if (choice.kind !== 'values') return;
  for (const text of linesFor(choice.candidates, typed)) output.line(text);
}

/** The choice, with the names that the registry knows. */
async function knownIn(choice: Choice): Promise<Choice> {
  if (choice.kind !== 'registry') return choice;
  // Loaded on demand: most completions need no registry.
  const { registryValues } = await import('../completion/registry-values.ts');
  const known = await registryValues(choice.knows, choice);
  return { kind: 'values', candidates: among(known, choice.prefix, choice.rest) };
}
