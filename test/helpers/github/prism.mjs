/**
 * The judge of the stand-in: Prism between a client and what answers it, holding every request and every answer against
 * the slice of GitHub's published description in test/fixtures/github/. It lets all pass and tells what was wrong in the
 * header `sl-violations`; front.mjs acts on that.
 */
import { createRequire } from 'node:module';

const DESCRIPTION = new URL('../../fixtures/github/api.github.com.json', import.meta.url).pathname;

// the command alone is a dependency of ours; the server that it starts is one of its own
const fromPrism = createRequire(createRequire(import.meta.url).resolve('@stoplight/prism-cli/package.json'));

/**
 * Starts the proxy on a port of its own; gives back its address.
 *
 * @param {string} upstream where the answers are, e.g. `http://127.0.0.1:1234`
 */
export async function startPrism(upstream) {
  const { createServer } = fromPrism('@stoplight/prism-http-server');
  const { getHttpOperationsFromSpec } = fromPrism('@stoplight/prism-http');
  const { createLogger } = fromPrism('@stoplight/prism-core');
  const server = createServer(await getHttpOperationsFromSpec(DESCRIPTION), {
    cors: false,
    config: {
      isProxy: true,
      upstream: new URL(upstream),
      upstreamProxy: undefined,
      validateRequest: true,
      validateResponse: true,
      checkSecurity: true,
      errors: false,
      mock: { dynamic: false },
    },
    components: { logger: createLogger('prism', { level: 'silent' }) },
  });
  return server.listen(0, '127.0.0.1');
}
