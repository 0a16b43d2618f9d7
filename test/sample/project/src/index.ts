interface Env {
  SESSIONS: KVNamespace;
  FLAGS: KVNamespace;
  CACHE: KVNamespace;
  CATALOG: KVNamespace;
}

export default {
  async fetch(request, env): Promise<Response> {
    const url = new URL(request.url);
    if (url.pathname.startsWith('/products/')) {
      const product = await env.CATALOG.get(url.pathname.slice('/products/'.length), 'json');
      return product ? Response.json(product) : new Response('No such product', { status: 404 });
    }
    if (url.pathname === '/logo') {
      const logo = await env.CACHE.get('images/logo', 'stream');
      return new Response(logo, { headers: { 'content-type': 'image/png' } });
    }
    const visitor = crypto.randomUUID();
    await env.SESSIONS.put(`visitor:${visitor}`, JSON.stringify({ seen: url.pathname }), { expirationTtl: 300 });
    const banner = await env.FLAGS.get('home/banner');
    return new Response(banner ?? 'Welcome to the shop');
  },
} satisfies ExportedHandler<Env>;
