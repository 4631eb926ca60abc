/** The baseline of (i): the same framework, appending each body as it came to a file with fdatasync before it answers. */
import { open } from 'node:fs/promises';
import { serve } from '@hono/node-server';
import { Hono } from 'hono';

const file = await open(process.argv[2], 'a');
const app = new Hono();
app.post('/ingest', async (context) => {
  await file.appendFile(Buffer.from(await context.req.arrayBuffer()));
  await file.datasync();
  return context.json({ accepted: 1 });
});
serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, ({ port }) => process.stdout.write(`http://127.0.0.1:${port}\n`));
