// All random tests use one printed seed; OUTCRY_TEST_SEED=… repeats a run.

import fc from "fast-check";

export const seed = Number(process.env["OUTCRY_TEST_SEED"] ?? Math.floor(Math.random() * 2 ** 31));

/** Check a property with the printed seed. */
export function check<T>(name: string, property: fc.IPropertyWithHooks<T>, runs = 200): void {
  process.stdout.write(`seed of "${name}": ${seed}\n`);
  fc.assert(property, { seed, numRuns: runs });
}
