/** Makes of a schema the function that reads an answer by it: the one place where what hosts answer is believed. */
import * as z from 'zod/mini';

/** Reads a value; `undefined` where it is not of that shape. */
export type Reader<T> = (value: unknown) => T | undefined;

export function reader<S extends z.core.$ZodType>(schema: S): Reader<z.infer<S>> {
  return (value) => {
    const result = z.safeParse(schema, value);
    return result.success ? result.data : undefined;
  };
}
