/** Words that end in the log of a build server, which reads commands out of what a job prints. */

/**
 * Text of which such a server takes no line for a command: what a fork or a tool wrote may stand in it. Unchanged where no
 * such server runs us.
 *
 * Sources: GitHub Actions, "Workflow commands" (`::name::`, spaces before it allowed; `##[name]` anywhere in a line);
 * Azure Pipelines, "Logging commands" (`##vso[`); TeamCity, "Service messages" (`##teamcity[`).
 *
 * @example
 * forBuildLog('::error::no', { GITHUB_ACTIONS: 'true' }) // ': :error::no'
 */
export function forBuildLog(text: string, env: Readonly<Record<string, string | undefined>>): string {
  const reads = env['GITHUB_ACTIONS'] === 'true' || env['TF_BUILD'] !== undefined || env['TEAMCITY_VERSION'] !== undefined;
  return reads ? text.replace(/^([^\S\r\n]*):(?=:)/gm, '$1: ').replace(/#(?=#(?:vso|teamcity)?\[)/g, '# ') : text;
}
