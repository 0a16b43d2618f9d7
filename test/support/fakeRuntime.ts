import { createServer, type Server } from 'node:net';

/** Stands in for the runtime of a dev server: accepts connections at its debug port, and sends nothing. */
export class FakeRuntime {
  readonly #server: Server;
  /** In the form of the dev registry. */
  readonly address: string;
  readonly port: number;

  private constructor(server: Server, port: number) {
    this.#server = server;
    this.port = port;
    this.address = `127.0.0.1:${port}`;
  }

  static async start(): Promise<FakeRuntime> {
    const server = createServer((socket) => {
      socket.on('error', () => {});
      socket.resume();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    if (typeof address !== 'object' || address === null) throw new Error('no port');
    return new FakeRuntime(server, address.port);
  }

  async stop(): Promise<void> {
    if (this.#server.listening) await new Promise((resolve) => this.#server.close(resolve));
  }
}
