/** Handler of `recorder.*`: the data path of a consumer. */
import type { World } from '../port/world.ts';
import type { TracerVersion } from '../recorder/file-sink.ts';
import { StreamConsumer } from '../recorder/stream-consumer.ts';
import type { Deliver, EffectHandler } from './contract/effects.ts';
import type { ArchivedChunk, RecorderEffect } from './contract/recorder.ts';
import { KernelSource } from './recorder/kernel-source.ts';
import { OutputChanges } from './recorder/output-changes.ts';

type Open = Extract<RecorderEffect, { type: 'recorder.open' }>;

/** The actor that emits the first effect receives all outcomes. */
export function createRecorderHandler(
  world: World,
  deliver: Deliver,
  version: TracerVersion,
): EffectHandler<RecorderEffect> {
  let consumer: StreamConsumer | undefined;
  let outputs: OutputChanges | undefined;
  let kernel: KernelSource | undefined;

  /** What becomes an archive after the end. */
  let last: ArchivedChunk | undefined;

  const make = (from: string): StreamConsumer =>
    new StreamConsumer(world, {
      flushed: (token, outcome) => deliver(from, { type: 'recorder.flushed', token, outcome }),
      streamReleased: (streamId) => deliver(from, { type: 'recorder.streamReleased', streamId }),
      closed: (outcome) => {
        if (last !== undefined && outcome.unwritten === undefined) outputs?.archive(last);
        deliver(from, { type: 'recorder.closed', outcome });
      },
      changed: (outcome) => deliver(from, { type: 'recorder.changed', outcome }),
    });

  function open(to: StreamConsumer, effect: Open, from: string): void {
    const { session, output, isApart = false } = effect;
    outputs = new OutputChanges(world, version, session, to, (event) => deliver(from, event));
    const opened = output === undefined ? undefined : outputs.openFiles(output, isApart);
    if (opened?.ok === false) deliver(from, { type: 'recorder.openFailed', error: opened.error });
    else deliver(from, { type: 'recorder.opened', atMs: outputs.nowMs });
  }

  return (effect, from) => {
    consumer ??= make(from);
    kernel ??= new KernelSource(world, consumer, (event) => deliver(from, event));
    switch (effect.type) {
      case 'recorder.open':
        return open(consumer, effect, from);
      case 'recorder.toFiles':
        return outputs?.toFiles(effect.token, effect.output);
      case 'recorder.reachPassage':
        return outputs?.reach(effect.token, effect.passage);
      case 'recorder.kernelLayout':
      case 'recorder.kernelFormats':
      case 'recorder.reachPages':
      case 'recorder.takePages':
        return kernel.follow(effect);
      case 'recorder.toRelay':
        return outputs?.toRelay(effect);
      case 'recorder.rotate':
        return outputs?.rotate(effect);
      case 'recorder.regenerate':
        return outputs?.regenerate(effect);
      case 'recorder.limit':
        return outputs?.limit(effect.bytes);
      case 'recorder.toNowhere':
        return outputs?.toNowhere(effect.token);
      case 'recorder.addStream':
        return consumer.addStream(effect.stream);
      case 'recorder.noteAlone':
        return consumer.noteAlone();
      case 'recorder.keepOnly':
        outputs?.forget();
        kernel.forget();
        return consumer.keepOnly(effect.segments);
      case 'recorder.flush':
        return consumer.flush(effect.token);
      case 'recorder.endStream':
        return consumer.endStream(effect.streamId);
      case 'recorder.close':
        last = effect.archive;
        return consumer.close(effect.isReplaced ?? false);
    }
  };
}
