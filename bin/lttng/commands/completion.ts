/** `lttng completion`: prints the script by which a shell completes command lines of `lttng` (R2.13). */
import { SCRIPTS, shellNamed } from '../completion/shells.ts';
import type { Cli } from '../context.ts';

export function completion({ output }: Cli, _options: object, name: string): void {
  const shell = shellNamed(name);
  const script = SCRIPTS[shell];
  output.value({ shell, script });
  for (const line of script.split('\n')) output.line(line);
}
