/** The kernel parts of users' sessions, derived from the answers to their commands. */
import type { Ledger } from './ledger.ts';

export interface KernelPartAccount {
  readonly name: string;
  readonly uuid: string;
  readonly user: string;
  readonly output: string;
  /** The answer to the end of the part, if there was one: its data may have been given up. */
  readonly isAbandoned: boolean;
}

/** In the order in which they were answered for the first time. */
export function kernelPartsIn({ commands }: Ledger): KernelPartAccount[] {
  const parts = new Map<string, KernelPartAccount>();
  for (const { user, results } of commands) {
    for (const result of results) {
      const session = result.kind === 'reply' ? result.value.session : undefined;
      if (session?.domain !== 'kernel') continue;
      const { name, uuid, output = '', abandoned } = session;
      const isAbandoned = parts.get(uuid)?.isAbandoned === true || abandoned !== undefined;
      parts.set(uuid, { name, uuid, user, output, isAbandoned });
    }
  }
  return [...parts.values()];
}
