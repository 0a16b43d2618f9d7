/** For a thread that uses `node:sqlite`, about which some versions of Node warn. */
export const withoutExperimentalWarnings = (): void => {
  const emit = process.emitWarning.bind(process);
  process.emitWarning = (warning: string | Error, ...rest: unknown[]): void => {
    if (rest[0] !== 'ExperimentalWarning') Reflect.apply(emit, process, [warning, ...rest]);
  };
};
