import { z } from 'zod';
import { TandemError, validationError } from '#kernel/errors.ts';
import { nearMatches } from './near-matches.ts';
import type { Tool } from './tool.ts';

/**
 * Arguments as a caller gave them → what `run` takes. Other servers' argument names are translated, a
 * null for something optional counts as not given (some hosts fill in nulls), and everything unknown is
 * refused. One value stands for a list of one. Throws VALIDATION_ERROR.
 */
export function readArguments<S>(
  tool: Tool<S>,
  given: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const args = withLists(tool.input, withoutNulls(tool.input, renamed(tool, given)));
  const parsed = tool.input.safeParse(args);
  if (parsed.success) return parsed.data;
  throw explained(tool, parsed.error);
}

function renamed<S>(tool: Tool<S>, given: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const renames = tool.argumentAliases;
  if (renames === undefined) return { ...given };
  const args: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(given)) {
    const name = Object.hasOwn(renames, key) ? (renames[key] ?? key) : key;
    if (Object.hasOwn(args, name) || (name !== key && Object.hasOwn(given, name))) {
      throw new TandemError('VALIDATION_ERROR', {
        message: `The input does not fit. ${name}: given twice, under two names`,
        details: { problems: [{ field: name, problem: 'given twice, under two names' }] },
      });
    }
    args[name] = value;
  }
  return args;
}

function withoutNulls(input: z.ZodObject, args: Record<string, unknown>): Record<string, unknown> {
  for (const [key, value] of Object.entries(args)) {
    if (value !== null || !Object.hasOwn(input.shape, key)) continue;
    const field = input.shape[key] as z.ZodType | undefined;
    if (field?.safeParse(undefined).success && !field.safeParse(null).success) delete args[key];
  }
  return args;
}

/** What is meant is plain; and a schema of a list complains of a text as if its letters were the parts. */
function withLists(input: z.ZodObject, args: Record<string, unknown>): Record<string, unknown> {
  for (const [key, value] of Object.entries(args)) {
    const isOne = value !== undefined && value !== null && !Array.isArray(value);
    if (isOne && Object.hasOwn(input.shape, key) && isList(input.shape[key])) args[key] = [value];
  }
  return args;
}

function isList(field: unknown): boolean {
  if (field instanceof z.ZodOptional || field instanceof z.ZodDefault) return isList(field.unwrap());
  return field instanceof z.ZodArray;
}

/** Misspelt arguments are the commonest slip of assistants: say which name was probably meant. */
function explained<S>(tool: Tool<S>, error: z.ZodError): TandemError {
  const known = Object.keys(tool.input.shape);
  const unknown = error.issues.flatMap((issue) =>
    issue.code === 'unrecognized_keys' && issue.path.length === 0 ? issue.keys : [],
  );
  const plain = validationError(error);
  if (unknown.length === 0) return plain;
  const guesses = unknown.flatMap((key) => nearMatches(key, known).slice(0, 1));
  const meant = guesses.length === 0 ? '' : `Did you mean ${guesses.join(', ')}? `;
  return new TandemError('VALIDATION_ERROR', {
    message: plain.message,
    hint: `${meant}${known.length === 0 ? 'This tool takes no arguments.' : `Known arguments: ${known.join(', ')}.`}`,
    details: { ...plain.details, known_arguments: known },
  });
}
