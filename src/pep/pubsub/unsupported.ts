/** What XEP-0060 has and we do not: said with the name that the XEP gives to it (§10). */
import { DxError } from "../../errors/error.ts";

export type Feature =
  | "config-node"
  | "create-nodes"
  | "delete-items"
  | "delete-nodes"
  | "manage-subscriptions"
  | "modify-affiliations"
  | "publish"
  | "purge-nodes"
  | "retrieve-default"
  | "retrieve-default-sub"
  | "subscribe"
  | "subscription-options";

export function unsupported(feature: Feature): DxError {
  return new DxError("DX_PUBSUB_UNSUPPORTED", { detail: feature, evidence: { feature } });
}
