/** What an error of another service says: no for good, or not now. */
import { isDxError } from "../errors/error.ts";

/** RFC 6120 §8.3.3, where the service itself could not be asked, or asks for patience. */
const NOT_NOW = new Set([
  "remote-server-timeout",
  "remote-server-not-found",
  "recipient-unavailable",
  "resource-constraint",
  "internal-server-error",
]);

/** True when it was understood and is not done; of this condition where one is given. */
export function isRefusal(error: unknown, condition?: string): boolean {
  if (!isDxError(error, "DX_IQ_ERROR")) return false;
  const { type, condition: said } = error.evidence;
  if (condition !== undefined) return said === condition;
  return type !== "wait" && typeof said === "string" && !NOT_NOW.has(said);
}
