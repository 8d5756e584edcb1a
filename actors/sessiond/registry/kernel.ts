/** What clients ask of the kernel's tracer, and the kernel parts of sessions (R1.24). */
import { fail, ok, type Result } from '../../../src/base/result.ts';
import type { KernelEffect } from '../../../src/effects/contract/kernel.ts';
import type { KernelDescription } from '../../../src/port/kernel-tracer.ts';
import type { OsError } from '../../../src/port/os-error.ts';
import { on } from '../../../src/runtime/act.ts';
import { isRelay } from '../../../src/wire/control/destination.ts';
import type { ReplyValue } from '../../../src/wire/control/messages.ts';
import { pageOf } from '../../../src/wire/frames.ts';
import { answer, type Refusal, refuse } from '../reply.ts';
import {
  checkRoom,
  findSession,
  infoOf,
  type KernelQuestion,
  type KnownSession,
  kernelPartOf,
  type RegistryContext,
} from './context.ts';
import { type Parts, registryActions } from './scene.ts';

export const kernelActions = registryActions({
  useDescription: on('kernel.described', (scene) => {
    const { key, kernel } = scene.event;
    const question = questionOf(scene, key);
    if (question === undefined) return;
    const { operation, replyTo } = question;
    if (operation.op !== 'kernel.open') {
      return answer(scene.enqueue, replyTo, descriptionOf(kernel));
    }
    const user = userPartToOpen(scene, question, operation.session);
    if (user !== undefined) beginKernelPart(scene, question, user, kernel);
  }),

  answerEvents: on('kernel.listed', (scene) => {
    const { key, events } = scene.event;
    const question = questionOf(scene, key);
    if (question?.operation.op !== 'kernel.events') return;
    const { page, next } = pageOf(events, question.operation.from, (event) => event);
    const value = next === undefined ? { events: page } : { events: page, next };
    answer(scene.enqueue, question.replyTo, value);
  }),

  answerFormats: on('kernel.formatsRead', (scene) => {
    const { key, formats: read } = scene.event;
    const question = questionOf(scene, key);
    if (question?.operation.op !== 'kernel.formats') return;
    const found = new Map(read.map(({ event, text }) => [event, { event, text }]));
    const asked = question.operation.events.map((event) => found.get(event) ?? { event });
    const { page } = pageOf(asked, 0, (format) => format);
    answer(scene.enqueue, question.replyTo, { formats: page });
  }),

  refuseKernel: on('kernel.failed', (scene) => {
    const { key, error } = scene.event;
    const question = questionOf(scene, key);
    if (question === undefined) return;
    refuse(scene.enqueue, question.replyTo, { code: 'NO_KERNEL_TRACER', reason: whyNone(error) });
  }),
});

/** Asks the kernel. Its answer answers the request, or begins the kernel part that the request opens. */
export function askKernel(parts: Parts, question: Omit<KernelQuestion, 'key'>): void {
  const { context, enqueue } = parts;
  const { replyTo, operation } = question;
  if (context.location.scope !== 'global') {
    const reason = 'Only the registry of root traces the kernel';
    refuse(enqueue, replyTo, { code: 'NOT_ALLOWED', reason });
    return;
  }
  if (operation.op === 'kernel.open') {
    if (userPartToOpen(parts, question, operation.session) === undefined) return;
  }
  const key = `kernel ${replyTo.link} ${replyTo.id}`;
  enqueue.assign({ questions: [...context.questions, { ...question, key }] });
  enqueue.emit(effectOf(operation, key));
}

function effectOf(operation: KernelQuestion['operation'], key: string): KernelEffect {
  if (operation.op === 'kernel.events') return { type: 'kernel.list', key };
  return operation.op === 'kernel.formats'
    ? { type: 'kernel.readFormats', key, events: operation.events }
    : { type: 'kernel.describe', key };
}

