#!/usr/bin/env node
import * as nodeModule from 'node:module';

// Node 22.1 and newer keep compiled code between runs; Node 20 has no such call.
nodeModule.enableCompileCache?.();

const { main, systemIo } = await import('../dist/main.js');
process.exitCode = await main(process.argv.slice(2), systemIo());
