/** All events of Node itself; `docs/events.md` describes them. */
import { consoleSources } from './console.ts';
import { httpSources } from './http.ts';
import { moduleSources } from './modules.ts';
import { netSources } from './net.ts';
import { performanceSources } from './performance.ts';
import { processSources } from './process.ts';
import type { Source } from './source.ts';
import { undiciSources } from './undici.ts';

export const nodeSources: readonly Source[] = [
  ...processSources,
  ...consoleSources,
  ...httpSources,
  ...undiciSources,
  ...netSources,
  ...moduleSources,
  ...performanceSources,
];
