/** From the two discovery documents to a person (diaspora-protocol.md §11, step 3). */
import type { DiasporaId } from "../../activitystreams/ids.ts";
import type { RemotePerson } from "../../activitystreams/person.ts";
import { DxError } from "../../errors/error.ts";
import { importPublicKey } from "../keys.ts";
import type { HCard } from "./hcard.ts";
import { checkSubject, type WebFinger } from "./webfinger.ts";

/** The pod is scheme, host and port of the seed location; any path is dropped, as by `Pod#url_to`. */
function podOf(seedUrl: string): string {
  const url = URL.canParse(seedUrl) ? new URL(seedUrl) : null;
  if (url === null || (url.protocol !== "https:" && url.protocol !== "http:") || url.host === "") {
    throw new DxError("DX_DISCOVERY_INVALID", { detail: "seed location" });
  }
  return `${url.origin}/`;
}

/** diaspora* sends its default picture for people without one (diaspora-peers.md §2). */
function pictureOf(src: string, pod: string): string | null {
  if (/user\/default/.test(src) || !URL.canParse(src, pod)) return null;
  const url = new URL(src, pod);
  return url.protocol === "https:" || url.protocol === "http:" ? url.href : null;
}

function nameOf(wanted: DiasporaId, { fullName, firstName, lastName }: HCard): string {
  const parts = [firstName, lastName]
    .map((part) => part?.trim() ?? "")
    .filter((part) => part !== "");
  const name = fullName?.trim() ?? "";
  return name !== "" ? name : parts.length > 0 ? parts.join(" ") : wanted;
}

/**
 * The person that was asked for, out of the two documents.
 * @throws {DxError} `DX_DISCOVERY_MISMATCH` when the WebFinger is about somebody else,
 * `DX_DISCOVERY_INVALID` when the seed location is no http(s) URL, `DX_KEY_INVALID` when the
 * hCard's key cannot be used
 */
export function personFromDiscovery(
  wanted: DiasporaId,
  webfinger: WebFinger,
  hcard: HCard,
): RemotePerson {
  checkSubject(wanted, webfinger);
  importPublicKey(hcard.publicKeyPem);
  const pod = podOf(webfinger.seedUrl);
  const photoUrl = pictureOf(hcard.photoLargeUrl, pod);
  return {
    diasporaId: wanted,
    guid: hcard.guid,
    publicKeyPem: hcard.publicKeyPem,
    podUrl: pod,
    name: nameOf(wanted, hcard),
    ...(photoUrl === null ? {} : { photoUrl }),
  };
}
