/**
 * The port of a log that many write to at once and that is made durable for all who wait together (group commit), in one
 * file after another.
 */
export interface DurableLog {
  /** Bytes in the file that is written to now. */
  readonly size: number;
  /** Nothing is being written and nobody waits. */
  readonly isIdle: boolean;
  /** Appends a text; resolves once it survives a power cut. In the order of the calls. @throws disk-full, read-only */
  append(text: string): Promise<void>;
  /** The next append begins a new file. To be called when idle. */
  rotate(): void;
  /** The files that are complete, each told once. */
  takeComplete(): readonly string[];
  /** Writes what waits, and closes the file, which is complete then. */
  close(): Promise<void>;
}
