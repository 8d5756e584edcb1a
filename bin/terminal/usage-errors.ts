/** Errors and help of commander, so that every program reports wrong arguments in its own form. */
import type { Command } from 'commander';
import { suggestion, writeHelp } from './help-text.ts';

/**
 * Commander prints no error any more, and help as it fits the terminal. The returned function gives the last error as
 * one sentence. To be called before commands are added, which inherit this.
 */
export function collectUsageErrors(program: Command): () => string {
  let text = '';
  program.showSuggestionAfterError().configureOutput({
    writeOut: writeHelp,
    writeErr: () => {},
    outputError: (message) => {
      text = message;
    },
  });
  return () => {
    const sentence = text
      .replace(/^error: /, '')
      .trim()
      .replace(/\s*\n\(Did you mean (.*)\?\)$/s, (_, meant: string) => suggestion(text, meant))
      .replace(/\.$/, '');
    return sentence.charAt(0).toUpperCase() + sentence.slice(1);
  };
}
