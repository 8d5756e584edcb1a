/** Errors of commander as sentences, so that every program reports wrong arguments in its own form. */
import type { Command } from 'commander';

/**
 * Commander prints no error any more; the returned function gives the last one as one sentence. To be called before
 * commands are added, which inherit this.
 */
export function collectUsageErrors(program: Command): () => string {
  let text = '';
  program.showSuggestionAfterError().configureOutput({
    writeErr: () => {},
    outputError: (message) => {
      text = message;
    },
  });
  return () => {
    const sentence = text
      .replace(/^error: /, '')
      .trim()
      .replace(/\s*\n\(Did you mean (.*)\?\)$/s, '; did you mean $1?')
      .replace(/\.$/, '');
    return sentence.charAt(0).toUpperCase() + sentence.slice(1);
  };
}
