/**
 * An OpenTelemetry span: started and ended, with attributes, through a batch processor that keeps every span of a
 * round and an exporter that does nothing. `off` is a sampler that drops everything.
 */
import type { Attributes } from '@opentelemetry/api';
import {
  AlwaysOffSampler,
  BasicTracerProvider,
  BatchSpanProcessor,
  type SpanExporter,
} from '@opentelemetry/sdk-trace-base';
import { serve } from '../lib/contestant.ts';
import { TEXTS } from '../lib/payload.ts';

const QUEUE_SPANS = 1 << 18;

const exporter: SpanExporter = {
  export: (_spans, done) => done({ code: 0 }),
  shutdown: () => Promise.resolve(),
};
const processor = new BatchSpanProcessor(exporter, {
  maxQueueSize: QUEUE_SPANS,
  scheduledDelayMillis: 2 ** 30,
});
const tracer = new BasicTracerProvider({ spanProcessors: [processor] }).getTracer('bench');
const silent = new BasicTracerProvider({ sampler: new AlwaysOffSampler() }).getTracer('bench');

const record = (name: string, attributes: Attributes): void => {
  tracer.startSpan(name, { attributes }).end();
};

await serve(
  {
    one: (events) => {
      for (let i = 0; i < events; i++) record('one', { value: i });
    },
    four: (events) => {
      for (let i = 0; i < events; i++) {
        record('four', { a: i, b: i + 1, c: i + 2, d: i + 3, text: TEXTS[i & 7] });
      }
    },
    off: (events) => {
      for (let i = 0; i < events; i++) {
        silent.startSpan('off', { attributes: { value: i } }).end();
      }
    },
  },
  { after: () => processor.forceFlush() },
);
