/**
 * What an item says is remembered as a hash that begins with its form: how it was made. Two of
 * different forms tell nothing of each other.
 */

/** Empty for the first form, which did not say so. */
export function formOf(hash: string): string {
  return /^\d+:/.exec(hash)?.[0] ?? "";
}
