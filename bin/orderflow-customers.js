#!/usr/bin/env node
'use strict';

// Node 22.1 and newer keep compiled code between runs; Node 20 has no such call.
require('node:module').enableCompileCache?.();

const { main, systemIo } = require('../dist/main.js');

main(process.argv.slice(2), systemIo()).then((exitCode) => {
  process.exitCode = exitCode;
});
