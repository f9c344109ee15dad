/**
 * What a file is, by its first bytes: neither its name nor the type that its server claims is
 * believed. SVG and PDF are programs for a renderer, TIFF is nothing for a browser: no entry
 * here, no way to a decoder.
 */

export type PictureKind = "jpeg" | "png" | "gif" | "webp" | "avif";

/** null when it is none of these. */
export function sniffPicture(bytes: Buffer): PictureKind | null {
  const text = (from: number, to: number): string => bytes.toString("latin1", from, to);
  if (text(0, 3) === "\xff\xd8\xff") return "jpeg";
  if (text(0, 8) === "\x89PNG\r\n\x1a\n") return "png";
  if (text(0, 6) === "GIF87a" || text(0, 6) === "GIF89a") return "gif";
  if (text(0, 4) === "RIFF" && text(8, 12) === "WEBP") return "webp";
  return isAvif(bytes) ? "avif" : null;
}

/** More brands than anybody writes. */
const MAX_BRANDS_BYTES = 128;

/**
 * ISO/IEC 14496-12 §4.3: a box of four bytes of length, `ftyp`, the major brand, a version and
 * compatible brands. HEIC is the same container with a codec that the decoder has not got.
 */
function isAvif(bytes: Buffer): boolean {
  if (bytes.length < 16 || bytes.toString("latin1", 4, 8) !== "ftyp") return false;
  const end = Math.min(bytes.readUInt32BE(0), bytes.length, MAX_BRANDS_BYTES);
  for (let at = 8; at + 4 <= end; at += 4) {
    if (at !== 12 && ["avif", "avis"].includes(bytes.toString("latin1", at, at + 4))) return true;
  }
  return false;
}
