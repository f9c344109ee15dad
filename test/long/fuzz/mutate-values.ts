/** Mutations of what stands inside: base64 in its dialects, JSON, percent-encoding. */
import type { Chance } from "./chance.ts";
import type { Mutation } from "./mutate-bytes.ts";

const BASE64 = /[A-Za-z0-9+/_-]{24,}={0,2}/g;

const DIALECTS: readonly ((text: string, chance: Chance) => string)[] = [
  (text) => text.replaceAll("-", "+").replaceAll("_", "/"),
  (text) => text.replaceAll("+", "-").replaceAll("/", "_"),
  (text) => text.replace(/=+$/, ""),
  (text) => `${text}=`,
  (text) => text.replace(/.{60}/g, "$&\n"),
  (text) => `\r\n ${text}\t`,
  (text) => Buffer.from(text).toString("base64"),
  (text) => Buffer.from(text, "base64").toString("latin1"),
  // Other bits behind the last whole byte.
  (text) =>
    text.replace(/[A-Za-z0-9](?==*$)/, (char) => String.fromCharCode(char.charCodeAt(0) + 1)),
  (text, chance) => text.slice(0, chance.below(text.length)),
  (text, chance) => {
    const at = chance.below(text.length);
    return text.slice(0, at) + chance.pick(["A", "-", "=", "!", "\u0000", "é"]) + text.slice(at);
  },
  () => "",
];

export const changeBase64: Mutation = (text, chance) => {
  const found = [...text.matchAll(BASE64)];
  if (found.length === 0) return text;
  const { index, 0: value } = chance.pick(found);
  const changed = chance.pick(DIALECTS)(value, chance);
  return text.slice(0, index) + changed + text.slice(index + value.length);
};

const JSON_VALUES = (
  'null true 0 -1 1e999 "" "x" [] {} [[]] {"__proto__":{"a":1}} "\\ud800" "\\u0000" NaN 01 ' +
  '{"constructor":{"prototype":{"a":1}}} "__proto__"'
).split(" ");

const JSON_KEYS = "__proto__ constructor subject links rel href aes_key key".split(" ");
const MEMBER = /"(?:[^"\\]|\\.)*"\s*:\s*/g;

export const changeJson: Mutation = (text, chance) => {
  const members = [...text.matchAll(MEMBER)];
  if (members.length === 0) return text;
  const { index, 0: member } = chance.pick(members);
  const end = index + member.length;
  const ways = [
    // A member before this one: where it has the same name, which one counts?
    () => `${text.slice(0, index)}${member}${chance.pick(JSON_VALUES)},${text.slice(index)}`,
    () => `${text.slice(0, index)}"${chance.pick(JSON_KEYS)}":${text.slice(end)}`,
    () => `${text.slice(0, end)}${chance.pick(JSON_VALUES)},"x":${text.slice(end)}`,
    () => `${text.slice(0, end)}[${text.slice(end)}`,
  ];
  return chance.pick(ways)();
};

/** A value that is a thousand or a hundred thousand of another. */
export function grownJson(text: string, room: number, chance: Chance): string {
  const members = [...text.matchAll(MEMBER)];
  if (members.length === 0) return text;
  const { index, 0: member } = chance.pick(members);
  const end = index + member.length;
  const value = chance.pick(JSON_VALUES);
  const size = chance.below(room + 1);
  if (chance.often(0.3)) {
    const depth = Math.floor(size / 2);
    return `${text.slice(0, end)}${"[".repeat(depth)}${"]".repeat(depth)},"x":${text.slice(end)}`;
  }
  const list = `${value},`.repeat(Math.floor(size / (value.length + 1)));
  return `${text.slice(0, end)}[${list}0],"x":${text.slice(end)}`;
}

/** As the body of a form, escaped once or more often, with other fields around it. */
export function asForm(text: string, chance: Chance): string {
  let value = encodeURIComponent(text.toWellFormed());
  if (chance.often(0.5)) value = value.replaceAll("%20", "+");
  if (chance.often(0.3)) value = encodeURIComponent(value);
  const before = chance.pick(["", "", "a=b&", "&", "xml&", "utf8=%E2%9C%93&"]);
  const after = chance.pick(["", "", "&a=b", "&xml=", "&"]);
  return `${before}xml=${value}${after}`;
}
