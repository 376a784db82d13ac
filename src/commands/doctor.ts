import type { Command } from 'commander';
import { addHelp } from '../command-tree.ts';
import type { Context } from '../context.ts';
import { Failure } from '../errors.ts';
import type { Check } from '../model/check.ts';
import { openReadDatabase } from '../open-database.ts';
import { checksDocument, renderChecks } from '../render/doctor.ts';
import { exitCodes } from '../render/help.ts';
import type { Database } from '../store/connection/database.ts';
import { isCopyOf } from '../store/connection/standby.ts';
import { describeTarget } from '../store/connection/target.ts';
import { checkHealth } from '../store/health/health.ts';
import { addOrgOfProfile } from './options/org-option.ts';

export function define(command: Command, context: Context): void {
  addOrgOfProfile(command)
    .description(
      'Check everything that commands need from the database, and explain how to fix what is wrong: ' +
        'connection, encryption, server version, extensions, schema, rights, indexes, change log, a running import, the clock. ' +
        'Changes nothing.\nPiped: name, status, message and remedy, separated by tabs.',
    )
    .action(() => diagnose(context));
  addHelp(command, {
    exitCodes: exitCodes([0, 2, 7, 8, 13], { 0: 'no problems, or warnings only', 2: 'a setting is invalid' }),
    examples: [
      'orderflow-customers doctor',
      'orderflow-customers doctor --json | jq -r \'.checks[] | select(.status != "ok") | .remedy\'',
    ],
  });
}

async function diagnose(context: Context): Promise<void> {
  const checks = await makeChecks(context);
  context.exitCode = checks.find((check) => check.status === 'failure')?.exitCode ?? 0;
  context.print({ json: checksDocument(checks), text: (style) => renderChecks(checks, style) });
  const troubles = checks.filter(({ status }) => status === 'failure');
  // Quiet is for cron, which should only mail problems.
  if (context.options.quiet && !context.options.json && troubles.length > 0)
    context.warn(() => renderChecks(troubles, context.style('stderr')).trimEnd());
}

async function makeChecks(context: Context): Promise<Check[]> {
  const started = performance.now();
  try {
    const database = await context.database({ schema: 'any' });
    const { target } = database;
    const time = `${Math.round(performance.now() - started)} ms`;
    const { listing } = await context.settings();
    const listed = listing?.source === target.source ? ` for org ${listing.org}` : '';
    const source =
      target.source === 'embedded' ? 'nothing else is configured' : `named by ${target.source}${listed}`;
    const message = `${describeTarget(target)}, ${source}, in ${time}`;
    const { io } = context;
    return [
      { name: 'connection', status: 'ok', message },
      ...(await checkHealth(database, io)),
      ...(await checkReadDatabase(context, database)),
    ];
  } catch (error) {
    // Wrong settings are not the database's problem: they fail as they do for every command.
    if (!(error instanceof Failure) || (error.exitCode !== 7 && error.exitCode !== 13)) throw error;
    const { message, hint: remedy = 'run it again with --debug', exitCode } = error;
    return [{ name: 'connection', status: 'failure', message, remedy, exitCode }];
  }
}

/** Empty if the server has no `read_database`. */
async function checkReadDatabase(context: Context, primary: Database): Promise<Check[]> {
  const { io, options } = context;
  const name = 'read_database';
  const given = {
    flag: options.database,
    settings: await context.settings(),
    statementTimeout: options.timeout,
  };
  try {
    const { database, remark } = await openReadDatabase(io, given);
    if (remark === undefined) return [];
    const isOther = database !== undefined && (await isCopyOf(database, primary)) === false;
    await database?.close();
    if (isOther) {
      const message = `${describeTarget(database.target)} is not a copy of the database: commands that read show other customers`;
      return [
        { name, status: 'failure', message, remedy: 'correct read_database in the settings', exitCode: 7 },
      ];
    }
    const remedy = 'check that the server runs and follows its primary, and read_database in the settings';
    return [
      remark.isWarning
        ? { name, status: 'warning', message: remark.text, remedy }
        : { name, status: 'ok', message: remark.text },
    ];
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    const { message, hint: remedy = 'run it again with --debug', exitCode } = error;
    if (exitCode !== 7 && exitCode !== 8 && exitCode !== 13) throw error;
    return [{ name, status: 'failure', message, remedy, exitCode }];
  }
}
