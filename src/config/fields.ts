/**
 * The kinds of value that the configuration knows. Each carries the sentence that
 * explains it to an operator (config/example.yaml and docs/config.md are made from
 * these) and, in plain words, what is accepted.
 */
import { isIP } from "node:net";
import { z } from "zod";
import { foldDomain, parseJid } from "../activitystreams/ids.ts";

/** What a key's schema says about itself beside its type. */
export interface KeyMeta {
  readonly description: string;
  /** What is accepted, as the end of the sentence "give …". */
  readonly accepts: string;
  /** Shown in the example file where there is no default. */
  readonly example?: unknown;
  /** Never printed, and readable from a file by the same key with `_file` behind it. */
  readonly secret?: boolean;
  /** A path: relative to the configuration file, or to the working folder when it came by the environment. */
  readonly path?: boolean;
}

type Extra = Omit<KeyMeta, "description" | "accepts">;

function meta(description: string, accepts: string, extra: Extra = {}): KeyMeta {
  return { description, accepts, ...extra };
}

export function text(description: string, maxLength: number, extra: Extra = {}) {
  return z
    .string()
    .min(1)
    .max(maxLength)
    .meta({ ...meta(description, `text of 1 to ${String(maxLength)} characters`, extra) });
}

export function filePath(description: string, extra: Extra = {}) {
  return z
    .string()
    .min(1)
    .max(4096)
    .meta({ ...meta(description, "a path", { ...extra, path: true }) });
}

export function secretText(description: string) {
  return z
    .string()
    .max(4096)
    .optional()
    .meta({ ...meta(description, "text", { secret: true }) });
}

/** With an example, the example file recommends it. */
export function secretFile(of: string, example?: string) {
  return z
    .string()
    .min(1)
    .max(4096)
    .optional()
    .meta({
      ...meta(`A file that holds ${of}; the better place for it.`, "a path", {
        path: true,
        ...(example === undefined ? {} : { example }),
      }),
    });
}

/** `host:port` or `host`, lower-case, without a trailing dot. */
export function isHostWithPort(value: string): boolean {
  const colon = value.lastIndexOf(":");
  const host = colon < 0 ? value : value.slice(0, colon);
  if (colon >= 0 && !isPort(value.slice(colon + 1))) return false;
  return isDomainName(host);
}

export function isPort(value: string): boolean {
  return /^[1-9]\d{0,4}$/.test(value) && Number(value) <= 65535;
}

export function isDomainName(value: string): boolean {
  return foldDomain(value) === value;
}

export const DOMAIN = "a lower-case domain name such as example.org";
export const HOST_WITH_PORT = "a lower-case host name, with a port where one is needed";

/** Somebody's, without a resource. */
export function isJid(value: string): boolean {
  return value.includes("@") && parseJid(value)?.bare === value;
}

export const ADDRESS = "an address in lower case such as admin@example.org";

export const domainName = z.string().refine(isDomainName, { error: `must be ${DOMAIN}` });
export const hostWithPort = z
  .string()
  .refine(isHostWithPort, { error: `must be ${HOST_WITH_PORT}` });

export function described<T extends z.ZodType>(
  schema: T,
  description: string,
  accepts: string,
  extra?: Extra,
): T {
  return schema.meta({ ...meta(description, accepts, extra) });
}

export function port(description: string, preset: number) {
  return wholeNumber(description, 1, 65535, preset);
}

export function wholeNumber(description: string, least: number, most: number, preset: number) {
  return z
    .int()
    .min(least)
    .max(most)
    .default(preset)
    .meta({ ...meta(description, `a whole number from ${String(least)} to ${String(most)}`) });
}

export function yesNo(description: string, preset: boolean) {
  return z
    .boolean()
    .default(preset)
    .meta({ ...meta(description, "true or false") });
}

/** An address or a CIDR range: RFC 4632 §3.1, RFC 4291 §2.3. */
export function isAddressRange(value: string): boolean {
  const slash = value.indexOf("/");
  const version = isIP(slash < 0 ? value : value.slice(0, slash));
  if (version === 0) return false;
  if (slash < 0) return true;
  const bits = value.slice(slash + 1);
  return /^\d{1,3}$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128);
}

/** Where a development name leads: a loopback or other address with a port. */
export function isAddressWithPort(value: string): boolean {
  const colon = value.lastIndexOf(":");
  if (colon < 0 || !isPort(value.slice(colon + 1))) return false;
  const host = value.slice(0, colon);
  const bare = host.startsWith("[") && host.endsWith("]") ? host.slice(1, -1) : host;
  return isIP(bare) !== 0;
}
