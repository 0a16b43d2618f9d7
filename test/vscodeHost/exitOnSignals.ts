/** Makes this process end in order when it is told to, so that what it started is ended and removed on exit. */
export function exitOnSignals(code?: number): void {
  process.once('SIGINT', () => process.exit(code ?? 130));
  process.once('SIGTERM', () => process.exit(code ?? 143));
  process.once('SIGHUP', () => process.exit(code ?? 129));
}
