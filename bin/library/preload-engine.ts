/** The engine of a preloaded library, bundled into one CommonJS file that is loaded when there may be a registry. */
import { connect } from './connect.ts';
import { makeEngine } from './engine.ts';

export const engine = makeEngine(connect);
