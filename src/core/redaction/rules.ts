/** All rules, in the order in which they name what they find: the most particular first. */
import { CONTEXT_RULES } from './context-rules.ts';
import { ENTROPY_RULES } from './entropy-rules.ts';
import type { RedactionRule } from './rule.ts';
import { VENDOR_RULES } from './vendor-rules.ts';

export const RULES: readonly RedactionRule[] = [...VENDOR_RULES, ...CONTEXT_RULES, ...ENTROPY_RULES];
