/** A stanza as somebody typed it, and what comes back. */
import { setTimeout as delay } from "node:timers/promises";
import { DxError } from "../errors/error.ts";
import { childElements } from "../xml/element.ts";
import { readXml } from "../xml/reader.ts";
import { serialise } from "../xml/serialise.ts";
import type { XmppClient } from "./connect.ts";

const LISTEN_MS = 2_000;
const MAX_BYTES = 262_144;

export interface RawAnswer {
  readonly lines: readonly string[];
  /** True when an IQ was answered with an error. */
  readonly refused: boolean;
}

/** The answer to an IQ; for a message or presence what comes in for two seconds. */
export async function exchangeRaw(client: XmppClient, text: string): Promise<RawAnswer> {
  const stanza = readXml(text.trim(), { bytes: MAX_BYTES });
  const { type, to } = stanza.attrs;
  if (stanza.local === "iq") {
    const [payload, ...more] = childElements(stanza);
    if ((type !== "get" && type !== "set") || payload === undefined || more.length > 0) {
      throw new DxError("DX_USAGE", {
        detail: "an iq is of type get or set and holds one element",
      });
    }
    const answer = await client.ask({ type, to, payload });
    return { lines: [serialise(answer)], refused: answer.attrs["type"] === "error" };
  }
  if (stanza.local !== "message" && stanza.local !== "presence") {
    throw new DxError("DX_USAGE", { detail: "an iq, a message or a presence is wanted" });
  }
  const lines: string[] = [];
  const stop = client.listen((incoming) => lines.push(serialise(incoming)));
  await client.send(stanza);
  await delay(LISTEN_MS);
  stop();
  return { lines, refused: false };
}
