#!/usr/bin/env node
/** `ltt-consumerd`, from its bundle: see `bin/daemon/consumerd.ts`. */
type Launch = typeof import('./bundle/launch.ts');

const { createRequire } = process.getBuiltinModule('node:module');
const { launch } = createRequire(import.meta.url)('./programs/launch.cjs') as Launch;
launch({ name: 'ltt-consumerd', bundle: 'consumerd', exitStatus: 1 });
