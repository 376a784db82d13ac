import type { Command } from 'commander';
import type { Context } from '../../context.ts';
import { defineAdd } from './add.ts';
import { defineList } from './list.ts';
import { defineRemove } from './remove.ts';
import { defineUpdate } from './update.ts';

export function define(command: Command, context: Context): void {
  command.usage('<subcommand> [flags]');
  defineAdd(command, context);
  defineUpdate(command, context);
  defineRemove(command, context);
  defineList(command, context);
}
