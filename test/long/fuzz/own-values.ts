/** An entity's values beside the elements that they were read from, without the entities' tables. */
import type { OwnElement } from "./own-reader.ts";

/** COMPAT(diaspora* < 0.7): the names that an element may have had. */
const OLD_NAMES: Readonly<Record<string, readonly string[]>> = {
  author: ["diaspora_handle", "diaspora_id", "sender_handle"],
  text: ["raw_message"],
  root_author: ["root_diaspora_id"],
  parent_type: ["target_type"],
  participants: ["participant_handles"],
  target_guid: ["post_guid"],
  target_type: ["type"],
  recipient: ["recipient_handle"],
};

const XML_FORBIDS = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu;
const lines = (text: string): string => text.replaceAll(XML_FORBIDS, "\ufffd");

/** The one form of a value that is no text (§5: signed in this form); null for texts. */
export function writtenValue(value: unknown): string | null {
  if (value instanceof Date) return `${value.toISOString().slice(0, 19)}Z`;
  return typeof value === "boolean" || typeof value === "number" ? String(value) : null;
}

function named(parent: OwnElement, name: string): OwnElement | undefined {
  for (const one of [name, ...(OLD_NAMES[name] ?? [])]) {
    const found = parent.children.find((element) => element.name === one);
    if (found !== undefined) return found;
  }
  return undefined;
}

function scalarDiffers(element: OwnElement, value: unknown): boolean {
  const { text } = element;
  if (typeof value === "string") return lines(text) !== value;
  if (typeof value === "boolean") {
    return !(value ? /^(true|t|yes|y|1)$/i : /^(false|f|no|n|0)$/i).test(text);
  }
  if (typeof value === "number") return Number(text) !== value;
  const exact = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(text);
  return exact && value instanceof Date && Date.parse(text) !== value.getTime();
}

type Values = Readonly<Record<string, unknown>>;

function isRecord(value: unknown): value is Values {
  return (
    typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Date)
  );
}

function listDiffers(parent: OwnElement, name: string, list: readonly unknown[]): string | null {
  // `photos` are `photo` elements; an empty one is none.
  const elements = parent.children.filter(
    (element) => `${element.name}s` === name && element.children.length > 0,
  );
  if (elements.length !== list.length) return `${name}: another number`;
  for (const [index, item] of list.entries()) {
    const element = elements[index];
    const fault = element === undefined ? null : valuesDiffer(element, item);
    if (fault !== null) return `${name}: ${fault}`;
  }
  return null;
}

/** §8: whoever names no old identity is the old one. Other texts have no default. */
function isImplied(name: string, value: unknown, { author }: Values): boolean {
  return typeof value !== "string" || (name === "old_identity" && value === author);
}

function valueDiffers(parent: OwnElement, name: string, values: Values): string | null {
  const value = values[name];
  if (Array.isArray(value)) return listDiffers(parent, name, value);
  const element = named(parent, name);
  if (element === undefined)
    return isImplied(name, value, values) ? null : `${name} stands nowhere`;
  if (isRecord(value)) return valuesDiffer(element, value);
  return value !== null && scalarDiffers(element, value) ? `${name} differs` : null;
}

/** Which value is not the one of its element, or null. Absent elements have a default, or none. */
export function valuesDiffer(parent: OwnElement, values: unknown): string | null {
  if (!isRecord(values)) return null;
  for (const name of Object.keys(values)) {
    const fault = valueDiffers(parent, name, values);
    if (fault !== null) return fault;
  }
  return null;
}
