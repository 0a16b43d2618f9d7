import { connect } from 'node:net';

const TIMEOUT_MS = 500;

/** Whether a program on this machine accepts connections at an address like `127.0.0.1:1234`. Sends nothing to it. */
export async function isListening(address: string): Promise<boolean> {
  const at = /^\[?(127\.0\.0\.1|::1|localhost|0\.0\.0\.0|::)\]?:(\d+)$/.exec(address);
  if (at === null) return false;
  const host = at[1] === '0.0.0.0' || at[1] === '::' ? '127.0.0.1' : at[1];
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const socket = connect({ host, port: Number(at[2]), timeout: TIMEOUT_MS });
  socket.once('connect', () => resolve(true));
  // A program that does not accept the connection in time still counts as there: it may be paused in a debugger.
  socket.once('timeout', () => resolve(true));
  socket.once('error', () => resolve(false));
  try {
    return await promise;
  } finally {
    socket.destroy();
  }
}
