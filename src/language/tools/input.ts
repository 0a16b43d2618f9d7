import { KvError } from '../../core/base/errors.ts';
import type { JsonValue } from '../../core/entry/entry.ts';
import { checkKey, MIN_LIFETIME_SECONDS } from '../../core/entry/limits.ts';

/*
 * The parameters of tools. VS Code does not check them against the schema if an extension makes the call, so they are
 * checked here. Error messages are in English, for a model.
 */

/** Reads the value of a parameter, `undefined` if it was not given; throws `invalidInput` with its name. */
type Parameter<T> = (given: unknown, name: string) => T;

type Parameters = Readonly<Record<string, Parameter<unknown>>>;

type Input<P extends Parameters> = { readonly [Name in keyof P]: ReturnType<P[Name]> };

/** Reads exactly these parameters. */
export function readInput<P extends Parameters>(input: unknown, parameters: P): Input<P> {
  const names = Object.keys(parameters).join(', ');
  if (typeof input !== 'object' || input === null || Array.isArray(input)) {
    throw refused(`The input must be an object with the parameters ${names}.`);
  }
  for (const name of Object.keys(input)) {
    if (!Object.hasOwn(parameters, name)) {
      throw refused(`There is no parameter ${JSON.stringify(name)}: this tool takes ${names}.`);
    }
  }
  const read = Object.entries(parameters).map(([name, parameter]) => [name, parameter(Reflect.get(input, name), name)]);
  return Object.fromEntries(read) as Input<P>;
}

/** Required text, which may be empty. */
export const text: Parameter<string> = (given, name) => {
  if (typeof given !== 'string') throw refused(`The parameter "${name}" must be given, as a string.`);
  if (!given.isWellFormed()) throw refused(`The parameter "${name}" must be valid Unicode text.`);
  return given;
};

/** Required text. */
export const name: Parameter<string> = (given, parameter) => {
  const named = text(given, parameter);
  if (named === '') throw refused(`The parameter "${parameter}" must not be empty.`);
  return named;
};

/** Models give an empty string, or null, for a parameter that they leave out. */
export const optionalText: Parameter<string | undefined> = (given, parameter) =>
  given === undefined || given === null || given === '' ? undefined : text(given, parameter);

export const key: Parameter<string> = (given, parameter) => {
  const named = name(given, parameter);
  checkKey(named);
  return named;
};

/** Seconds; `null` for no expiration, `undefined` to keep the existing one. */
export const lifetime: Parameter<number | null | undefined> = (given, parameter) => {
  if (given === undefined || given === null) return given;
  if (typeof given === 'number' && Number.isSafeInteger(given) && given >= MIN_LIFETIME_SECONDS) return given;
  throw refused(
    `The parameter "${parameter}" must be a whole number of seconds, at least ${MIN_LIFETIME_SECONDS}, or null for a key that never expires. Leave it out to keep the expiration that the key has.`,
  );
};

/** `null` for no metadata, `undefined` to keep the existing metadata. */
export const json: Parameter<JsonValue | undefined> = (given, parameter) => {
  if (given === undefined) return undefined;
  const written: string | undefined = JSON.stringify(given);
  if (written === undefined) throw refused(`The parameter "${parameter}" must be a JSON value.`);
  return JSON.parse(written) as JsonValue;
};

const refused = (message: string): KvError => new KvError('invalidInput', message);
