/** What a build server would take for a command, printed as text. */
import { expect, test } from 'vitest';
import { forBuildLog } from '../../src/cli/build-log.ts';

const ACTIONS = { GITHUB_ACTIONS: 'true' };

test.each([
  ['::error::no', ': :error::no'],
  ['fine\n  \t::set-output name=x::y', 'fine\n  \t: :set-output name=x::y'],
  ['fine\r::stop-commands::x\r\n::add-mask::e', 'fine\r: :stop-commands::x\r\n: :add-mask::e'],
  ['a ##[error]b', 'a # #[error]b'],
  ['####[debug]', '### #[debug]'],
  ['##vso[task.setvariable variable=x]y', '# #vso[task.setvariable variable=x]y'],
  [`##teamcity[message text='x']`, `# #teamcity[message text='x']`],
  ['std::string a::b, ### How', 'std::string a::b, ### How'],
])('%j', (text, expected) => {
  expect(forBuildLog(text, ACTIONS)).toBe(expected);
  expect(forBuildLog(text, { TF_BUILD: 'True' })).toBe(expected);
  expect(forBuildLog(text, { TEAMCITY_VERSION: '2025.07' })).toBe(expected);
  expect(forBuildLog(text, {})).toBe(text);
});
