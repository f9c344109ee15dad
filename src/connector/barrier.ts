/**
 * The delivery barrier. Component streams have no XEP-0198, and a write that succeeded
 * says only that the kernel took the bytes (801 of 500 delivered, over a dead link). A ping
 * (XEP-0199) to the server's own domain, behind the stanzas and on the same connection, is
 * answered only after the server has taken what stood before it.
 */
import { DxError } from "../errors/error.ts";
import { el, type XmlElement } from "../xml/element.ts";
import { NS_PING } from "./ping.ts";

export function barrierIq(id: string, domain: string, servedDomain: string): XmlElement {
  return el(
    "iq",
    { type: "get", id, from: domain, to: servedDomain },
    el("ping", { xmlns: NS_PING }),
  );
}

/**
 * Barriers that would stand at the same place in the stream are one: `mark` is called for
 * each stanza, `share` gives the barrier that stands behind the last of them.
 */
export interface SharedBarrier {
  mark(): void;
  share(raise: () => Promise<void>): Promise<void>;
}

export function createSharedBarrier(): SharedBarrier {
  let standing: Promise<void> | null = null;
  return {
    mark: () => {
      standing = null;
    },
    share: (raise) => {
      if (standing !== null) return standing;
      const raised = raise();
      const forget = (): void => {
        if (standing === raised) standing = null;
      };
      standing = raised;
      raised.then(forget, forget);
      return raised;
    },
  };
}

/** The barrier of another connection can never be passed. */
export function assertSameConnection(expected: number | undefined, actual: number): void {
  if (expected !== undefined && expected !== actual) {
    throw new DxError("DX_STREAM_DOWN", { detail: "the connection changed meanwhile" });
  }
}
