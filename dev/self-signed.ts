/**
 * A self-signed certificate (RFC 5280 §4.1) for a private XMPP server, because Node has
 * no function for it and the openssl command may not be there. ECDSA P-256 with SHA-256.
 */
import { generateKeyPairSync, randomBytes, sign } from "node:crypto";

const OID_COMMON_NAME = [0x55, 0x04, 0x03];
const OID_SUBJECT_ALT_NAME = [0x55, 0x1d, 0x11];
const OID_BASIC_CONSTRAINTS = [0x55, 0x1d, 0x13];
const OID_ECDSA_SHA256 = [0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02];

const DAY_MS = 24 * 60 * 60 * 1000;
const VALID_DAYS = 3650;

/** Key and certificate as one PEM text, the certificate valid for `domains`. */
export function selfSignedPem(domains: readonly string[], now: Date = new Date()): string {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const name = sequence(set(sequence(oid(OID_COMMON_NAME), utf8(domains[0] ?? "localhost"))));
  const algorithm = sequence(oid(OID_ECDSA_SHA256));
  const body = sequence(
    tagged(0xa0, integer(Buffer.from([2]))),
    integer(randomBytes(16)),
    algorithm,
    name,
    sequence(
      time(new Date(now.getTime() - DAY_MS)),
      time(new Date(now.getTime() + VALID_DAYS * DAY_MS)),
    ),
    name,
    publicKey.export({ type: "spki", format: "der" }),
    tagged(
      0xa3,
      sequence(
        extension(OID_SUBJECT_ALT_NAME, altNames(domains)),
        extension(OID_BASIC_CONSTRAINTS, sequence()),
      ),
    ),
  );
  const signature = sign("sha256", body, privateKey);
  const certificate = sequence(body, algorithm, tagged(0x03, Buffer.from([0]), signature));
  const base64 = certificate.toString("base64").replace(/.{64}(?=.)/g, "$&\n");
  const key = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
  return `${key}-----BEGIN CERTIFICATE-----\n${base64}\n-----END CERTIFICATE-----\n`;
}

/** X.690 §8.1: tag, length, content. */
function tagged(tag: number, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  const size = content.length;
  if (size < 0x80) return Buffer.concat([Buffer.from([tag, size]), content]);
  const length = size < 0x100 ? [0x81, size] : [0x82, size >> 8, size & 0xff];
  return Buffer.concat([Buffer.from([tag, ...length]), content]);
}

function sequence(...parts: readonly Buffer[]): Buffer {
  return tagged(0x30, ...parts);
}

function set(...parts: readonly Buffer[]): Buffer {
  return tagged(0x31, ...parts);
}

function oid(encoded: readonly number[]): Buffer {
  return tagged(0x06, Buffer.from(encoded));
}

function utf8(text: string): Buffer {
  return tagged(0x0c, Buffer.from(text));
}

/** X.690 §8.3.2: positive, and no longer than it must be. */
function integer(bytes: Buffer): Buffer {
  const copy = Buffer.from(bytes);
  const first = copy[0] ?? 0;
  if (copy.length > 1) copy[0] = (first & 0x7f) | 0x40;
  return tagged(0x02, copy);
}

/** RFC 5280 §4.1.2.5: UTCTime through 2049. */
function time(at: Date): Buffer {
  const digits = at.toISOString().replace(/[-:T]|\..*$/g, "");
  return tagged(0x17, Buffer.from(`${digits.slice(2)}Z`));
}

function extension(id: readonly number[], value: Buffer): Buffer {
  return sequence(oid(id), tagged(0x04, value));
}

/** RFC 5280 §4.2.1.6: dNSName is [2] IMPLICIT IA5String. */
function altNames(domains: readonly string[]): Buffer {
  return sequence(...domains.map((domain) => tagged(0x82, Buffer.from(domain, "latin1"))));
}
