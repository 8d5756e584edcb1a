/** Events of the runtime's own work: garbage collection and the delay of the event loop. */
import {
  constants,
  monitorEventLoopDelay,
  PerformanceObserver,
  performance,
} from 'node:perf_hooks';
import { clearInterval, setInterval } from 'node:timers';
import { NS_PER_MS } from '../../../src/base/time.ts';
import { enumeration, f64, u8, u32, u64 } from '../../../src/tracer/types.ts';
import { guarded } from '../guest/guarded.ts';
import { type Source, source } from './source.ts';
import { numberAt } from './values.ts';

const SAMPLE_MS = 1000;
/** Sampling interval of the event loop, milliseconds. */
const RESOLUTION_MS = 10;

const GC_KINDS = enumeration(
  {
    minor: constants.NODE_PERFORMANCE_GC_MINOR,
    major: constants.NODE_PERFORMANCE_GC_MAJOR,
    incremental: constants.NODE_PERFORMANCE_GC_INCREMENTAL,
    weakCallbacks: constants.NODE_PERFORMANCE_GC_WEAKCB,
  },
  u8,
);

export const performanceSources: readonly Source[] = [
  source('node:gc', { kind: GC_KINDS, flags: u32, beginNs: u64, durationNs: u64 }, (record) => {
    // Entries count from the start of the process; traces use the monotonic clock.
    const originNs = Number(process.hrtime.bigint()) - performance.now() * NS_PER_MS;
    const observer = new PerformanceObserver(
      guarded((list: { getEntries(): readonly object[] }) => {
        for (const entry of list.getEntries()) {
          record({
            kind: numberAt(entry, 'detail', 'kind'),
            flags: numberAt(entry, 'detail', 'flags'),
            beginNs: Math.round(originNs + numberAt(entry, 'startTime') * NS_PER_MS),
            durationNs: Math.round(numberAt(entry, 'duration') * NS_PER_MS),
          });
        }
      }),
    );
    observer.observe({ entryTypes: ['gc'] });
    return () => observer.disconnect();
  }),
  source(
    'node:event_loop_delay',
    { minNs: u64, meanNs: u64, p99Ns: u64, maxNs: u64, utilization: f64 },
    (record) => {
      const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
      let before = performance.eventLoopUtilization();
      const sample = guarded(() => {
        const now = performance.eventLoopUtilization();
        const { utilization } = performance.eventLoopUtilization(now, before);
        before = now;
        // Without a sample in this second there is nothing to record.
        if (delay.count === 0) return;
        const { min: minNs, mean, max: maxNs } = delay;
        const p99Ns = delay.percentile(99);
        delay.reset();
        record({ minNs, meanNs: Math.round(mean), p99Ns, maxNs, utilization });
      });
      delay.enable();
      const timer = setInterval(sample, SAMPLE_MS);
      timer.unref();
      return () => {
        clearInterval(timer);
        delay.disable();
      };
    },
  ),
];
