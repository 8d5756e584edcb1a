/** Events of module loading; Node publishes them from version 22 on. */
import { string } from '../../../src/tracer/types.ts';
import { channelSource, type Source } from './source.ts';
import { textAt } from './values.ts';

const requireFields = { id: string, parent: string };
const importFields = { url: string, parent: string };

export const moduleSources: readonly Source[] = [
  channelSource('tracing:module.require:start', requireFields, requireOf, 'debug'),
  channelSource('tracing:module.require:end', requireFields, requireOf, 'debug'),
  channelSource('tracing:module.import:start', importFields, importOf, 'debug'),
  channelSource('tracing:module.import:asyncEnd', importFields, importOf, 'debug'),
];

function requireOf(message: unknown): { id: string; parent: string } {
  return { id: textAt(message, 'id'), parent: textAt(message, 'parentFilename') };
}

function importOf(message: unknown): { url: string; parent: string } {
  return { url: textAt(message, 'url'), parent: textAt(message, 'parentURL') };
}
