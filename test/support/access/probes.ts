/**
 * Attempts of one process on what another user owns. Each outcome is one word: `ok`, the kernel's error, or the
 * registry's code. The same code runs as a real process and in the simulator.
 */
import { inOrder, type StepResult } from '../../../actors/client/plans/plan.ts';
import { startClient } from '../../../actors/programs/client.ts';
import type { OsResult } from '../../../src/port/os-error.ts';
import type { SegmentRef } from '../../../src/port/shared-memory.ts';
import type { World } from '../../../src/port/world.ts';
import { CONTROL_PROTOCOL_MAJOR, type Operation } from '../../../src/wire/control/messages.ts';
import { locationOf, ownerUidOf, type RegistryScope } from '../../../src/wire/endpoints.ts';
import { decodeBody, encodeFrame, FrameParser } from '../../../src/wire/frames.ts';
import { PROTOCOLS } from '../../../src/wire/protocols.ts';

export type Probe =
  | { readonly kind: 'connect'; readonly path: string }
  | { readonly kind: 'read segment' | 'write segment'; readonly segment: SegmentRef }
  | { readonly kind: 'list directory' | 'open file' | 'signal pipe'; readonly path: string }
  /** Sends requests, in order, to the registry of one scope only; the outcome is the last reply. */
  | {
      readonly kind: 'command';
      readonly scope: RegistryScope;
      readonly operations: readonly Operation[];
    }
  /** Poses as a session's consumer or as a copier of its buffers. */
  | {
      readonly kind: 'consume' | 'snapshot';
      readonly scope: RegistryScope;
      readonly session: string;
    };

export type Say = (outcome: string) => void;

export function attempt(world: World, probe: Probe, say: Say): void {
  switch (probe.kind) {
    case 'connect':
      world.unix.connect(probe.path, {}, (outcome) => {
        if (outcome.ok) outcome.value.close();
        say(wordOf(outcome));
      });
      return;
    case 'read segment':
      say(
        wordOf(closed(world.memory.attachReadable(probe.segment), (segment) => segment.detach())),
      );
      return;
    case 'write segment':
      say(
        wordOf(closed(world.memory.attachWritable(probe.segment), (segment) => segment.detach())),
      );
      return;
    case 'list directory':
      say(wordOf(world.files.list(probe.path)));
      return;
    case 'open file':
      say(wordOf(closed(world.files.open(probe.path, 'read'), (file) => file.close())));
      return;
    case 'signal pipe':
      say(wordOf(closed(world.pipes.openWriter(probe.path), (writer) => writer.close())));
      return;
    case 'command':
      command(world, probe.scope, probe.operations, say);
      return;
    case 'consume':
    case 'snapshot':
      consume(world, probe, say);
  }
}

function wordOf(outcome: OsResult<unknown>): string {
  return outcome.ok ? 'ok' : outcome.error.code;
}

function closed<T>(outcome: OsResult<T>, close: (opened: T) => void): OsResult<T> {
  if (outcome.ok) close(outcome.value);
  return outcome;
}

function command(
  world: World,
  scope: RegistryScope,
  operations: readonly Operation[],
  say: Say,
): void {
  startClient(world, {
    plan: inOrder(operations),
    candidates: [
      { ...locationOf(world.identity, scope), ownerUid: ownerUidOf(scope, world.identity.uid) },
    ],
    sessiond: undefined,
    onDone: (results) => say(answerOf(results)),
  });
}

/** `ok`, the code of a failure, or the number of a list's entries or of a session's streams. */
function answerOf(results: readonly StepResult[]): string {
  const last = results.at(-1);
  if (last?.kind === 'failure') return last.code;
  if (last?.kind !== 'reply') return 'nothing';
  const { sessions, apps, session } = last.value;
  if (sessions !== undefined) return `${sessions.length} sessions`;
  if (apps !== undefined) return `${apps.length} applications`;
  return session?.streams === undefined || session.streams === 0
    ? 'ok'
    : `ok, ${session.streams} streams`;
}

function consume(
  world: World,
  { kind, scope, session }: Extract<Probe, { kind: 'consume' | 'snapshot' }>,
  say: Say,
): void {
  world.unix.connect(locationOf(world.identity, scope).clientPath, {}, (outcome) => {
    if (!outcome.ok) {
      say(outcome.error.code);
      return;
    }
    const connection = outcome.value;
    const parser = new FrameParser();
    let word: string | undefined;
    connection.start({
      onData: (bytes) => {
        for (const body of parser.push(bytes).bodies) {
          const message = decodeBody(body, PROTOCOLS['control.consumer'].schema);
          if (!message.ok || message.value.type === 'welcome') continue;
          word ??= message.value.type === 'refused' ? message.value.code : 'ok';
          connection.close();
        }
      },
      onClose: () => say(word ?? 'cut off'),
    });
    for (const message of [
      { type: 'hello', major: CONTROL_PROTOCOL_MAJOR, minor: 0 },
      { type: 'attach', session, ...(kind === 'snapshot' ? { snapshot: true } : {}) },
    ]) {
      const frame = encodeFrame(message);
      if (frame.ok) connection.send(frame.value);
    }
  });
}
