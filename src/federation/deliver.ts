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
  | {
      readonly kind: "refused";
      readonly status: number;
      readonly detail: string;
      /** What will never change is not asked often: `now`: this was the last try. */
      readonly ends: "now" | "soon" | "late";
    }
  /** The pod itself is the trouble: everything for it waits. */
  | {
      readonly kind: "unreachable";
      readonly detail: string;
      /** null when there was no answer with a status. */
      readonly status: number | null;
      /** It may be this message alone on which it breaks down: others beside it tell. */
      readonly isDoubtful: boolean;
      /** What the pod asked for, at most a day. */
      readonly retryAfterSeconds: number | null;
    };

type Unreachable = Extract<DeliveryOutcome, { kind: "unreachable" }>;

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
  const message = { contentType: MAGIC_ENVELOPE_TYPE, body: envelopeXml };
  return deliver(podUrl, null, message, http);
}

/** One per person: encrypted with that person's key. */
export function deliverPrivate(
  podUrl: string,
  recipient: Guid,
  encryptedJson: string,
  http: GuardedHttp,
): Promise<DeliveryOutcome> {
  const message = { contentType: "application/json", body: encryptedJson };
  return deliver(podUrl, recipient, message, http);
}

/** COMPAT(diaspora* < 0.7): a slap, for a person or, without a recipient, for the pod. */
export function deliverSlap(
  podUrl: string,
  recipient: Guid | null,
  slapXml: string,
  http: GuardedHttp,
): Promise<DeliveryOutcome> {
  const message = { contentType: SLAP_TYPE, body: slapForm(slapXml) };
  return deliver(podUrl, recipient, message, http);
}

/**
 * Whether anybody is there who speaks the federation's protocols, without telling them anything.
 * What else answers at the address of a pod that is gone has no NodeInfo.
 */
export async function askPod(podUrl: string, http: GuardedHttp): Promise<DeliveryOutcome> {
  try {
    const url = `${http.check(podUrl).origin}/.well-known/nodeinfo`;
    const { status } = await http.get(url, { accept: "application/json", timeoutMs: ASK_MS });
    if (status === 200) return { kind: "delivered", status };
    return unreachable(wordsOf(status), status);
  } catch (error) {
    if (!isDxError(error)) throw error;
    return unreachable(detailOf(error));
  }
}

const ASK_MS = 10_000;

async function deliver(
  podUrl: string,
  recipient: Guid | null,
  message: { readonly contentType: string; readonly body: string },
  http: GuardedHttp,
): Promise<DeliveryOutcome> {
  try {
    // Only the origin of the seed location counts; a path in it is dropped (Pod#url_to).
    const path = recipient === null ? PUBLIC_PATH : personPath(recipient);
    const url = `${http.check(podUrl).origin}/${path}`;
    return outcomeOf(await http.post(url, message), recipient !== null);
  } catch (error) {
    if (!isDxError(error)) throw error;
    return { ...unreachable(detailOf(error)), isDoubtful: error.code === "DX_HTTP_TIMEOUT" };
  }
}

const BACK_OFF: readonly number[] = [429, 502, 503, 504];
/** Of a proxy, when whoever is behind it broke down. */
const BROKE_DOWN: readonly number[] = [502, 504];

function outcomeOf(response: PostResponse, isForPerson: boolean): DeliveryOutcome {
  const { status, retryAfterSeconds } = response;
  if (status >= 200 && status < 300) return { kind: "delivered", status };
  const detail = wordsOf(status);
  // A redirect that was not followed moves the whole pod, not this message.
  if (BACK_OFF.includes(status) || (status >= 300 && status < 400)) {
    const isDoubtful = BROKE_DOWN.includes(status) && retryAfterSeconds === null;
    return { ...unreachable(detail, status), isDoubtful, retryAfterSeconds };
  }
  return { kind: "refused", status, detail, ends: endOf(status, isForPerson) };
}

/** A proxy whose pod is just being started answers 404 as well, for a moment. */
function endOf(status: number, isForPerson: boolean): "now" | "soon" | "late" {
  if (status === 410) return "now";
  return status === 404 && isForPerson ? "soon" : "late";
}

function wordsOf(status: number): string {
  return `the pod answered ${String(status)}`;
}

function unreachable(detail: string, status: number | null = null): Unreachable {
  return { kind: "unreachable", detail, status, isDoubtful: false, retryAfterSeconds: null };
}

function detailOf(error: DxError): string {
  const cause = error.evidence["cause"];
  const code = typeof cause === "string" && cause !== "" ? ` (${cause})` : "";
  return `${error.code} ${error.message}${code}`;
}
