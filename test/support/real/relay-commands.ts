/** Commands of `lttng` about a session "web" whose trace goes to a relay, and what its trace has. */
import { expect } from 'vitest';
import type { ReplyValue, SessionInfo } from '../../../src/wire/control/messages.ts';
import type { Account, Finished, Place } from './sandbox.ts';
import { readTrace, ticksOf } from './traces.ts';

export class RelayCommands {
  readonly #place: () => Place;

  /** `place`: the one of the present test. */
  constructor(place: () => Place) {
    this.#place = place;
  }

  run = (args: readonly string[], account?: Account): Promise<Finished> =>
    this.#place().lttng(args, account === undefined ? {} : { account });

  /** Runs `lttng`, which must succeed; returns its standard output. */
  good = async (args: readonly string[], account?: Account): Promise<string> => {
    const { status, stdout, stderr } = await this.run(args, account);
    expect({ args, status, stderr }).toMatchObject({ args, status: 0 });
    return stdout.trimEnd();
  };

  /** Runs `lttng`, which must fail; returns its status and its sentence. */
  refusal = async (args: readonly string[], account?: Account): Promise<string> => {
    const { status, stderr } = await this.run(args, account);
    return `${status}: ${stderr.trimEnd().replace(/^lttng: /, '')}`;
  };

  sessionNow = async (account?: Account): Promise<SessionInfo | undefined> => {
    const reply = await this.good(['list', 'web', '--output-format', 'json'], account);
    return (JSON.parse(reply) as ReplyValue).session;
  };
}

/** The numbers of the ticks in all traces below a directory, in order. */
export function ticksIn(output: string): number[] {
  return ticksOf(readTrace(output)).sort((one, other) => one - other);
}

export const numbers = (count: number): number[] => Array.from({ length: count }, (_, n) => n);
