#!/usr/bin/env node
/** `lttng-relayd`, from its bundle: see `bin/daemon/relayd.ts`. */
import { createRequire } from 'node:module';

type Launch = typeof import('./bundle/launch.ts');

const { launch } = createRequire(import.meta.url)('./programs/launch.cjs') as Launch;
launch({ name: 'lttng-relayd', exitStatus: 1 });
