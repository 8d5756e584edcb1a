/** Handler of `trace.*`: a consumer that writes files. */
import { ok } from '../base/result.ts';
import type { OsResult } from '../port/os-error.ts';
import type { World } from '../port/world.ts';
import { FileSink, type TracerVersion } from '../recorder/file-sink.ts';
import { StreamConsumer } from '../recorder/stream-consumer.ts';
import type { Deliver, EffectHandler } from './contract/effects.ts';
import type { RecorderEffect } from './contract/recorder.ts';

const OUTPUT_MODE = 0o700;

type Open = Extract<RecorderEffect, { type: 'recorder.open' }>;

/** The actor that emits the first effect receives all outcomes. */
export function createRecorderHandler(
  world: World,
  deliver: Deliver,
  version: TracerVersion,
): EffectHandler<RecorderEffect> {
  let consumer: StreamConsumer | undefined;

  const make = (from: string): StreamConsumer =>
    new StreamConsumer(world, {
      flushed: (token, outcome) => deliver(from, { type: 'recorder.flushed', token, outcome }),
      streamReleased: (streamId) => deliver(from, { type: 'recorder.streamReleased', streamId }),
      closed: (outcome) => deliver(from, { type: 'recorder.closed', outcome }),
      changed: (outcome) => deliver(from, { type: 'recorder.changed', outcome }),
    });

  function open(to: StreamConsumer, { output, session, isApart }: Open): OsResult<void> {
    // For the life of this process, which records one session. Others may own the parents of the directory.
    const held = world.files.holdDirectory(output, OUTPUT_MODE);
    if (!held.ok) return held;
    to.open(FileSink.forSession(world, output, session, version, isApart));
    return ok(undefined);
  }

  return (effect, from) => {
    consumer ??= make(from);
    switch (effect.type) {
      case 'recorder.open': {
        const opened = open(consumer, effect);
        if (opened.ok) deliver(from, { type: 'recorder.opened' });
        else deliver(from, { type: 'recorder.openFailed', error: opened.error });
        return;
      }
      case 'recorder.addStream':
        return consumer.addStream(effect.stream);
      case 'recorder.keepOnly':
        return consumer.keepOnly(effect.segments);
      case 'recorder.flush':
        return consumer.flush(effect.token);
      case 'recorder.endStream':
        return consumer.endStream(effect.streamId);
      case 'recorder.close':
        return consumer.close(effect.isReplaced ?? false);
    }
  };
}
