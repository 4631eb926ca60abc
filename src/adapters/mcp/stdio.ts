/**
 * The Model Context Protocol on standard input and output, by its official SDK: carries tools to an agent. Loaded by
 * `git trace mcp` alone. Nothing else may be printed while it runs.
 */
import { Server } from '@modelcontextprotocol/sdk/server/index.js';
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
import { CallToolRequestSchema, ListToolsRequestSchema } from '@modelcontextprotocol/sdk/types.js';
import { messageOf } from '../../core/errors.ts';
import type { Tool, ToolServer } from '../../core/tool.ts';

/** Milliseconds between two looks at whether all calls are answered, once nobody asks any more. */
const LOOK = 20;

/** Begins to offer tools; `tell` makes a message fit to be told. */
export async function offerTools(
  name: string,
  version: string,
  tools: readonly Tool[],
  tell: (message: string) => string,
): Promise<ToolServer> {
  const server = new Server({ name, version }, { capabilities: { tools: {} } });
  server.setRequestHandler(ListToolsRequestSchema, () => ({
    tools: tools.map(({ name: tool, description, input, readOnly }) => ({
      name: tool,
      description,
      inputSchema: { type: 'object' as const, ...input },
      annotations: { readOnlyHint: readOnly, destructiveHint: false, openWorldHint: false },
    })),
  }));
  let running = 0;
  server.setRequestHandler(CallToolRequestSchema, async ({ params }) => {
    const tool = tools.find((one) => one.name === params.name);
    running++;
    try {
      if (tool === undefined) throw new Error(`there is no tool "${params.name}"`);
      return { content: [{ type: 'text', text: await tool.call(params.arguments ?? {}) }] };
    } catch (error) {
      return { isError: true, content: [{ type: 'text', text: tell(messageOf(error)) }] };
    } finally {
      running--;
    }
  });
  const closed = new Promise<void>((resolve) => {
    server.onclose = resolve;
    // the SDK's transport does not tell that its input has ended; what was asked before is done and answered
    const end = (): void => {
      if (running > 0) setTimeout(end, LOOK);
      else void server.close();
    };
    const begin = (): void => void setTimeout(end, LOOK);
    process.stdin.once('end', begin);
    process.stdin.once('close', begin);
  });
  await server.connect(new StdioServerTransport());
  return {
    client() {
      const said = server.getClientVersion();
      return said === undefined ? undefined : said.name;
    },
    closed,
  };
}
