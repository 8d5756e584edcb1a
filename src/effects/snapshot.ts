/** Handler of `snapshot.*`. */
import type { World } from '../port/world.ts';
import type { TracerVersion } from '../recorder/file-sink.ts';
import { SnapshotCopier } from '../recorder/snapshot-copier.ts';
import type { Deliver, EffectHandler } from './contract/effects.ts';
import type { SnapshotEffect } from './contract/recorder.ts';

export function createSnapshotHandler(
  world: World,
  deliver: Deliver,
  version: TracerVersion,
): EffectHandler<SnapshotEffect> {
  let copier: SnapshotCopier | undefined;
  return (effect, from) => {
    switch (effect.type) {
      case 'snapshot.open':
        copier = new SnapshotCopier(world, effect, version, {
          written: (summary) => deliver(from, { type: 'snapshot.written', ...summary }),
          failed: (error) => deliver(from, { type: 'snapshot.failed', error }),
        });
        return;
      case 'snapshot.attach':
        return copier?.attach(effect.stream);
      case 'snapshot.write':
        return copier?.copy();
      case 'snapshot.abandon':
        return copier?.abandon();
    }
  };
}