/** Takes the question from the list. */
function questionOf({ context, enqueue }: Parts, key: string): KernelQuestion | undefined {
  const question = context.questions.find((other) => other.key === key);
  enqueue.assign({ questions: context.questions.filter((other) => other !== question) });
  return question;
}

/** The user part, if the peer may open a kernel part of it. */
function userPartFor(
  context: RegistryContext,
  peer: KernelQuestion['peer'],
  session: string,
): Result<KnownSession, Refusal> {
  const found = findSession(context, peer, session);
  if (!found.ok) return found;
  const { name, info, kernelOf } = found.value;
  const no = (reason: string): Result<KnownSession, Refusal> =>
    fail({ code: 'NOT_ALLOWED', reason: `Session "${name}" ${reason}` });
  if (kernelOf !== undefined) return no('is a kernel part itself');
  if (info?.flightRecorder === true) return no('is a flight recorder, which has no kernel part');
  if (info?.liveTimerUs !== undefined) return no('is live, and has no kernel part');
  if (info === undefined || info.state === 'destroying') {
    return fail({ code: 'SESSION_BUSY', reason: `Session "${name}" is beginning or ending` });
  }
  return found;
}

/** The kernel part that there is already; undefined: there is none. */
function openedPart(
  context: RegistryContext,
  { name, uuid }: KnownSession,
): Result<ReplyValue['session'], Refusal> {
  const part = kernelPartOf(context, uuid);
  const isMade = context.creations.some(({ kernel }) => kernel?.user === uuid);
  if (part === undefined && !isMade) return ok(undefined);
  const info = part === undefined ? undefined : infoOf(context, part);
  if (info !== undefined && info.state !== 'destroying') return ok(info);
  const reason = `The kernel part of session "${name}" is beginning or ending`;
  return fail({ code: 'SESSION_BUSY', reason });
}

/** The session, if a kernel part of it is yet to be made; if not, the request is answered. */
function userPartToOpen(
  { context, enqueue }: Parts,
  { peer, replyTo }: Omit<KernelQuestion, 'key'>,
  session: string,
): KnownSession | undefined {
  const user = userPartFor(context, peer, session);
  const opened = user.ok ? openedPart(context, user.value) : user;
  if (!opened.ok) refuse(enqueue, replyTo, opened.error);
  else if (opened.value !== undefined) answer(enqueue, replyTo, { session: opened.value });
  else if (user.ok) return user.value;
  return undefined;
}

/** As the creation of a session: the UUID comes next. It writes where the user part writes. */
function beginKernelPart(
  { context, enqueue }: Parts,
  { key, replyTo }: KernelQuestion,
  { name, uuid, owner, info }: KnownSession,
  { release, version, pageKbMax }: KernelDescription,
): void {
  const room = checkRoom(context);
  if (!room.ok) return refuse(enqueue, replyTo, room.error);
  const to = info?.destination?.to;
  const relay = to !== undefined && isRelay(to) ? to : undefined;
  const output = to === undefined || isRelay(to) ? info?.output : to.output;
  const kernel = { user: uuid, release, version, pageKbMax };
  const common = { isFlightRecorder: false, liveTimerUs: undefined };
  const creation = { key, replyTo, owner, name, output, relay, ...common, kernel };
  enqueue.assign({ creations: [...context.creations, creation] });
  enqueue.emit({ type: 'random.uuid', key });
}

function descriptionOf(kernel: KernelDescription): ReplyValue {
  const { release, version, machine, tracers, clocks, cpus } = kernel;
  return {
    kernel: {
      release,
      version,
      machine,
      tracers: [...tracers],
      clocks: [...clocks],
      cpus: [...cpus],
      kprobes: kernel.hasKprobes,
      uprobes: kernel.hasUprobes,
    },
  };
}

function whyNone({ code, detail }: OsError): string {
  const why = detail === undefined ? code : `${code}: ${detail}`;
  return `The tracer of this kernel cannot be used (${why})`;
}
