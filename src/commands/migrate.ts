import type { Command } from 'commander';
import type { Context } from '../context.ts';
import { Failure } from '../errors.ts';

export function define(command: Command, _context: Context): void {
  command.action(() => {
    throw new Failure('unexpected', 'not built yet');
  });
}
