/**
 * Where there is a short way beside the long one (plain documents without saxes, envelopes
 * in the gem's own form), both must say the same of everything.
 */
import { isDeepStrictEqual } from "node:util";
import { isDxError } from "../../../src/errors/error.ts";
import { readEnvelope, readEnvelopeAsXml } from "../../../src/salmon/read-envelope.ts";
import { readAnyXml, readXml } from "../../../src/xml/reader.ts";
import type { Input } from "./inputs.ts";

type Read = (text: string) => unknown;

/** What comes out, or the code of what is thrown. */
function resultOf(read: Read, text: string): unknown {
  try {
    return read(text);
  } catch (error) {
    return isDxError(error) ? error.code : error;
  }
}

const WAYS: readonly (readonly [what: string, short: Read, long: Read])[] = [
  ["document", readXml, readAnyXml],
  ["envelope", readEnvelope, readEnvelopeAsXml],
];

/** Longer ones go the long way anyway. */
const MAX_LENGTH = 100_000;
const DATA = /data[^>]*>([A-Za-z0-9_=-]+)</;

/** What is wrong with how this body, or a payload that stands in it, is read; or null. */
export function waysDiffer({ bytes }: Input): string | null {
  if (bytes.length > MAX_LENGTH) return null;
  const body = bytes.toString("utf8");
  const payload = Buffer.from(DATA.exec(body)?.[1] ?? "", "base64url").toString("utf8");
  for (const text of [body, payload]) {
    if (!text.includes("<")) continue;
    for (const [what, short, long] of WAYS) {
      if (!isDeepStrictEqual(resultOf(short, text), resultOf(long, text))) {
        return `the short way of reading the ${what} differs from the long one`;
      }
    }
  }
  return null;
}
