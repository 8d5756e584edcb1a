/** The command line and environment by which `run` and `record` trace a program and its Node children (R1.17). */
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Command } from '../../actors/client/plans/record.ts';
import { believed } from '../../src/os/environment.ts';
import { SESSION_VARIABLE } from '../../src/wire/launch.ts';

/** An absolute URL is valid in any working directory, and needs no quotes. */
function importOption(): string {
  const registerPath = fileURLToPath(new URL('../register.js', import.meta.url));
  return `--import=${pathToFileURL(registerPath).href}`;
}

export function tracedCommand(words: readonly string[]): Command {
  const [program = '', ...args] = words;
  return { program, args, environmentIn: tracedEnvironment };
}

function tracedEnvironment(sessionUuid: string): Record<string, string | undefined> {
  const option = importOption();
  const { environment } = believed();
  const given = environment['NODE_OPTIONS'] ?? '';
  const isThere = given.split(' ').includes(option);
  return {
    ...environment,
    NODE_OPTIONS: isThere ? given : `${given} ${option}`.trim(),
    [SESSION_VARIABLE]: sessionUuid,
  };
}
