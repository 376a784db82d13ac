#!/usr/bin/env node
'use strict';

// Newer versions keep compiled code between runs. Node 20 has no such call, and the module takes it a millisecond.
if (Number.parseInt(process.versions.node) >= 22) require('node:module').enableCompileCache?.();

const { main, systemIo } = require('../dist/main.js');

const io = systemIo();
main(process.argv.slice(2), io).then((exitCode) => {
  process.exitCode = exitCode;
  // What a reader has not taken yet would keep an interrupted process until it does.
  if (io.signal.aborted) process.exit();
});
