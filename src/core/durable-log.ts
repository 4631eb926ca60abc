/** The port of a log that many write to at once and that is made durable for all who wait together (group commit). */
export interface DurableLog {
  /** Bytes in the file that is written to now. */
  readonly size: number;
  /** Nothing is being written and nobody waits. */
  readonly isIdle: boolean;
  /** Appends a text; resolves once it survives a power cut. In the order of the calls. @throws disk-full, read-only */
  append(text: string): Promise<void>;
  /** Waits until what is being written is safe, and holds back what comes then until {@link resume}. */
  pause(): Promise<void>;
  resume(): void;
  /** The next append begins a new file. The answer names the old one, if there is one. To be called when paused or idle. */
  rotate(): string | undefined;
  /** Writes what waits, and closes the file; the answer names it, if there is one. */
  close(): Promise<string | undefined>;
}
