/**
 * Which environment a process believes. A set-user-ID or set-group-ID program, or one with file capabilities, has
 * rights that the user who started it does not have, while that user chose its environment: it believes none of it.
 * Both Worlds build {@link Identity} with this function, so no component sees such an environment.
 */
import type { Identity } from './identity.ts';

export interface GivenEnvironment {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The process has rights that its starter does not have. */
  readonly isElevated: boolean;
  /** The home directory of the effective user in passwd. */
  readonly accountHome: () => string;
}

/** The parts of an {@link Identity} that the environment decides. */
export type BelievedEnvironment = Pick<Identity, 'environment' | 'homeDirectory'>;

const NOTHING = Object.freeze({});

export function believedEnvironment({
  environment: given,
  isElevated,
  accountHome,
}: GivenEnvironment): BelievedEnvironment {
  const environment: Identity['environment'] = isElevated ? NOTHING : given;
  return {
    environment,
    get homeDirectory() {
      return environment['LTTNG_HOME'] || environment['HOME'] || accountHome();
    },
  };
}
