/**
 * Secrets that nothing tells but that they look drawn by lot: a bare AWS secret key, a generated password. Never object
 * ids, digests, checksums of lock files, UUIDs, ULIDs, entity tags, or parts of base64 files.
 */
import { FACT, type Finding, LONG_RUN, type RedactionRule } from './rule.ts';

/** The commonest pairs of letters in English: half of the pairs in names and sentences, one in seven of what chance makes. */
const COMMON = new Set(
  (
    'th he in er an re on at en nd ti es or te of ed is it al ar st to nt ng se ha as ou io le ve co me de hi ri ro ic ne ea ra ce ' +
    'li ch ll be ma si om ur ca el ta la ns di fo ho pe ec pr no ct us ac ot il tr ly nc et ut ss so rs un lo wa ge ie wh ee wi em ' +
    'ad ol rt po we na ul ni ts mo ow pa im mi ai sh ir su id os iv ia am fi ci vi pl ig tu ev ld ry mp fe bl ab gh ty op wo sa ay ' +
    'ex ke fr oo av ag if ap gr'
  ).split(' '),
);

/**
 * Whether a text looks drawn by lot: letters, capitals and digits change places more often, and its letters form words
 * less often, than in names, paths and sentences.
 *
 * @example
 * isRandom('getUserNameFromCache2OrDatabase3AndTellIt') // false
 */
export function isRandom(text: string): boolean {
  let changes = 0;
  let pairs = 0;
  let common = 0;
  let before = 0;
  const seen = new Set<number>();
  for (let i = 0; i < text.length; i++) {
    const now = classOf(text.charCodeAt(i));
    seen.add(now);
    if (i > 0 && now !== OTHER && before !== OTHER) {
      pairs++;
      if (now !== before) changes++;
      if (now !== DIGIT && before !== DIGIT && COMMON.has(text.slice(i - 1, i + 1).toLowerCase())) common++;
    }
    before = now;
  }
  if (!seen.has(LOWER) || !seen.has(UPPER)) return false;
  const [changing, worded] = [changes / pairs, common / pairs];
  return seen.has(DIGIT) ? changing > 0.36 && worded < 0.34 : changing > 0.42 && worded < 0.25;
}

const LOWER = 1;
const UPPER = 2;
const DIGIT = 3;
const OTHER = 0;

function classOf(unit: number): number {
  if (unit >= 0x61 && unit <= 0x7a) return LOWER;
  if (unit >= 0x41 && unit <= 0x5a) return UPPER;
  return unit >= 0x30 && unit <= 0x39 ? DIGIT : OTHER;
}

/** What stands before a checksum, a public key or data: `sha512-`, `h1:`, `SHA256:`, `base64,`, `ssh-ed25519 `. */
const KNOWN_BEFORE =
  /(?:\bsha(?:1|256|384|512)[-:=]|\bh1:|\bmd5[-:=]|base64,|\bssh-[a-z0-9@.-]{2,40} |\becdsa-[a-z0-9-]{2,40} |\betag["']?: {0,3}(?:W\/)?"?|W\/"|\bnonce[-=]["']?|\bintegrity["':= ]{1,4}|\bchecksum["':= ]{1,4}|"mappings": ?"[^"]{0,400})$/i;
/** Content ids, and what public keys begin with. */
const KNOWN_SHAPE = /^(?:Qm[1-9A-HJ-NP-Za-km-z]{44}(?:\/.{0,200})?|AAAA[BCE]3Nza.{0,200}|AAAAE2Vj.{0,200})$/;
/** A line of base64 and nothing else, as files are written in. */
const BASE64_LINE = /^[ \t+-]{0,40}[A-Za-z0-9+/]{56,80}={0,2}[ \t]{0,9}\r?$/;

function isBareSecret({ secret, before, text, start, end }: Finding): boolean {
  if (!isRandom(secret) || KNOWN_SHAPE.test(secret)) return false;
  if (KNOWN_BEFORE.test(text.slice(Math.max(0, start - 60), start - before.length))) return false;
  // of a file in base64, also its last, shorter line
  const [above, below] = [lineAt(text, text.lastIndexOf('\n', start - 1)), lineAt(text, text.indexOf('\n', end) + 1, true)];
  return !BASE64_LINE.test(above) && !BASE64_LINE.test(below);
}

/** The line that ends, or begins, at a place; empty where there is none. */
function lineAt(text: string, at: number, forward = false): string {
  if (forward ? at <= 0 : at < 0) return '';
  if (!forward) return text.slice(Math.max(text.lastIndexOf('\n', at - 1) + 1, at - 200), at);
  const end = text.indexOf('\n', at);
  return text.slice(at, end < 0 || end > at + 200 ? at + 200 : end);
}

/** What only chance can have made. */
export const ENTROPY_RULES: readonly RedactionRule[] = [
  {
    kind: 'aws-secret-key',
    probes: [LONG_RUN],
    pattern: /(?<![A-Za-z0-9+/_.%-])(?<before>)(?<secret>[A-Za-z0-9+/]{40})(?![A-Za-z0-9+/=_-])/g,
    accepts: isBareSecret,
    source: 'docs.aws.amazon.com',
    licence: FACT,
  },
  {
    kind: 'high-entropy',
    probes: [LONG_RUN],
    pattern: /(?<![A-Za-z0-9+/_.%-])(?<before>\/{0,3})(?<secret>[A-Za-z0-9_+-][A-Za-z0-9_+/-]{31,160}(?![A-Za-z0-9+/_-])={0,2})/g,
    accepts: isBareSecret,
    source: 'our own measure of chance',
    licence: FACT,
  },
];
