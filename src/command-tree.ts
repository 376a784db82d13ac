import type { Command } from 'commander';

/** All commands, for those that speak of the others: completion and the manual. */
export interface CommandTree {
  program: Command;
  /** Fills a command of the program with what its module says. */
  load: (command: Command) => Promise<void>;
}
