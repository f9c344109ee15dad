/**
 * POSTs a message to a pod (diaspora-federation routes: /receive/public and
 * /receive/users/<guid>) and says what its answer means for the queue: for this message
 * only, or for everything that waits for the pod.
 */
import type { Guid } from "../activitystreams/ids.ts";
import { isDxError, type DxError } from "../errors/error.ts";
import { SLAP_TYPE, slapForm } from "../salmon/legacy/write-slap.ts";
import { MAGIC_ENVELOPE_TYPE } from "../salmon/magic-envelope.ts";
import type { GuardedHttp, PostResponse } from "../http/client.ts";

export type DeliveryOutcome =
  | { readonly kind: "delivered"; readonly status: number }
  /** The pod works and will not have this message: 4xx, 500. Others may pass. */
  | { readonly kind: "refused"; readonly status: number; readonly detail: string }
  /** The pod itself is the trouble: everything for it waits. */
  | {
      readonly kind: "unreachable";
      readonly detail: string;
      /** null when there was no answer with a status. */
      readonly status: number | null;
      /** What the pod asked for, at most a day. */
      readonly retryAfterSeconds: number | null;
    };

const PUBLIC_PATH = "receive/public";

/** Hubzilla's guids contain "@", others ":". */
function personPath(recipient: Guid): string {
  return `receive/users/${encodeURIComponent(recipient)}`;
}

/** One per pod: everybody there who may read it finds it. */
export function deliverPublic(
  podUrl: string,
  envelopeXml: string,
  http: GuardedHttp,
): Promise<DeliveryOutcome> {
  return deliver(podUrl, PUBLIC_PATH, MAGIC_ENVELOPE_TYPE, envelopeXml, http);
}

/** One per person: encrypted with that person's key. */
export function deliverPrivate(
  podUrl: string,
  recipient: Guid,
  encryptedJson: string,
  http: GuardedHttp,
): Promise<DeliveryOutcome> {
  return deliver(podUrl, personPath(recipient), "application/json", encryptedJson, http);
}

/** COMPAT(diaspora* < 0.7): a slap, for a person or, without a recipient, for the pod. */
export function deliverSlap(
  podUrl: string,
  recipient: Guid | null,
  slapXml: string,
  http: GuardedHttp,
): Promise<DeliveryOutcome> {
  const path = recipient === null ? PUBLIC_PATH : personPath(recipient);
  return deliver(podUrl, path, SLAP_TYPE, slapForm(slapXml), http);
}

async function deliver(
  podUrl: string,
  path: string,
  contentType: string,
  body: string,
  http: GuardedHttp,
): Promise<DeliveryOutcome> {
  try {
    // Only the origin of the seed location counts; a path in it is dropped (Pod#url_to).
    const url = `${http.check(podUrl).origin}/${path}`;
    return outcomeOf(await http.post(url, { contentType, body }));
  } catch (error) {
    if (!isDxError(error)) throw error;
    return { kind: "unreachable", detail: detailOf(error), status: null, retryAfterSeconds: null };
  }
}

const BACK_OFF: readonly number[] = [429, 502, 503, 504];

function outcomeOf(response: PostResponse): DeliveryOutcome {
  const { status, retryAfterSeconds } = response;
  if (status >= 200 && status < 300) return { kind: "delivered", status };
  const detail = `the pod answered ${String(status)}`;
  // A redirect that was not followed moves the whole pod, not this message.
  if (BACK_OFF.includes(status) || (status >= 300 && status < 400)) {
    return { kind: "unreachable", detail, status, retryAfterSeconds };
  }
  return { kind: "refused", status, detail };
}

function detailOf(error: DxError): string {
  const cause = error.evidence["cause"];
  const code = typeof cause === "string" && cause !== "" ? ` (${cause})` : "";
  return `${error.code} ${error.message}${code}`;
}
