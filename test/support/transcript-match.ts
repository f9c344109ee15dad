/**
 * Whether a stanza is what a transcript expects. The order of attributes, attributes that
 * are not named, and white space around texts do not matter. `{name}` stands for any value
 * the first time and for the same one from then on, `{any}` for any at all, `{absent}` for
 * an attribute that must not be there. An element that holds the text `...` may hold more
 * children than those named; they stand in the order of the pattern.
 */
import type { Element } from "@xmldom/xmldom";
import { elementsOf } from "./peer-xml.ts";

export type Values = Map<string, string>;

const STANZAS = new Set([null, "", "jabber:client", "jabber:component:accept"]);
/** What servers and clients add to a message on its way. */
const ON_THE_WAY = new Set([
  "urn:xmpp:delay",
  "jabber:x:delay",
  "urn:xmpp:sid:0",
  "http://jabber.org/protocol/shim",
  "http://jabber.org/protocol/address",
  "urn:xmpp:hints",
]);

/** null when it fits; else what does not. `values` gets what was bound, also by a near miss. */
export function mismatch(pattern: Element, actual: Element, values: Values): string | null {
  return elementMismatch(pattern, actual, values, pattern.localName ?? "");
}

function elementMismatch(
  pattern: Element,
  actual: Element,
  values: Values,
  path: string,
): string | null {
  if (pattern.localName !== actual.localName) return `${path}: it is <${actual.tagName}/>`;
  const [wanted, found] = [pattern.namespaceURI, actual.namespaceURI];
  if (wanted !== found && !(STANZAS.has(wanted) && STANZAS.has(found)))
    return `${path}: its namespace is ${String(found)}`;
  return (
    attributesMismatch(pattern, actual, values, path) ??
    childrenMismatch(pattern, actual, values, path)
  );
}

function attributesMismatch(
  pattern: Element,
  actual: Element,
  values: Values,
  path: string,
): string | null {
  for (const { name, value } of [...pattern.attributes]) {
    if (name === "xmlns" || name.startsWith("xmlns:")) continue;
    const found = actual.getAttribute(name);
    if (value === "{absent}") {
      if (found !== null) return `${path}/@${name} is there: ${found}`;
    } else if (found === null) return `${path}/@${name} is missing`;
    else if (!fits(value, found, values)) return `${path}/@${name} is ${found}, not ${value}`;
  }
  return null;
}

function childrenMismatch(
  pattern: Element,
  actual: Element,
  values: Values,
  path: string,
): string | null {
  const words = ownText(pattern);
  const isLoose = words.endsWith("...");
  const found = childrenThatCount(actual, path);
  if (isLoose && isStanza(path)) {
    const said = anywhereMismatch(pattern, found, values, path);
    return said ?? textMismatch(words, actual, values, path);
  }
  let at = 0;
  for (const each of elementsOf(pattern)) {
    const below = `${path}/${each.localName ?? ""}`;
    const said = isLoose
      ? looseMismatch(each, found.slice(at), values, below)
      : strictMismatch(each, found[at], values, below);
    if (typeof said === "string") return said;
    at += said + 1;
  }
  if (!isLoose && at < found.length) return `${path} holds <${found[at]?.tagName ?? ""}/> as well`;
  return textMismatch(words, actual, values, path);
}

function isStanza(path: string): boolean {
  return !path.includes("/");
}

/** Servers put the children of a stanza in an order of their own. */
function anywhereMismatch(
  pattern: Element,
  found: readonly Element[],
  values: Values,
  path: string,
): string | null {
  for (const each of elementsOf(pattern)) {
    const said = looseMismatch(each, found, values, `${path}/${each.localName ?? ""}`);
    if (typeof said === "string") return said;
  }
  return null;
}

function childrenThatCount(actual: Element, path: string): Element[] {
  const all = elementsOf(actual);
  return isStanza(path) ? all.filter((each) => !ON_THE_WAY.has(each.namespaceURI ?? "")) : all;
}

function textMismatch(words: string, actual: Element, values: Values, path: string): string | null {
  const wanted = words.replace(/\.\.\.$/, "").trim();
  const found = ownText(actual);
  if (words.endsWith("...") && wanted === "") return null;
  return fits(wanted, found, values) ? null : `${path} says "${found}", not "${wanted}"`;
}

function strictMismatch(
  pattern: Element,
  actual: Element | undefined,
  values: Values,
  path: string,
): string | number {
  if (actual === undefined) return `${path} is missing`;
  return elementMismatch(pattern, actual, values, path) ?? 0;
}

/** The place of the first that fits. */
function looseMismatch(
  pattern: Element,
  candidates: readonly Element[],
  values: Values,
  path: string,
): string | number {
  let nearest = `${path} is missing`;
  for (const [index, candidate] of candidates.entries()) {
    const tried = new Map(values);
    const said = elementMismatch(pattern, candidate, tried, path);
    if (said === null) {
      for (const [name, value] of tried) values.set(name, value);
      return index;
    }
    if (candidate.localName === pattern.localName) nearest = said;
  }
  return nearest;
}

function ownText(element: Element): string {
  const texts = [...element.childNodes].filter(({ nodeType }) => nodeType === 3 || nodeType === 4);
  return texts
    .map((node) => node.nodeValue ?? "")
    .join(" ")
    .replaceAll(/\s+/g, " ")
    .trim();
}

/** Whether a value or a text is as the pattern says; binds the names in it. */
export function fits(pattern: string, actual: string, values: Values): boolean {
  const names: string[] = [];
  const source = pattern.split(/(\{[a-z0-9.]+\})/).map((part) => {
    const name = /^\{([a-z0-9.]+)\}$/.exec(part)?.[1];
    if (name === undefined) return escaped(part);
    const known = name === "any" ? undefined : values.get(name);
    if (known !== undefined) return escaped(known);
    names.push(name);
    return "([^]*?)";
  });
  const found = new RegExp(`^${source.join("")}$`).exec(actual);
  if (found === null) return false;
  for (const [index, name] of names.entries()) {
    if (name !== "any") values.set(name, found[index + 1] ?? "");
  }
  return true;
}

function escaped(text: string): string {
  return text.replaceAll(/[$()*+.?[\\\]^{|}]/g, "\\$&");
}
