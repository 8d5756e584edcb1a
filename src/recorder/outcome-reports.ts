/**
 * What a consumer's trace lacks, and the state of its link: the consumer says it in each answer, and by itself when it
 * has changed. It says at once that something cannot be written, can be again, or is lost, also the link itself; what
 * moves all the time, the numbers of a link, it says at most once in {@link LINK_REPORT_MS}.
 */
import type { Timer } from '../port/clock.ts';
import type { World } from '../port/world.ts';
import type { WritingOutcome } from '../wire/control/outcomes.ts';
import { type ConsumedStream, codeOf } from './consumed-stream.ts';
import type { LeftOutput } from './recorder-parts.ts';
import type { Sink, SinkLink } from './sink.ts';

/** The shortest interval between two reports that only numbers of the link have changed. */
export const LINK_REPORT_MS = 1000;

/** Outcomes that a consumer reports, at once or later. */
export interface ConsumerOutcomes {
  readonly flushed: (token: number, outcome: WritingOutcome) => void;
  /** The ended stream is written completely. */
  readonly streamReleased: (streamId: number) => void;
  /** Streams that could not be written completely keep their data in the buffers. */
  readonly closed: (outcome: WritingOutcome) => void;
  /** The outcome differs from the one that was reported last. */
  readonly changed: (outcome: WritingOutcome) => void;
}

export class OutcomeReports {
  readonly #world: Pick<World, 'clock' | 'log'>;
  readonly #outcome: () => WritingOutcome;
  readonly #report: (outcome: WritingOutcome) => void;
  /** Events that were written and are gone; streams that cannot be read, and those whose files were moved. */
  #events = 0;
  #streams = 0;
  #moved = 0;
  /** The last output whose loss was logged: its other streams are lost with it. */
  #loggedLoss = '';
  #reported: WritingOutcome = {};
  #mayHaveChanged = false;
  #linkReport: Timer | undefined;

  /** `outcome`: the present one. */
  constructor(
    world: Pick<World, 'clock' | 'log'>,
    outcome: () => WritingOutcome,
    report: (outcome: WritingOutcome) => void,
  ) {
    this.#world = world;
    this.#outcome = outcome;
    this.#report = report;
  }

  get lost(): Pick<WritingOutcome, 'lost'> {
    const lost = { events: this.#events, streams: this.#streams, moved: this.#moved };
    return Object.values(lost).every((number) => number === 0) ? {} : { lost };
  }

  /** A stream cannot be read any further. */
  noteUnreadable(): void {
    this.#streams += 1;
    this.#mayHaveChanged = true;
  }

  noteLeft({ name, events, isMoved }: LeftOutput): void {
    this.#events += events;
    this.#moved += isMoved ? 1 : 0;
    this.#mayHaveChanged = true;
    if (this.#loggedLoss === name) return;
    this.#loggedLoss = name;
    this.#world.log(isMoved ? 'trace.moved' : 'trace.gone', { path: name });
  }

  /** The outcome may be another one than before. */
  note(): void {
    this.#mayHaveChanged = true;
  }

  /** Reports a change that cannot wait; plans to report one of the link's numbers. */
  reportChange(link: SinkLink | undefined): void {
    if (link !== undefined) this.#linkReport ??= this.#reportLater();
    if (!this.#mayHaveChanged) return;
    this.#mayHaveChanged = false;
    const outcome = this.#outcome();
    if (urgentText(outcome) !== urgentText(this.#reported)) this.#say(outcome);
  }

  stop(): void {
    this.#linkReport?.cancel();
    this.#linkReport = undefined;
  }

  #reportLater(): Timer {
    return this.#world.clock.setTimer(LINK_REPORT_MS, () => {
      this.#linkReport = undefined;
      const outcome = this.#outcome();
      if (JSON.stringify(outcome) !== JSON.stringify(this.#reported)) this.#say(outcome);
    });
  }

  #say(outcome: WritingOutcome): void {
    this.#reported = outcome;
    this.#report(outcome);
  }
}

/** What is not written, and the link. */
export function outcomeOf(
  unwritten: readonly ConsumedStream[],
  sink: Sink | undefined,
): Omit<WritingOutcome, 'lost'> {
  const [first] = unwritten;
  const link = sink?.link?.outcome;
  const { length: streams } = unwritten;
  return {
    ...(link === undefined ? {} : { link }),
    ...(first === undefined
      ? {}
      : { unwritten: { streams, code: codeOf(first, sink !== undefined) } }),
  };
}

/** The parts of an outcome whose changes are reported at once. */
function urgentText({ unwritten, lost, link }: WritingOutcome): string {
  return JSON.stringify([unwritten?.code, lost, link?.state]);
}
