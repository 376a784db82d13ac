'use strict';

// Required into the tool's process by tests: when it ends, its peak memory (in kB) goes to descriptor 3.
process.on('exit', () => {
  try {
    require('node:fs').writeSync(3, String(process.resourceUsage().maxRSS));
  } catch {
    // Nobody reads it.
  }
});
