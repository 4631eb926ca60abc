/**
 * The git side of the stand-in over HTTP, as `https://<host>/<owner>/<repo>.git`: git's own server program, and before it
 * the tokens. Anybody may fetch; who pushes needs a token that may write.
 */
import { spawn } from 'node:child_process';

const PATH = /^\/([^/]+\/[^/]+?)\.git(\/[^?]*)(?:\?(.*))?$/;

/** Whether a request is git's. */
export function isGit(request) {
  return PATH.test(request.url);
}

/** Answers a request of git. */
export function serveGit(store, request, response) {
  const [, name, info, query = ''] = PATH.exec(request.url) ?? [];
  const path = store.paths.get(store.renamed.get(name) ?? name);
  const token = store.tokenOf(request);
  const writes = info === '/git-receive-pack' || query === 'service=git-receive-pack';
  if (path === undefined) return refuse(response, 404, 'remote: Repository not found.');
  if (token === null || (writes && token === undefined)) return refuse(response, 401, 'remote: Invalid username or token.');
  if (writes && token.readOnly) return refuse(response, 403, `remote: Write access to repository not granted.`);
  const { method, headers } = request;
  const backend = spawn('git', ['http-backend'], {
    env: {
      ...process.env,
      GIT_PROJECT_ROOT: path,
      GIT_HTTP_EXPORT_ALL: '1',
      PATH_INFO: info,
      QUERY_STRING: query,
      REQUEST_METHOD: method,
      REMOTE_ADDR: '127.0.0.1',
      REMOTE_USER: token?.login ?? '',
      ...('content-type' in headers ? { CONTENT_TYPE: headers['content-type'] } : {}),
      ...('content-length' in headers ? { CONTENT_LENGTH: headers['content-length'] } : {}),
      ...('content-encoding' in headers ? { HTTP_CONTENT_ENCODING: headers['content-encoding'] } : {}),
      ...('git-protocol' in headers ? { GIT_PROTOCOL: headers['git-protocol'] } : {}),
    },
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  backend.stdin.on('error', () => {}); // it has read what it wanted
  request.pipe(backend.stdin);
  relay(backend.stdout, response);
}

/** Turns what a CGI program says, header lines first, into an answer. */
function relay(from, response) {
  let head = Buffer.alloc(0);
  const onHead = (chunk) => {
    head = Buffer.concat([head, chunk]);
    const end = head.indexOf('\r\n\r\n');
    if (end < 0) return;
    from.off('data', onHead);
    const lines = head.toString('latin1', 0, end).split('\r\n');
    const members = lines.map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trim()]);
    const { Status: status = '200', ...headers } = Object.fromEntries(members);
    response.writeHead(Number.parseInt(status, 10), headers);
    response.write(head.subarray(end + 4));
    from.pipe(response);
  };
  from.on('data', onHead);
  from.on('end', () => {
    if (!response.headersSent) refuse(response, 500, 'git http-backend said nothing');
  });
}

function refuse(response, status, message) {
  response.writeHead(status, { 'content-type': 'text/plain', ...(status === 401 ? { 'www-authenticate': 'Basic realm="GitHub"' } : {}) });
  response.end(`${message}\n`);
}
