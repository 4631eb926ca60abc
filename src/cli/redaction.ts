/** What takes secrets out, loaded together by the commands that write or show what somebody said. */
export { makeRedactor } from '../core/redact.ts';
export { secretNeedles } from '../core/redaction/needles.ts';
export { ownAllowance, ownRule } from '../core/redaction/own-rules.ts';
