import * as z from 'zod';
import { Failure } from '../errors.ts';
import { parseBoolean } from './boolean.ts';
import type { Problem } from './problem.ts';
import { describeProblem, problem } from './problem.ts';

interface Rule {
  missing?: Problem;
  parse: (text: string) => string | Problem;
}

/** A required text, by the field's own rule; null and blank give the rule's `missing`. */
export function requiredText(rule: Rule & { missing: Problem }) {
  return z
    .string()
    .nullable()
    .transform((text, context) => judged(rule, text ?? '', context));
}

/** An optional text, by the field's own rule; null and blank are null. */
export function optionalText(rule: Rule) {
  return z
    .string()
    .nullable()
    .transform((text, context) => judged(rule, text ?? '', context) || null);
}

/** True or false, or a word for it that the field accepts. */
export function yesOrNo(parse: Rule['parse'] = parseBoolean) {
  const missing = problem('invalid_boolean', '"" is neither true nor false');
  return z
    .union([z.boolean(), z.string()])
    .transform((value, context) => judged({ missing, parse }, String(value), context) === 'true');
}

function judged(rule: Rule, text: string, context: z.RefinementCtx): string {
  const value = rule.parse(text);
  const found = value === '' ? rule.missing : value;
  if (found === undefined || typeof found === 'string') return found ?? '';
  addProblem(context, found);
  return z.NEVER;
}

/** Reports what is wrong with an input, or with its part at `path`. */
export function addProblem(context: z.RefinementCtx, found: Problem, path: string[] = []): void {
  context.addIssue({ code: 'custom', message: found.message, params: { problem: found }, path });
}

export interface FieldProblem {
  field: string;
  problem: Problem;
}

/** What is wrong with an input, field by field; a part of an address has the name of the file's column. */
export function problemsOf(error: z.ZodError): FieldProblem[] {
  return error.issues.map((issue) => {
    if (issue.code === 'unrecognized_keys') {
      return { field: issue.keys.join(', '), problem: problem('invalid_value', 'no such field') };
    }
    const field = issue.path.join('_').replace('_address_', '_');
    return { field, problem: problemIn(issue) ?? problem('invalid_value', issue.message) };
  });
}

function problemIn(issue: z.core.$ZodIssue): Problem | undefined {
  // Only `addProblem` creates custom issues.
  return issue.code === 'custom' ? issue.params?.['problem'] : undefined;
}

/**
 * The normalised input. Throws a `Failure` that lists everything that is wrong with it, one line per field.
 */
export function requireValid<Schema extends z.ZodType>(schema: Schema, input: unknown): z.output<Schema> {
  const result = schema.safeParse(input);
  if (result.success) return result.data;
  throw invalidValue(problemsOf(result.error));
}

/** The `Failure` that lists these problems; there is at least one. */
export function invalidValue(problems: FieldProblem[]): Failure {
  const [first] = problems;
  if (problems.length === 1 && first !== undefined) {
    const { code, message, hint } = first.problem;
    return new Failure('invalid_value', describeProblem(first.field, { code, message }), { hint });
  }
  return new Failure(
    'invalid_value',
    problems.map((one) => describeProblem(one.field, one.problem)).join('\n'),
  );
}
