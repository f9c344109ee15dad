/** People as both wings speak of them. */
import type { DiasporaId, Guid, Jid } from "./ids.ts";

/** Somebody on the federation, as discovery found them. */
export interface RemotePerson {
  readonly diasporaId: DiasporaId;
  readonly guid: Guid;
  /** PEM, SPKI or PKCS#1 as it was found. Never changes for a person once known. */
  readonly publicKeyPem: string;
  /** Origin of the pod, from the seed location: scheme, host and port, with a final slash. */
  readonly podUrl: string;
  /** Shown as it is to readers: display text, trusted for nothing. */
  readonly name: string;
  readonly photoUrl?: string;
}

/** An XMPP account that has opted in, as strangers may see it. */
export interface LocalPerson {
  readonly jid: Jid;
  readonly diasporaId: DiasporaId;
  readonly guid: Guid;
  /** PEM, SPKI. */
  readonly publicKeyPem: string;
  readonly name: string;
}
