import type { ServerResponse } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import { AFTER_EMPTY_PAGE, type Answer, failure, jsonAnswer, type Operation, success } from './api.ts';
import type { Fault } from './faults.ts';

const PAGE = '<!DOCTYPE html><html><head><title>Gateway</title></head><body>A proxy speaking.</body></html>';

/** The answer of Cloudflare's own firewall. */
const firewallPage = (rayId: string): string =>
  `<!DOCTYPE html><html><head><title>Attention Required! | Cloudflare</title></head><body>Sorry, you have been blocked. Cloudflare Ray ID: <strong class="font-semibold">${rayId}</strong></body></html>`;

/**
 * Answers a request wrongly. `handle` does the work and returns the right answer; it runs only if the fault requires
 * it.
 */
export async function mishandle(
  { mishap, applied = false }: Fault,
  operation: Operation,
  response: ServerResponse,
  handle: () => Promise<Answer>,
): Promise<void> {
  const work = async (): Promise<void> => {
    if (applied) await handle();
  };
  switch (mishap.kind) {
    case 'status': {
      await work();
      const { status, code = 0, retryAfter, message = 'injected' } = mishap;
      const headers: Record<string, string> = retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) };
      return send(response, failure(status, code, message, headers));
    }
    case 'html':
      await work();
      return send(response, {
        status: mishap.status,
        headers: { 'content-type': 'text/html' },
        body: Buffer.from(mishap.rayId === undefined ? PAGE : firewallPage(mishap.rayId)),
      });
    case 'echo':
      await work();
      return send(response, failure(400, 6003, `Invalid request headers: ${response.req.headers.authorization}`));
    case 'empty':
      await work();
      return send(response, { status: 200, headers: { 'content-type': 'application/json' }, body: Buffer.alloc(0) });
    case 'notSuccessful':
      await work();
      return send(response, { ...failure(200, mishap.code ?? 10001, 'injected'), status: 200 });
    case 'cut':
      if (mishap.at === 'start') {
        await work();
        response.destroy();
        return;
      }
      return await half(response, await handle(), () => response.destroy());
    case 'stall':
      if (mishap.at === 'body') return await half(response, await handle(), () => {});
      await work();
      return;
    case 'delay':
      await wait(mishap.ms);
      return send(response, await handle());
    case 'drip':
      return await drip(response, await handle(), mishap);
    case 'redirect':
      await work();
      return send(response, { ...jsonAnswer(307, null), headers: { location: mishap.to } });
    case 'type': {
      const answer = await handle();
      return send(response, { ...answer, headers: { ...answer.headers, 'content-type': mishap.type } });
    }
    case 'result':
      await work();
      return send(response, success(mishap.result));
    case 'emptyPage':
      if (operation !== 'listKeys') throw new Error(`Not a listing: ${operation}`);
      return send(response, emptyPage());
    case 'unsuccessful':
      return send(response, await handle());
  }
}

const emptyPage = (): Answer => success([], { result_info: { count: 0, cursor: AFTER_EMPTY_PAGE } });

function send(response: ServerResponse, { status, headers, body }: Answer): void {
  response.writeHead(status, { ...headers, 'content-length': body.length }).end(body);
}

async function half(response: ServerResponse, { status, headers, body }: Answer, then: () => void): Promise<void> {
  response.writeHead(status, { ...headers, 'content-length': Math.max(body.length, 2) });
  await new Promise<void>((resolve) => response.write(body.subarray(0, body.length >> 1), () => resolve()));
  then();
}

async function drip(
  response: ServerResponse,
  { status, headers, body }: Answer,
  { pieces, next }: { pieces: number; next: () => Promise<void> },
): Promise<void> {
  response.writeHead(status, { ...headers, 'content-length': body.length });
  const size = Math.ceil(body.length / pieces);
  for (let at = 0; at < body.length; at += size) {
    if (at > 0) await next();
    response.write(body.subarray(at, at + size));
  }
  response.end();
}
