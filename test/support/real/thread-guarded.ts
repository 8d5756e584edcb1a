/** A worker thread that guards its stops, as the library does in each thread, and ends; see `native-lock.test.ts`. */
import { openEntrance } from '../../../src/os/entrance.ts';
import { guardStops } from '../../../src/os/native-lock.ts';

guardStops(openEntrance);
