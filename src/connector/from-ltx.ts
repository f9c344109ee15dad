/**
 * The border between xmpp.js and us: an ltx element of the component stream becomes our
 * element, its namespaces resolved against the whole chain up to the stream header
 * (Namespaces in XML 1.0 §6). Depth is bounded by the stream's parser.
 */
import type { LtxElement } from "@xmpp/component";
import type { XmlElement } from "../xml/element.ts";

interface Scope {
  readonly byDefault: string;
  readonly prefixes: ReadonlyMap<string, string>;
}

const NO_SCOPE: Scope = { byDefault: "", prefixes: new Map() };

export function fromLtx(source: LtxElement): XmlElement {
  return convert(source, source.parent === null ? NO_SCOPE : scopeOf(source.parent, NO_SCOPE));
}

function convert(source: LtxElement, outer: Scope): XmlElement {
  const scope = scopeOf(source, outer);
  const colon = source.name.indexOf(":");
  return {
    name: source.name,
    local: source.name.slice(colon + 1),
    ns: colon < 0 ? scope.byDefault : (scope.prefixes.get(source.name.slice(0, colon)) ?? ""),
    attrs: { ...source.attrs },
    children: source.children.map((node) =>
      typeof node === "string" ? node : convert(node, scope),
    ),
  };
}

function scopeOf(source: LtxElement, outer: Scope): Scope {
  const declared = Object.entries(source.attrs).filter(([key]) => key.startsWith("xmlns:"));
  const byDefault = source.attrs["xmlns"] ?? outer.byDefault;
  if (declared.length === 0 && byDefault === outer.byDefault) return outer;
  const prefixes = new Map(outer.prefixes);
  for (const [key, uri] of declared) prefixes.set(key.slice("xmlns:".length), uri);
  return { byDefault, prefixes };
}
