/** One delivery on its way to a pod or to a person's mailbox on it: signed, sealed, POSTed. */
import {
  parsePersonAddress,
  type Destination,
  type PendingDelivery,
} from "../activitystreams/delivery.ts";
import type { Guid } from "../activitystreams/ids.ts";
import { describeError } from "../errors/error.ts";
import type { GuardedHttp } from "../http/client.ts";
import { encryptEnvelope } from "../salmon/encrypted-envelope.ts";
import { importPublicKey } from "../salmon/keys.ts";
import { deliverPrivate, deliverPublic, deliverSlap, type DeliveryOutcome } from "./deliver.ts";
import type { Passing, Signer } from "./signer.ts";
import type { Slaps } from "./slaps.ts";

export interface PodPostOptions {
  readonly signer: Signer;
  readonly http: GuardedHttp;
  /** PEM of a remote person; null when unknown. */
  readonly publicKeyOf: (guid: Guid) => Promise<string | null>;
  /** COMPAT(diaspora* < 0.7): absent when nobody shall get any. */
  readonly slaps?: Slaps;
}

export async function post(
  delivery: PendingDelivery,
  destination: Destination,
  options: PodPostOptions,
): Promise<DeliveryOutcome> {
  const said = passingOf(delivery);
  if (said === null) {
    return refused("this has no form on the federation");
  }
  try {
    const { kind, address } = destination;
    return kind === "pod"
      ? await postToPod(address, said, options)
      : await postToPerson(address, said, options);
  } catch (error) {
    // Our own trouble (no key, nothing to sign): it must not hold what is behind it.
    return refused(describeError(error));
  }
}

/** Its author sends it, or the author of the post above passes it on (diaspora-protocol.md §5). */
function passingOf({ content }: PendingDelivery): Passing | null {
  if (content.type === "signal") return null;
  const { activity, author, relay } = content;
  const sealer = content.sealer ?? ("jid" in author ? author : null);
  return sealer === null ? null : { activity, author, sealer, relay };
}

async function postToPod(
  podUrl: string,
  said: Passing,
  { http, signer, slaps }: PodPostOptions,
): Promise<DeliveryOutcome> {
  if (slaps !== undefined && (await slaps.wantedAt(podUrl))) {
    return deliverSlap(podUrl, null, await slaps.publicSlap(said), http);
  }
  return deliverPublic(podUrl, await signer.passOn(said), http);
}

async function postToPerson(
  address: string,
  said: Passing,
  options: PodPostOptions,
): Promise<DeliveryOutcome> {
  const mailbox = parsePersonAddress(address);
  const pem = mailbox === null ? null : await options.publicKeyOf(mailbox.guid);
  if (mailbox === null || pem === null) {
    return refused("this person is not known");
  }
  const { http, signer, slaps } = options;
  const { podUrl, guid } = mailbox;
  const key = importPublicKey(pem);
  if (slaps !== undefined && (await slaps.wantedAt(podUrl))) {
    return deliverSlap(podUrl, guid, await slaps.privateSlap(said, key), http);
  }
  const envelope = await signer.passOn(said);
  return await deliverPrivate(podUrl, guid, encryptEnvelope(envelope, key), http);
}

function refused(detail: string): DeliveryOutcome {
  return { kind: "refused", status: 0, detail, ends: "late" };
}
