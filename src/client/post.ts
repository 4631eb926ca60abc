/** One POST over HTTP or HTTPS, within a time. Keeps no process alive, follows no redirect, reads no endless answer. */
import * as http from 'node:http';
import * as https from 'node:https';
import type { PostAnswer } from './answer.ts';

/** Milliseconds for a whole request. */
const LIMIT = 10_000;
/** Characters of an answer. */
const LONGEST = 4 * 1_048_576;

const agents = {
  'http:': new http.Agent({ keepAlive: true, maxSockets: 2 }),
  'https:': new https.Agent({ keepAlive: true, maxSockets: 2 }),
};

/** Posts a body of JSON. @throws Error where there is no whole answer */
export function post(address: string, body: string, headers: Readonly<Record<string, string>>): Promise<PostAnswer> {
  return new Promise((resolve, reject) => {
    const url = new URL(address);
    const isSecure = url.protocol === 'https:';
    const timer = setTimeout(() => request.destroy(new Error('no answer came in time')), LIMIT);
    timer.unref();
    const fail = (error: Error): void => {
      clearTimeout(timer);
      reject(error);
    };
    const request = (isSecure ? https : http).request(url, {
      method: 'POST',
      agent: isSecure ? agents['https:'] : agents['http:'],
      headers: { ...headers, 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) },
    });
    request.on('socket', (socket) => socket.unref());
    request.on('error', fail);
    request.on('response', (answer) => {
      let text = '';
      answer.setEncoding('utf8');
      answer.on('data', (piece: string) => {
        text += piece;
        if (text.length > LONGEST) request.destroy(new Error('the answer is too long'));
      });
      answer.on('error', fail);
      answer.on('close', () => {
        if (!answer.complete) fail(new Error('the answer broke off'));
      });
      answer.on('end', () => {
        clearTimeout(timer);
        resolve({ status: answer.statusCode ?? 0, retryAfter: answer.headers['retry-after'], body: text });
      });
    });
    request.end(body);
  });
}
