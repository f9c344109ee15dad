/**
 * A diaspora* ID as it comes over the wire: the rule of the gem
 * (validators/rules/diaspora_id.rb), where `[12345::1]` is no IPv6 address.
 */
import { isIPv6 } from "node:net";
import { hostOf, parseDiasporaId, type DiasporaId } from "../activitystreams/ids.ts";

export function readDiasporaId(text: string): DiasporaId | null {
  const id = parseDiasporaId(text);
  if (id === null) return null;
  const host = hostOf(id);
  if (!host.startsWith("[")) return id;
  return isIPv6(host.slice(1, host.indexOf("]"))) ? id : null;
}
