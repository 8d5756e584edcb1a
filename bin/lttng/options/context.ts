/** Names of contexts on the command line (R2.9): LTTng's, Node's, and those of applications. */
import {
  APP_CONTEXT_PREFIX,
  CONTEXTS,
  CONTEXTS_MAX,
  isContext,
} from '../../../src/event/context.ts';
import { usageFailure } from '../failure.ts';
import { nearestName } from './nearest-name.ts';

/** Another spelling of the prefix, which needs no quotes in a shell. */
const APP_SPELLING = 'app:';

/** Of all programs; those that applications publish have other names. */
export const CONTEXT_NAMES = Object.keys(CONTEXTS);

/** The contexts that are named, each once; throws a usage failure if there is one that does not exist. */
export function contextsNamed(words: readonly string[]): readonly string[] {
  const names = [...new Set(words.map(spelled))];
  const wrong = names.find((name) => !isContext(name));
  if (wrong !== undefined) throw usageFailure(reasonFor(wrong));
  if (names.length === 0) throw usageFailure('Name a context; "--list" shows them');
  if (names.length <= CONTEXTS_MAX) return names;
  throw usageFailure(`Name at most ${CONTEXTS_MAX} contexts at once`);
}

function spelled(word: string): string {
  return word.startsWith(APP_SPELLING)
    ? `${APP_CONTEXT_PREFIX}${word.slice(APP_SPELLING.length)}`
    : word;
}

function reasonFor(name: string): string {
  if (name.startsWith(APP_CONTEXT_PREFIX)) {
    return `After "${APP_CONTEXT_PREFIX}" comes a C identifier of at most 64 characters, not "${name}"`;
  }
  const nearest = nearestName(name, CONTEXT_NAMES);
  const hint = nearest === undefined ? '"--list" shows them' : `did you mean ${nearest}?`;
  return `There is no context "${name}"; ${hint}`;
}
