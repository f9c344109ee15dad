/**
 * Polls as forms (XEP-0004). Our own name the question and the answers by their GUIDs, so that
 * a vote says which one it means; of others any form with a single choice is taken for a poll.
 */
import type { Question } from "../activitystreams/activity.ts";
import type { Guid } from "../activitystreams/ids.ts";
import { cutWithSuffix } from "../activitystreams/words.ts";
import { childrenNamed, childText, el, type XmlElement } from "../xml/element.ts";
import { stripIllegal } from "../xml/serialise.ts";
import { FORM_POLL, NS_DATA } from "./namespaces.ts";

/** diaspora-protocol.md §3: of a question, and of an answer. */
const MAX_WORDS = 255;
const MAX_ANSWERS = 50;

export interface PollForm {
  readonly question: string;
  readonly answers: readonly string[];
}

/** null for a form that asks for anything but one choice among at least two. */
export function readPollForm(entry: XmlElement): PollForm | null {
  const form = childrenNamed(entry, "x", NS_DATA).find(({ attrs }) => attrs["type"] === "form");
  if (form === undefined) return null;
  const asked = childrenNamed(form, "field").filter(({ attrs }) => attrs["type"] !== "hidden");
  const [field, ...others] = asked.filter(({ attrs }) => attrs["type"] !== "fixed");
  if (field?.attrs["type"] !== "list-single" || others.length > 0) return null;
  const answers = childrenNamed(field, "option")
    .slice(0, MAX_ANSWERS)
    .map((option) => words(option.attrs["label"] ?? childText(option, "value")))
    .filter((answer) => answer !== "");
  const question = words(field.attrs["label"]) || words(childText(form, "title"));
  return question === "" || new Set(answers).size < 2
    ? null
    : { question, answers: [...new Set(answers)] };
}

/** The GUIDs are made from names that are the same whenever the entry is read. */
export function questionFromForm(form: PollForm, guidOf: (part: string) => Guid): Question {
  return {
    guid: guidOf("question"),
    question: form.question,
    answers: form.answers.map((text) => ({ guid: guidOf(`answer ${text}`), text })),
  };
}

export function pollForm({ guid, question, answers }: Question): XmlElement {
  return el(
    "x",
    { xmlns: NS_DATA, type: "form" },
    el("title", {}, question),
    hidden("FORM_TYPE", FORM_POLL),
    hidden("question", guid),
    el(
      "field",
      { type: "list-single", var: "answer", label: question },
      el("required"),
      answers.map((answer) => el("option", { label: answer.text }, el("value", {}, answer.guid))),
    ),
  );
}

/** For readers who see words only: the question and numbered answers, Markdown. */
export function pollMarkdown(
  { question, answers }: Question,
  escape: (words: string) => string,
): string {
  const lines = answers.map(({ text }, index) => `${String(index + 1)}. ${escape(text)}`);
  return `**${escape(question)}**\n\n${lines.join("\n")}`;
}

/** `!vote 2`: the number of an answer, counted from 1; null when it is none. */
export function voteIn(text: string): number | null {
  const number = /^\s*!vote\s+(\d{1,3})\s*$/iu.exec(text)?.[1];
  return number === undefined || Number(number) === 0 ? null : Number(number);
}

function hidden(name: string, value: string): XmlElement {
  return el("field", { type: "hidden", var: name }, el("value", {}, value));
}

function words(text: string | undefined): string {
  return cutWithSuffix(
    stripIllegal(text ?? "")
      .replace(/\s+/gu, " ")
      .trim(),
    MAX_WORDS,
    "",
  );
}
