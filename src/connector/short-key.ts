/** A key that is remembered costs the same whoever chose it: an address may have 3,071 bytes. */
import { createHash } from "node:crypto";

const LONGEST = 80;

/** Itself where it is short. No JID has `#` where this has it, so that nobody's is another's. */
export function shortKey(text: string): string {
  if (text.length <= LONGEST) return text;
  return `#${createHash("sha256").update(text).digest("base64url")}`;
}
