/** The context of a kernel link, its invariants, and pure queries on it. */
import { assert } from '../../../src/base/assert.ts';
import type {
  EventChange,
  KernelBuffer,
  WantedInstance,
} from '../../../src/effects/contract/kernel.ts';
import type { Credentials } from '../../../src/port/identity.ts';
import { PASSED_PAGES_MAX } from '../../../src/port/kernel-tracer.ts';
import { instanceName } from '../kernel-names.ts';
import type {
  EventEnable,
  KernelChannel,
  KernelLinkInput,
  ReplyTo,
  ToKernelLink,
  WritingMessage,
} from '../messages.ts';

/** How full a CPU's buffer is, of 100, when the consumer wakes. */
const WAKE_PERCENT = 50;
const BYTES_PER_KB = 1024;

export type Wanted = Extract<ToKernelLink, { type: 'kernel.wanted' }>;

/** A stream's pages. */
export interface StreamPages extends KernelBuffer {
  readonly streamId: number;
}

export interface KernelLinkContext extends KernelLinkInput {
  /** What the session wants, as it said last. */
  readonly wanted: Wanted | undefined;
  /** What is being brought about, or was brought about last. Invariant: not newer than `wanted`. */
  readonly taken: Wanted | undefined;
  /** CPUs that were online the last time. */
  readonly cpus: readonly number[];
  /** How a page begins (`header_page`); undefined: not known yet. */
  readonly pageLayout: string | undefined;
  /** What is left to enable and to disable. */
  readonly changes: readonly EventChange[];
  /** The first failure of what is being brought about. */
  readonly refused: string | undefined;
  /** Rules that the kernel is asked about, in the order of the requests. */
  readonly checks: readonly { readonly operation: EventEnable; readonly replyTo: ReplyTo }[];
  readonly consumer: Credentials | undefined;
  /** The consumer has the layout, and the formats of all events that its pages may have. Invariant: there is one. */
  readonly isBriefed: boolean;
  /** Events whose formats the consumer has. */
  readonly told: ReadonlySet<string>;
  /** Instances that exist. */
  readonly made: ReadonlySet<string>;
  /** Streams whose pages the consumer has, or that have none. */
  readonly passed: ReadonlySet<number>;
  /** Those that are being passed. Invariant: at most PASSED_PAGES_MAX. */
  readonly passing: readonly StreamPages[];
  /** The instances of `taken` are made, as far as they can be. */
  readonly isPrepared: boolean;
  /** For the consumer, when it has the pages of all streams. Invariant: none without a consumer. */
  readonly held: readonly WritingMessage[];
  /** Number of the attempts to pass pages. */
  readonly token: number;
  /** A failed attempt was logged; the next one that succeeds ends this. */
  readonly isFailing: boolean;
  /** The kernel could not be asked the last time, which was logged. */
  readonly isUnusable: boolean;
  /** The session knows that its instances are removed. */
  readonly isReleased: boolean;
}

export function initialContext(input: KernelLinkInput): KernelLinkContext {
  return {
    wanted: undefined,
    taken: undefined,
    cpus: [],
    pageLayout: undefined,
    changes: [],
    refused: undefined,
    checks: [],
    consumer: undefined,
    isBriefed: false,
    told: new Set(),
    made: new Set(),
    passed: new Set(),
    passing: [],
    isPrepared: false,
    held: [],
    token: 0,
    isFailing: false,
    isUnusable: false,
    isReleased: false,
    ...input,
  };
}

export function checkKernelLink({
  wanted,
  taken,
  consumer,
  isBriefed,
  passing,
  held,
}: KernelLinkContext): void {
  assert(
    taken === undefined || (wanted !== undefined && taken.version <= wanted.version),
    'inv:kernel-link.taken:was-wanted',
  );
  assert(!isBriefed || consumer !== undefined, 'inv:kernel-link.isBriefed:has-a-consumer');
  assert(held.length === 0 || consumer !== undefined, 'inv:kernel-link.held:has-a-consumer');
  assert(passing.length <= PASSED_PAGES_MAX, 'inv:kernel-link.passing:bounded');
}

/** Whether the kernel is not yet as the session wants it, or the consumer does not know what it needs to know. */
export function hasNews({ wanted, taken, consumer, isBriefed }: KernelLinkContext): boolean {
  if (wanted === undefined) return false;
  return wanted !== taken || (consumer !== undefined && !isBriefed);
}

/** Whether the consumer has the pages of all streams that have any. */
export function isFed(context: KernelLinkContext): boolean {
  const { wanted, taken, isBriefed, isPrepared, passing } = context;
  if (wanted === undefined || wanted.channels.length === 0) return true;
  const isSettled = wanted === taken && isPrepared && isBriefed;
  return isSettled && passing.length === 0 && unpassed(context).length === 0;
}

/** The instances that the kernel shall have, one for each channel with streams. */
export function instancesOf(context: KernelLinkContext): readonly WantedInstance[] {
  const { taken } = context;
  return (taken?.channels ?? []).map((channel) => ({
    name: instanceName(context, channel.settings.name),
    options: optionsOf(channel),
    rules: channel.rules,
    isActive: taken?.isActive === true,
  }));
}

function optionsOf({ settings: { shape }, pageBytes }: KernelChannel): WantedInstance['options'] {
  return {
    bufferKb: (shape.subbufferBytes * shape.subbufferCount) / BYTES_PER_KB,
    pageKb: pageBytes / BYTES_PER_KB,
    overwrite: shape.overwrite,
    wakePercent: WAKE_PERCENT,
  };
}

export function namesOf(context: KernelLinkContext): readonly string[] {
  return instancesOf(context).map(({ name }) => name);
}

/** The next streams whose pages the consumer lacks. */
export function unpassed(context: KernelLinkContext): readonly StreamPages[] {
  const { taken, isBriefed, made, passed } = context;
  if (!isBriefed) return [];
  const lacking = (taken?.channels ?? []).flatMap(({ settings, streams }) => {
    const name = instanceName(context, settings.name);
    if (!made.has(name)) return [];
    return streams
      .filter(({ streamId }) => !passed.has(streamId))
      .map((stream) => ({ ...stream, name }));
  });
  return lacking.slice(0, PASSED_PAGES_MAX);
}
