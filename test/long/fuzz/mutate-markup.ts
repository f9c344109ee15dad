/** Mutations of XML and HTML as what it is: elements, attributes, text. */
import type { Chance } from "./chance.ts";
import type { Mutation } from "./mutate-bytes.ts";

interface Span {
  readonly name: string;
  readonly from: number;
  readonly to: number;
  readonly innerFrom: number;
  readonly innerTo: number;
}

const TAG = /<(\/?)([A-Za-z_][\w.:-]*)([^<>]*?)(\/?)>/g;

/** Elements in the order of their start tags, as far as tags can be told at a glance. */
export function elementsIn(text: string): Span[] {
  const open: { name: string; from: number; innerFrom: number }[] = [];
  const found: Span[] = [];
  for (const match of text.matchAll(TAG)) {
    const [tag, slash, name = "", , empty] = match;
    const end = match.index + tag.length;
    if (slash === "" && empty === "") open.push({ name, from: match.index, innerFrom: end });
    if (slash === "" && empty !== "") {
      found.push({ name, from: match.index, to: end, innerFrom: end, innerTo: end });
    }
    if (slash === "") continue;
    const at = open.findLastIndex((one) => one.name === name);
    const [begun] = at < 0 ? [] : open.splice(at);
    if (begun !== undefined) found.push({ ...begun, to: end, innerTo: match.index });
  }
  return found.toSorted((one, other) => one.from - other.from);
}

/** Mostly a leaf: that is where the values are. */
function anyElement(text: string, chance: Chance): Span | null {
  const all = elementsIn(text);
  if (all.length === 0) return null;
  const leaves = all.filter(
    ({ innerFrom, innerTo }) => !text.slice(innerFrom, innerTo).includes("<"),
  );
  return chance.pick(leaves.length > 0 && chance.often(0.7) ? leaves : all);
}

const put = (text: string, from: number, to: number, middle: string): string =>
  text.slice(0, from) + middle + text.slice(to);

/** The mutation does something with one element, or nothing where there is none. */
const onElement =
  (change: (text: string, span: Span, chance: Chance) => string): Mutation =>
  (text, chance) => {
    const span = anyElement(text, chance);
    return span === null ? text : change(text, span, chance);
  };

/** Two elements that do not overlap, in document order. */
function twoElements(text: string, chance: Chance): readonly [Span, Span] | null {
  const one = anyElement(text, chance);
  const other = anyElement(text, chance);
  if (one === null || other === null) return null;
  const [first, second] = one.from <= other.from ? [one, other] : [other, one];
  return first.to <= second.from ? [first, second] : null;
}

const NAMES = (
  "author guid parent_guid text public created_at edited_at author_signature photo poll profile " +
  "parent_author_signature thread_parent_guid __proto__ me:data me:sig me:env data XML post " +
  "status_message comment like retraction x:y"
).split(" ");

const STARTS = (
  '<!DOCTYPE a>|<!DOCTYPE a [<!ENTITY x "y">]>|<!DOCTYPE a SYSTEM "file:///etc/passwd">|\ufeff|\n|' +
  '<?xml version="1.1"?>|<?xml version="1.0" encoding="ISO-8859-1"?>|<?x y?>|<!-- -->|' +
  '<?xml version="1.0" encoding="UTF-16"?>|<?xml version="1.0" standalone="yes"?>'
).split("|");

const ATTRIBUTES = (
  ' a="1"| a=\'1\' a=\'2\'| xmlns="urn:x"| xmlns=""| xmlns:me="urn:x"| xml:space="preserve"|' +
  ' xmlns:x="urn:x"| x:y="1"| type="text"| type="application/xml"| __proto__="1"| a="&x;"| a=b|' +
  ' key_id="YWxpY2VAcG9kLWEuZXhhbXBsZQ=="| class="uid fn key"| encoding="base64"'
).split("|");

const rename = (element: string, from: string, to: string): string =>
  element.replace(`<${from}`, `<${to}`).replace(new RegExp(`</${from}>$`), `</${to}>`);

