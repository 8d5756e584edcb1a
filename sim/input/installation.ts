/** The version of the programs that a process runs, as data. */

/** The version of an installation, which its programs and their children send. */
export interface Version {
  /** How many major versions all its protocols are ahead of this package; 0: the same versions. */
  readonly ahead: number;
  readonly minor: number;
}

/** Environment variable of every program of another version; children inherit it. */
export const VERSION_VARIABLE = 'LTTNG_SIM_VERSION';

export function versionText({ ahead, minor }: Version): string {
  return `${ahead}.${minor}`;
}

export function versionIn(environment: Readonly<Record<string, string | undefined>>): Version {
  const [ahead = 0, minor = 0] = (environment[VERSION_VARIABLE] ?? '').split('.').map(Number);
  return { ahead, minor };
}
