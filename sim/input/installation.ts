/** Which version of the programs a process runs, as data. */

/** Of an installation: what it and everything it starts says. */
export interface Version {
  /** Major versions of all its protocols before those of this package; 0: the same ones. */
  readonly ahead: number;
  readonly minor: number;
}

/** In the environment of every program of another version; it goes on to what they start. */
export const VERSION_VARIABLE = 'LTTNG_SIM_VERSION';

export function versionText({ ahead, minor }: Version): string {
  return `${ahead}.${minor}`;
}

export function versionIn(environment: Readonly<Record<string, string | undefined>>): Version {
  const [ahead = 0, minor = 0] = (environment[VERSION_VARIABLE] ?? '').split('.').map(Number);
  return { ahead, minor };
}
