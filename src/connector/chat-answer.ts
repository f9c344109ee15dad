/** The bridge's own words in a chat, in as many messages as they need. */
import { randomUUID } from "node:crypto";
import { el, type XmlElement } from "../xml/element.ts";
import { NS_HINTS } from "./chat-namespaces.ts";

export interface ChatAnswer {
  readonly from: string;
  /** Where the question came from: the answer goes there alone. */
  readonly to: string;
  readonly text: string;
  /** RFC 6121 §5.2.5: the thread is kept. */
  readonly thread?: string | null;
  /** XEP-0334: of no use to whoever was not there. */
  readonly fleeting?: boolean;
}

/** Of one message: more than this no client shows well. */
const MAX_BYTES = 16 * 1024;

export function chatAnswers({ from, to, text, thread, fleeting }: ChatAnswer): XmlElement[] {
  return piecesOf(text, MAX_BYTES).map((piece) =>
    el(
      "message",
      { type: "chat", from, to, id: randomUUID() },
      el("body", {}, piece),
      thread === undefined || thread === null ? null : el("thread", {}, thread),
      fleeting === true ? el("no-store", { xmlns: NS_HINTS }) : null,
    ),
  );
}

/** Cut between lines where that can be; a line that is too long by itself is cut inside. */
export function piecesOf(text: string, maxBytes: number): string[] {
  const pieces: string[] = [];
  let piece = "";
  for (const line of text.split("\n").flatMap((one) => shortLines(one, maxBytes))) {
    const longer = piece === "" ? line : `${piece}\n${line}`;
    if (piece !== "" && Buffer.byteLength(longer) > maxBytes) {
      pieces.push(piece);
      piece = line;
    } else piece = longer;
  }
  return [...pieces, piece];
}

function shortLines(line: string, maxBytes: number): string[] {
  if (Buffer.byteLength(line) <= maxBytes) return [line];
  const parts: string[] = [];
  let part = "";
  let bytes = 0;
  for (const point of line) {
    const size = Buffer.byteLength(point);
    if (bytes + size > maxBytes) {
      parts.push(part);
      [part, bytes] = ["", 0];
    }
    part += point;
    bytes += size;
  }
  return [...parts, part];
}
