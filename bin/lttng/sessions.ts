/** Sessions on the command line: their names in arguments and in messages. */
import { CURRENT, type SessionKey } from '../control/api/current.ts';
import type { Session } from '../control/api/session.ts';
import { checkedKey } from '../control/sessions.ts';
import { quoted, SELF } from '../terminal/output.ts';
import type { Cli } from './context.ts';
import { usageFailure } from './failure.ts';

/** Commands that take the name of a session or of something else tell them apart. */
export { sessionKeyOf } from '../control/sessions.ts';

/** The session that is named as an argument or by `-s`, which must be equal; otherwise the current one. */
export function namedSession(argument: string | undefined, option: string | undefined): SessionKey {
  return givenName(argument, option) ?? CURRENT;
}

/** The same; undefined when none is named. */
export function givenName(
  argument: string | undefined,
  option: string | undefined,
): string | undefined {
  const named = oneOf(argument, option);
  return named === undefined ? undefined : checkedKey(named);
}

/** What a command line calls the session or, with `*`, the sessions. */
export function oneOf(
  argument: string | undefined,
  option: string | undefined,
): string | undefined {
  if (argument !== undefined && option !== undefined && argument !== option) {
    throw usageFailure(`Name one session, not "${argument}" and "${option}"`);
  }
  return argument ?? option;
}

/** For people: the next command about the session, as they can type it here. `operands` follow its options. */
export async function hintNext(
  { control, output }: Cli,
  session: Session,
  command: string,
  operands = '',
): Promise<void> {
  if (!output.hasHints) return;
  // A file that is refused is no error here.
  const used = await control.chosen().catch(() => undefined);
  const named = used?.uuid === session.uuid ? '' : ` -s ${session.name}`;
  output.hint(`Next: ${SELF} ${command}${named}${operands}`);
}

/** The same for a trace. */
export function hintView({ output }: Pick<Cli, 'output'>, path: string): void {
  output.hint(`Next: ${SELF} view ${quoted(path)}`);
}

/** What programs record, and what the kernel does if it records for the session. */
export function partsOf(session: Session): readonly Session[] {
  return session.kernel === undefined ? [session] : [session, session.kernel];
}

export function isRecording(session: Session): boolean {
  return partsOf(session).some(({ state }) => state === 'active');
}

/** `session web`: for messages. */
export function called({ name }: Pick<Session, 'name'>): string {
  return `session ${name}`;
}
