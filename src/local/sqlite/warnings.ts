/** In a thread that uses `node:sqlite`, which some versions of Node warn of. */
export const withoutExperimentalWarnings = (): void => {
  const emit = process.emitWarning.bind(process);
  process.emitWarning = (warning: string | Error, ...rest: unknown[]): void => {
    if (rest[0] !== 'ExperimentalWarning') Reflect.apply(emit, process, [warning, ...rest]);
  };
};
