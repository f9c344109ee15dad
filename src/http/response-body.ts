/**
 * Reads a response body with a limit that holds for the bytes on the wire and for the
 * bytes after decompression (RFC 9110 §8.4), so that a small gzip bomb stays small.
 */
import { createBrotliDecompress, createGunzip, createInflate } from "node:zlib";
import type { Readable, Transform } from "node:stream";
import { pipeline } from "node:stream";
import { DxError } from "../errors/error.ts";

const DECODERS: Readonly<Record<string, () => Transform>> = {
  gzip: createGunzip,
  "x-gzip": createGunzip,
  deflate: createInflate,
  br: createBrotliDecompress,
};

/** What is asked for. Others than gzip are understood, for servers that do not ask. */
export const ACCEPT_ENCODING = "gzip";

export async function readBody(
  stream: Readable,
  contentEncoding: string | undefined,
  maxBytes: number,
): Promise<Buffer> {
  const coding = contentEncoding?.trim().toLowerCase() ?? "";
  if (coding === "" || coding === "identity") return collect(stream, maxBytes);
  const decoder = DECODERS[coding];
  if (decoder === undefined) {
    // Several codings on top of each other are bombs inside bombs; nobody here sends them.
    discard(stream);
    throw new DxError("DX_HTTP_STATUS", { detail: "its content coding is not understood" });
  }
  return collectDecoded(stream, decoder(), maxBytes);
}

async function collect(stream: Readable, maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream) {
    const bytes = toBuffer(chunk);
    size += bytes.length;
    // Leaving the loop destroys the stream, and with it the connection.
    if (size > maxBytes) throw tooBig(maxBytes);
    chunks.push(bytes);
  }
  return Buffer.concat(chunks, size);
}

async function collectDecoded(
  stream: Readable,
  decoder: Transform,
  maxBytes: number,
): Promise<Buffer> {
  let wire = 0;
  stream.on("data", (chunk: Buffer) => {
    wire += chunk.length;
    // Empty deflate blocks decode to nothing for ever: what arrives counts too.
    if (wire > maxBytes) decoder.destroy(tooBig(maxBytes));
  });
  // Its callback only keeps the error from being unhandled: collect() throws the same one.
  pipeline(stream, decoder, () => undefined);
  try {
    return await collect(decoder, maxBytes);
  } catch (error) {
    if (error instanceof Error && "code" in error && String(error.code).startsWith("Z_")) {
      throw new DxError("DX_HTTP_STATUS", { detail: "its body is not what its coding says" });
    }
    throw error;
  }
}

/** Of a stranger's words, as evidence. */
export const EXCERPT_BYTES = 512;

/** Read to the end so far, to keep the connection; beyond it the connection is closed. */
export const DRAIN_BYTES = 16 * 1024;

/** Reads what nobody needs, for the sake of the connection. */
export async function drain(stream: Readable): Promise<void> {
  let size = 0;
  for await (const chunk of stream) {
    size += toBuffer(chunk).length;
    if (size > DRAIN_BYTES) break;
  }
}

/** Lets a body go unread, with its connection; undici reports that as an error of the stream. */
export function discard(stream: Readable): void {
  stream.on("error", () => undefined);
  stream.destroy();
}

/** Discovery documents are UTF-8 whatever their header says; what is not becomes U+FFFD. */
export function decodeUtf8(body: Uint8Array): string {
  return new TextDecoder("utf-8").decode(body);
}

function toBuffer(chunk: unknown): Buffer {
  if (Buffer.isBuffer(chunk)) return chunk;
  if (chunk instanceof Uint8Array) return Buffer.from(chunk);
  return Buffer.from(String(chunk));
}

function tooBig(maxBytes: number): DxError {
  return new DxError("DX_HTTP_TOO_BIG", { evidence: { maxBytes } });
}
