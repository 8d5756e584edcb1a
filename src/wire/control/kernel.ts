/**
 * The kernel's part of the control protocol (R1.24): what the kernel offers, the kernel parts of sessions, and what
 * their consumer `ltt-consumerd` gets. The registry passes texts of tracefs on as they are; their readers check them.
 */
import * as v from 'valibot';
import { KERNEL_CPUS_MAX, PASSED_PAGES_MAX } from '../../port/kernel-tracer.ts';
import { counter, list, path, sessionKey, u32 } from '../common.ts';
import { EVENT_PATTERN_CHARACTERS_MAX, KERNEL_FORMATS_MAX } from '../limits.ts';
import { outputFailure } from './outcomes.ts';

/** Longest `format` of an event, and longest `header_page`. */
export const KERNEL_FORMAT_TEXT_MAX = 64 * 1024;
export const KERNEL_LAYOUT_TEXT_MAX = 4096;
/** Longest of the kernel's names: of a release, of a tracer. */
export const KERNEL_TEXT_MAX = 256;
/** Most tracers, and most clocks, of a kernel. */
export const KERNEL_NAMES_MAX = 64;

/** `SYSTEM:NAME`, as tracefs has it. */
const kernelEvent = v.pipe(
  v.string(),
  v.maxLength(EVENT_PATTERN_CHARACTERS_MAX),
  v.regex(/^[A-Za-z0-9_.-]+:[A-Za-z0-9_.-]+$/, 'not the name of a kernel event'),
);
/** One of the kernel's names. */
export const kernelText = v.pipe(
  v.string(),
  v.maxLength(KERNEL_TEXT_MAX),
  v.regex(/^\P{Cc}*$/u, 'the kernel names nothing with control characters'),
);
const texts = v.pipe(v.array(kernelText), v.maxLength(KERNEL_NAMES_MAX));

/** What the kernel can trace (`KernelDescription`). */
const kernelDescription = v.strictObject({
  release: kernelText,
  version: kernelText,
  machine: kernelText,
  tracers: texts,
  clocks: texts,
  cpus: v.pipe(v.array(u32), v.maxLength(KERNEL_CPUS_MAX)),
  /** Whether these can be defined. */
  kprobes: v.boolean(),
  uprobes: v.boolean(),
});

/** The kernel that a kernel part is of, for the environment of its trace. */
export const kernelRelease = v.strictObject({ release: kernelText, version: kernelText });

const formatText = v.pipe(v.string(), v.maxLength(KERNEL_FORMAT_TEXT_MAX));
/** The `format` file of an event. */
const kernelFormat = v.strictObject({ event: kernelEvent, text: formatText });
/** Without a text: the kernel has no such event. */
const kernelFormatFound = v.strictObject({
  event: kernelEvent,
  text: v.exactOptional(formatText),
});

export const kernelOperations = [
  /**
   * Answers with the kernel part of the session, which is made if there is none. It is a session of its own, and
   * commands name it by its UUID. NO_KERNEL_TRACER: this kernel has no tracer that the registry can use.
   */
  v.strictObject({ op: v.literal('kernel.open'), session: sessionKey }),
  v.strictObject({ op: v.literal('kernel.describe') }),
  /** Names of all events of the kernel, in pages as all lists. */
  v.strictObject({ op: v.literal('kernel.events'), from: counter }),
  /** Answers with the first of these that fit into one message, at least one; the client asks for the others again. */
  v.strictObject({
    op: v.literal('kernel.formats'),
    events: v.pipe(v.array(kernelEvent), v.minLength(1), v.maxLength(KERNEL_FORMATS_MAX)),
  }),
] as const;

/** Members of replies to these operations. */
export const kernelReplies = {
  kernel: v.optional(kernelDescription),
  events: v.optional(list(kernelEvent)),
  formats: v.optional(v.pipe(v.array(kernelFormatFound), v.maxLength(KERNEL_FORMATS_MAX))),
};

/** From the registry to the consumer of a kernel part, before the streams' pages. */
export const kernelToConsumer = [
  /** The `header_page` file of tracefs: once, before the first stream. */
  v.strictObject({
    type: v.literal('kernel.layout'),
    text: v.pipe(v.string(), v.maxLength(KERNEL_LAYOUT_TEXT_MAX)),
  }),
  /** Of events that the session enables: each once for a consumer, before the kernel records it. */
  v.strictObject({ type: v.literal('kernel.formats'), formats: list(kernelFormat) }),
  /** The consumer reaches the passage at this path and answers `kernel.reached`. */
  v.strictObject({ type: v.literal('kernel.passage'), token: u32, passage: path }),
  /** The registry has passed the pages of these streams, in this order. The consumer answers `kernel.taken`. */
  v.strictObject({
    type: v.literal('kernel.passed'),
    token: u32,
    streams: v.pipe(v.array(u32), v.minLength(1), v.maxLength(PASSED_PAGES_MAX)),
  }),
] as const;

/** From the consumer of a kernel part. */
export const kernelFromConsumer = [
  v.strictObject({ type: v.literal('kernel.reached'), token: u32 }),
  /** It reads the pages of `kernel.passed`, or could not take them: `failed`. */
  v.strictObject({
    type: v.literal('kernel.taken'),
    token: u32,
    failed: v.optional(outputFailure),
  }),
] as const;
