/** Rows of deliveries, for the tests of what becomes of them. */
import type { Activity } from "../../../src/activitystreams/activity.ts";
import type {
  ActivityContent,
  DeliveryContent,
  PendingDelivery,
} from "../../../src/activitystreams/delivery.ts";
import type { Above } from "../../../src/activitystreams/stream.ts";
import {
  contentOf,
  diasporaId,
  guidNumber,
  localPerson,
  remotePerson,
} from "../../support/fixtures.ts";

export const CONTEXT = { componentDomain: "dx.example.org", maxBytes: 60 * 1024 };
export const SERVICE = "alice\\40pod.example@dx.example.org";
export const ROOT = guidNumber(1);

/** What Carol of a pod says below it. */
export const BASE = {
  actor: { network: "diaspora", id: diasporaId("carol@pod.example") },
  audience: "public",
  published: new Date("2026-01-02T03:04:05Z"),
} as const;
export const GUID = guidNumber(3);
export const CAROL = remotePerson({ diasporaId: diasporaId("carol@pod.example"), name: "Carol" });

export function delivery(shown: DeliveryContent): PendingDelivery {
  return {
    ...{ id: "7", destinationId: "1", attempts: 0, rootGuid: ROOT },
    ...{ form: "event", content: shown, progress: null, scope: "" },
  };
}

export function content(
  activity: Activity,
  changes: Partial<ActivityContent> = {},
): ActivityContent {
  return contentOf(activity, changes.author ?? remotePerson(), changes);
}

/** Alice's post, or Bob's, who is here. */
export function above(whose: "remote" | "local", words?: string): Above {
  return {
    guid: ROOT,
    author: whose === "remote" ? remotePerson({ name: "Alice" }) : localPerson(),
    audience: "public",
    comments: null,
    ...(words === undefined ? {} : { words }),
  };
}
