/** Mutations that know nothing of what they change: any text, any bytes. */
import { stretch, type Chance } from "./chance.ts";

/** One promise is about inputs of up to 1 MiB. */
export const MAX_INPUT_BYTES = 1 << 20;

export type Mutation = (text: string, chance: Chance) => string;

/** Pieces that parsers have stumbled over. */
const PIECES = [
  ..."\u0000 \u0001 \u000b \ufffe \uffff \ufeff \ud800 \udc00 \u2028 \u0085 \r \r\n \n \t".split(
    " ",
  ),
  ..."😀 e\u0301 \u202e ß İ ; = == - _ + / % %00 %2e%2e%2f .. & < > ]]> --> \" '".split(" "),
  ..."&amp; &lt; &#0; &#x10FFFF; &#xD800; &#xD83D;&#xDE00; &#1;&#xDC00; &#13; &nbsp; &x; { } [ ] : ,".split(
    " ",
  ),
  ..."__proto__ constructor toString true false null 0 -1 1e309 99999999999999999999".split(" "),
  ..."2024-02-30T24:00:60Z public signature alice@pod-a.example mallory@evil.example".split(" "),
  ..."diaspora:// @{ # javascript:alert(1)".split(" "),
  " ",
  "2024-02-29 23:59:59 UTC",
];

const splice = (text: string, from: number, to: number, middle: string): string =>
  text.slice(0, from) + middle + text.slice(to);

export const TEXT_MUTATIONS: readonly Mutation[] = [
  function drop(text, chance) {
    const [from, to] = stretch(text.length, chance);
    return splice(text, from, to, "");
  },
  function double(text, chance) {
    const [from, to] = stretch(text.length, chance);
    return splice(text, to, to, text.slice(from, to));
  },
  function swap(text, chance) {
    const [from, to] = stretch(text.length, chance);
    const middle = from + chance.below(to - from + 1);
    return splice(text, from, to, text.slice(middle, to) + text.slice(from, middle));
  },
  function insert(text, chance) {
    const at = chance.below(text.length + 1);
    return splice(text, at, at, chance.pick(PIECES));
  },
  function replace(text, chance) {
    const [from, to] = stretch(text.length, chance);
    return splice(text, from, to, chance.pick(PIECES));
  },
  function letter(text, chance) {
    const at = chance.below(text.length + 1);
    return splice(text, at, at + 1, String.fromCharCode(chance.below(0x250)));
  },
  function cut(text, chance) {
    const at = chance.below(text.length + 1);
    return chance.often(0.8) ? text.slice(0, at) : text.slice(at);
  },
];

/** Up to this many UTF-16 units more, of a piece or of a stretch of the text. */
export function grown(text: string, room: number, chance: Chance): string {
  const [from, to] = stretch(text.length, chance);
  const unit = chance.often(0.5) || from === to ? chance.pick(PIECES) : text.slice(from, to);
  const size = chance.often(0.5) ? room : chance.below(room + 1);
  return splice(text, to, to, unit.repeat(Math.max(1, Math.floor(size / unit.length))));
}

export const BYTE_MUTATIONS: readonly ((bytes: Buffer, chance: Chance) => Buffer)[] = [
  function flip(bytes, chance) {
    const changed = Buffer.from(bytes);
    const at = chance.below(bytes.length + 1);
    changed[at] = (changed[at] ?? 0) ^ (1 << chance.below(8));
    return changed;
  },
  function set(bytes, chance) {
    const changed = Buffer.from(bytes);
    changed[chance.below(bytes.length + 1)] = chance.below(256);
    return changed;
  },
  // Overlong, cut off, a surrogate, beyond Unicode, byte order marks.
  function badUtf8(bytes, chance) {
    const bad = ["c0af", "e08080", "eda080", "f4908080", "ff", "c3", "efbbbf", "fffe", "feff"];
    const at = chance.below(bytes.length + 1);
    return Buffer.concat([
      bytes.subarray(0, at),
      Buffer.from(chance.pick(bad), "hex"),
      bytes.subarray(at),
    ]);
  },
  function otherEncoding(bytes, chance) {
    const text = bytes.toString("utf8");
    return Buffer.from(text, chance.often(0.5) ? "utf16le" : "latin1");
  },
];
