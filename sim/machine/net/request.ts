/** A call whose outcome is reported once, later, unless its process cancels it. */
import { fail } from '../../../src/base/result.ts';
import type { Pending, TcpAddress } from '../../../src/port/network.ts';
import type { OsErrorCode, OsResult } from '../../../src/port/os-error.ts';
import type { Found } from '../core/subject.ts';
import { named, type Resource, type SimProcess } from '../process/process.ts';
import { addressText, isValid } from './addresses.ts';

export class Request<T> implements Pending, Resource {
  readonly process: SimProcess;
  /** It keeps them until there is an outcome. */
  readonly descriptors: number;
  readonly #call: string;
  readonly #subject: string;
  readonly #onOutcome: (outcome: OsResult<T>) => void;
  #isOver = false;
  #isCancelled = false;

  constructor(
    process: SimProcess,
    call: string,
    subject: string,
    descriptors: number,
    onOutcome: (outcome: OsResult<T>) => void,
  ) {
    this.process = process;
    this.descriptors = descriptors;
    this.#call = call;
    this.#subject = subject;
    this.#onOutcome = onOutcome;
    process.hold(this);
    process.holds++;
  }

  /** There is an outcome already, or the process waits for none. */
  get isOver(): boolean {
    return this.#isOver;
  }

  cancel(): void {
    this.process.enter('network.cancel', `${this.#call} ${this.#subject}`);
    this.#isCancelled = true;
    this.releaseAtEnd();
  }

  releaseAtEnd(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.process.drop(this);
    this.process.holds--;
  }

  fail(code: OsErrorCode): void {
    this.end(fail(code));
  }

  /** `discard` undoes what has been made, if the process cancels before it hears of it. */
  end(found: Found<T>, discard: () => void = () => undefined): void {
    if (this.#isOver) return;
    this.releaseAtEnd();
    const { process } = this;
    const outcome = named(this.#call, this.#subject, found);
    process.holds++;
    process.deliver(this.#call, outcome.ok ? 'ok' : outcome.error.code, () => {
      process.holds--;
      if (this.#isCancelled) discard();
      else this.#onOutcome(outcome);
    });
  }
}

/** Why a request for a socket at this address, or to it, fails whatever is there; undefined: it does not. */
export function errorFor(
  process: SimProcess,
  call: string,
  address: TcpAddress,
): OsErrorCode | undefined {
  const error = process.callFaults?.errorOf(call, addressText(address));
  if (error !== undefined) return error;
  if (!isValid(address)) return 'EINVAL';
  // The request itself has the descriptor.
  return process.hasRoomFor(0) ? undefined : 'EMFILE';
}
