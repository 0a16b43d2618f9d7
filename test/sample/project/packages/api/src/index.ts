interface Env {
  RATES: KVNamespace;
}

export default {
  async fetch(request, env): Promise<Response> {
    const currency = new URL(request.url).searchParams.get('currency') ?? 'EUR';
    const rate = await env.RATES.get(`rate:${currency}`);
    return rate ? new Response(rate) : new Response('Unknown currency', { status: 404 });
  },
} satisfies ExportedHandler<Env>;
