/** `lttng set-session`: chooses the current session, which commands without a name use (LTTng 2.13). */
import type { Cli } from '../context.ts';
import { called } from '../sessions.ts';

export async function setSession(
  { control, output }: Cli,
  _options: object,
  name: string,
): Promise<void> {
  const session = await control.setCurrent(name);
  output.value({ session });
  output.tell(`Commands use ${called(session)} now, except in the directories of sessions`);
}
