/** Rows of deliveries, for the tests of what becomes of them. */
import type { Activity } from "../../../src/activitystreams/activity.ts";
import type {
  ActivityContent,
  DeliveryContent,
  PendingDelivery,
} from "../../../src/activitystreams/delivery.ts";
import type { Above } from "../../../src/activitystreams/stream.ts";
import { contentOf, guidNumber, localPerson, remotePerson } from "../../support/fixtures.ts";

export const CONTEXT = { componentDomain: "dx.example.org", maxBytes: 60 * 1024 };
export const SERVICE = "alice\\40pod.example@dx.example.org";
export const ROOT = guidNumber(1);

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
