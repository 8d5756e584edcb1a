/** Records the kernel in a process of its own, so that its CPU time is that of the consumer (`../kernel.ts`). */
import { createRealWorld } from '../../src/os/world.ts';
import { KernelRecording } from '../../test/support/kernel/kernel-recording.ts';
import type { FromKernelConsumer, ToKernelConsumer } from '../kernel.ts';

const world = createRealWorld({
  log: (event, fields) => {
    if (event !== 'trace.wakeUpFailed')
      process.stderr.write(`${event} ${JSON.stringify(fields)}\n`);
  },
});
let recording: KernelRecording | undefined;
let consumer: ReturnType<KernelRecording['consume']> | undefined;

function tell(message: FromKernelConsumer): void {
  process.send?.(message);
}

async function obey(message: ToKernelConsumer): Promise<void> {
  if (message.type === 'begin') {
    recording = new KernelRecording(world, message.options);
    consumer = recording.consume();
    tell({ type: 'begun' });
    return;
  }
  if (consumer !== undefined) await recording?.end(consumer);
  const { read = 0, overrun = 0, dropped = 0 } = recording?.counts ?? {};
  recording?.remove();
  tell({ type: 'ended', events: read, lost: overrun + dropped });
}

process.on('message', (message: ToKernelConsumer) => void obey(message));
