/**
 * Names of node's types that stand in core's ports, which the page's modules know of by types alone. Nothing of node is
 * there when the page runs, so nothing of it may be typed as if it were.
 */
interface Buffer extends Uint8Array {}