export const MARKUP_MUTATIONS: readonly Mutation[] = [
  onElement((text, { from, to }) => put(text, from, to, "")),
  onElement((text, { from, to }) => put(text, to, to, text.slice(from, to))),
  onElement((text, { from, to, name }, chance) =>
    put(text, from, to, rename(text.slice(from, to), name, chance.pick(NAMES))),
  ),
  onElement((text, { innerFrom, innerTo, to }) =>
    put(text, innerFrom, to, text.slice(innerTo, to)),
  ),
  onElement((text, { from, name }, chance) => {
    const at = from + name.length + 1;
    return put(text, at, at, chance.pick(ATTRIBUTES));
  }),
  onElement((text, { innerFrom, innerTo }) =>
    put(text, innerFrom, innerTo, `<![CDATA[${text.slice(innerFrom, innerTo)}]]>`),
  ),
  onElement((text, { innerFrom, innerTo }, chance) => {
    const at = innerFrom + chance.below(innerTo - innerFrom + 1);
    const piece = chance.pick([
      "<!-- -->",
      "<?p i?>",
      "<![CDATA[]]>",
      "<x/>",
      "&#13;",
      " ",
      "\n",
      ";",
    ]);
    return put(text, at, at, piece);
  }),
  onElement((text, { innerFrom, innerTo }) => {
    const inner = text.slice(innerFrom, Math.min(innerTo, innerFrom + 500));
    const references = [...inner].map((char) => `&#${String(char.codePointAt(0))};`).join("");
    return put(text, innerFrom, innerFrom + inner.length, references);
  }),
  onElement((text, { from, to }, chance) => {
    const name = chance.pick(NAMES);
    return put(text, from, to, `<${name}>${text.slice(from, to)}</${name}>`);
  }),
  onElement((text, { to }, chance) => put(text, to, to, `<${chance.pick(NAMES)}>x</>`)),
  (text, chance) => chance.pick(STARTS) + text,
  (text, chance) => text + chance.pick(["<a/>", "x", "<!-- -->", "\u0000", " ", text]),
  function swapElements(text, chance) {
    const [one, other] = twoElements(text, chance) ?? [];
    if (one === undefined || other === undefined) return text;
    const moved = put(text, other.from, other.to, text.slice(one.from, one.to));
    return put(moved, one.from, one.to, text.slice(other.from, other.to));
  },
  function swapNames(text, chance) {
    const [one, other] = twoElements(text, chance) ?? [];
    if (one === undefined || other === undefined) return text;
    const second = rename(text.slice(other.from, other.to), other.name, one.name);
    const first = rename(text.slice(one.from, one.to), one.name, other.name);
    return put(put(text, other.from, other.to, second), one.from, one.to, first);
  },
  // A relayable's author signs the values joined by `;`: the text stays the same.
  function moveAcrossBoundary(text, chance) {
    const [one, other] = twoElements(text, chance) ?? [];
    if (one === undefined || other === undefined) return text;
    const value = text.slice(one.innerFrom, one.innerTo);
    const at = chance.below(value.length + 1);
    const second = `${value.slice(at)};${text.slice(other.innerFrom, other.innerTo)}`;
    const moved = put(text, other.innerFrom, other.innerTo, second);
    return put(moved, one.innerFrom, one.innerTo, value.slice(0, at));
  },
  function splitAtBoundary(text, chance) {
    const span = anyElement(text, chance);
    const semicolon = span === null ? -1 : text.indexOf(";", span.innerFrom);
    if (span === null || semicolon < 0 || semicolon >= span.innerTo) return text;
    const name = chance.pick(NAMES);
    return put(text, semicolon, semicolon + 1, `</${span.name}><${name}>`);
  },
];

/** Many elements, side by side or in each other, or many attributes: up to this much. */
export function grownMarkup(text: string, room: number, chance: Chance): string {
  const span = anyElement(text, chance);
  if (span === null) return text;
  const unit = text.slice(span.from, Math.min(span.to, span.from + 2000));
  const times = (length: number): number => Math.floor(chance.below(room + 1) / length);
  const name = chance.pick(NAMES).replace(":", "-");
  const attributes = (count: number): string =>
    Array.from({ length: count }, (_, i) => ` a${String(i)}="${String(i)}"`).join("");
  const shape = chance.below(5);
  if (shape === 0) return put(text, span.to, span.to, unit.repeat(times(unit.length)));
  if (shape === 1) {
    const depth = times(name.length * 2 + 5);
    return put(text, span.to, span.to, `<${name}>`.repeat(depth) + `</${name}>`.repeat(depth));
  }
  const at = span.from + 1 + span.name.length;
  if (shape === 2) return put(text, at, at, attributes(times(14)));
  if (shape === 3) return put(text, at, at, ` a="${"x".repeat(times(1))}"`);
  const element = `<${name}${attributes(chance.below(64))}/>`;
  return put(text, span.to, span.to, element.repeat(times(element.length)));
}
