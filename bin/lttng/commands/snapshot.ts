/** `lttng snapshot`: copies what the buffers of a session hold into a trace of its own (R1.23). */
import type { Cli } from '../context.ts';
import { usageFailure } from '../failure.ts';
import { namedSession } from '../sessions.ts';
import type { Given } from '../table/declare.ts';
import type { SNAPSHOT } from '../table/sessions.ts';
import { takeSnapshot } from '../take-snapshot.ts';

/** Later versions of LTTng spell it `snapshot record`. A session named `record` needs `-s`. */
const VERB = 'record';

export async function snapshot(
  cli: Cli,
  options: Given<typeof SNAPSHOT>,
  words: readonly string[],
): Promise<void> {
  const [named, ...more] = words[0] === VERB ? words.slice(1) : words;
  if (more.length > 0) throw usageFailure('Name one session');
  await takeSnapshot(cli, namedSession(named, options.session), options);
}
