/** `git trace mcp`: an agent reads and notes in the trace, by the Model Context Protocol; what it does is recorded. */
import { isTraceError, messageOf } from '../../core/errors.ts';
import type { Tool, ToolServer } from '../../core/tool.ts';
import { VERSION } from '../../core/version.ts';
import type { Command } from '../command.ts';
import { type Recording, startRecording } from '../mcp-record.ts';
import { type TraceTool, traceTools } from '../mcp-tools.ts';

export const mcp: Command = {
  name: 'mcp',
  summary: 'let an agent read and annotate traces, over MCP',
  usage: ['mcp'],
  description:
    'Speaks the Model Context Protocol on standard input and output, for agents that start it themselves. Offers annotate,\n' +
    'record_test_result, read_trace, search_trace and why_line; each call is recorded as a tool_call. docs/mcp.md tells how\n' +
    'agents are told of it.',
  options: {},
  arguments: { min: 0, max: 0 },
  examples: [['claude mcp add git-trace -- git trace mcp', 'in Claude Code']],
  async run(context) {
    await context.repository();
    const redactor = await context.redactor(await context.policy());
    let server: ToolServer | undefined;
    const recording = await startRecording(context, () => server?.client());
    const tools = traceTools(context, (type, payload) => recording.keep(type, payload));
    const { offerTools } = await import('../../adapters/mcp/stdio.ts');
    server = await offerTools(
      'git-trace',
      VERSION,
      tools.map((tool) => recorded(tool, recording)),
      (message) => redactor.text(message).text,
    );
    await server.closed;
    await recording.end();
    return 0;
  },
};

/** A tool whose calls are recorded, whatever becomes of them. */
function recorded(tool: TraceTool, recording: Recording): Tool {
  return {
    ...tool,
    async call(args) {
      const began = performance.now();
      const note = (status: 'completed' | 'failed', looked: number, answered: number): void =>
        recording.called({
          tool: tool.name,
          mode: tool.readOnly ? 'read' : 'write',
          status,
          preview: tool.preview(args),
          durationMs: performance.now() - began,
          looked,
          answered,
        });
      try {
        const { text, looked } = await tool.call(args);
        note('completed', looked, text.length);
        return text;
      } catch (error) {
        note('failed', 0, messageOf(error).length);
        if (!isTraceError(error) || error.hints.length === 0) throw error;
        throw Object.assign(new Error(`${error.message} (${error.hints.join('; ')})`), { cause: error });
      }
    },
  };
}
