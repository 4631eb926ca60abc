/**
 * What the stand-in knows beyond its emulator: tokens and what they may do, where the repositories really are, what
 * heads pull requests really have. Everything else is the emulator's.
 */

/**
 * @typedef {object} Token
 * @property {string} login whom it speaks for
 * @property {boolean} [readOnly] as the token of a job for a fork's pull request
 * @property {boolean} [actions] a job's token: it may not ask who it is
 *
 * @typedef {object} Pull what git alone knows of a pull request
 * @property {string} [head] the commit its head branch is at, or was when it went
 * @property {readonly string[]} [commits] the commits it consists of
 * @property {string} [base] the commit its base branch is at
 * @property {string} [merge] the commit it was merged as, or else would be
 * @property {boolean} [forkGone]
 */

export class Store {
  /** @type {Map<string, Token>} */
  tokens = new Map();
  /** By `owner/repo#n`. @type {Map<string, Pull>} */
  pulls = new Map();
  /** Where the repositories are on this machine, by `owner/repo`. @type {Map<string, string>} */
  paths = new Map();
  /** The name a repository has now, by the one it had. @type {Map<string, string>} */
  renamed = new Map();
  /** What is answered instead, once each. @type {{method: string, path: string, status: number, headers: object, body: unknown}[]} */
  faults = [];

  /** The token that a request bears; undefined: none at all, null: one that nobody gave out. */
  tokenOf(request) {
    const header = request.headers.authorization;
    if (header === undefined) return undefined;
    const [kind, rest = ''] = header.split(' ');
    const token = kind.toLowerCase() === 'basic' ? Buffer.from(rest, 'base64').toString().split(':')[1] : rest;
    return this.tokens.get(token) ?? null;
  }
}
