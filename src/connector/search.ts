/** XEP-0055 Jabber Search: people of the federation by name or diaspora* ID. */
import type { Jid } from "../activitystreams/ids.ts";
import { NS_DATA } from "../pep/namespaces.ts";
import { child, childText, el, type XmlElement } from "../xml/element.ts";
import { DxError } from "../errors/error.ts";
import { submittedFields } from "./data-form.ts";
import type { IqHandler, IqRequest } from "./handler.ts";

export const NS_SEARCH = "jabber:iq:search";

export interface FoundPerson {
  readonly jid: Jid;
  readonly name: string;
  readonly diasporaId: string;
}

export interface SearchOptions {
  /** Only who is searchable; throws DX_NOT_REGISTERED where only people who have opted in may. */
  search(text: string, asker: Jid): Promise<readonly FoundPerson[]>;
}

const MAX_TEXT = 255;
const MAX_FOUND = 50;
const INSTRUCTIONS =
  "A part of the name, or the diaspora* ID, as in alice@pod.example. People who are not known " +
  "here yet are found by their whole ID.";

export function searchHandlers(options: SearchOptions): readonly IqHandler[] {
  const common = { kind: "iq", to: "component", ns: NS_SEARCH, name: "query" } as const;
  return [
    { ...common, type: "get", features: [NS_SEARCH], answer: () => searchForm() },
    { ...common, type: "set", answer: (request) => search(options, request) },
  ];
}

/** XEP-0055 §3: fields of old, and the same as a form. */
function searchForm(): XmlElement {
  return el(
    "query",
    { xmlns: NS_SEARCH },
    el("instructions", {}, INSTRUCTIONS),
    el("nick"),
    el(
      "x",
      { xmlns: NS_DATA, type: "form" },
      el("title", {}, "People of the federation"),
      el("instructions", {}, INSTRUCTIONS),
      formType(),
      el(
        "field",
        { type: "text-single", var: "nick", label: "Name or diaspora* ID" },
        el("required"),
      ),
    ),
  );
}

async function search(options: SearchOptions, { payload, from }: IqRequest): Promise<XmlElement> {
  const form = child(payload, "x", NS_DATA);
  const typed =
    form === undefined
      ? (LEGACY.map((name) => childText(payload, name) ?? "").find((text) => text !== "") ?? "")
      : (submittedFields(form).get("nick") ?? "");
  const text = typed.trim();
  if (text === "" || text.length > MAX_TEXT) throw new DxError("DX_BAD_REQUEST");
  const found = (await options.search(text, from.bare)).slice(0, MAX_FOUND);
  return el("query", { xmlns: NS_SEARCH }, form === undefined ? found.map(item) : results(found));
}

/** Clients with a fixed mask fill in one of these. */
const LEGACY = ["nick", "first", "last", "email"];

function item({ jid, name, diasporaId }: FoundPerson): XmlElement {
  return el("item", { jid }, el("nick", {}, name), el("email", {}, diasporaId));
}

function results(found: readonly FoundPerson[]): XmlElement {
  const column = (name: string, label: string, type = "text-single"): XmlElement =>
    el("field", { var: name, label, type });
  return el(
    "x",
    { xmlns: NS_DATA, type: "result" },
    formType(),
    el(
      "reported",
      {},
      column("jid", "Address", "jid-single"),
      column("nick", "Name"),
      column("id", "diaspora* ID"),
    ),
    found.map(({ jid, name, diasporaId }) =>
      el("item", {}, value("jid", jid), value("nick", name), value("id", diasporaId)),
    ),
  );
}

function formType(): XmlElement {
  return el("field", { type: "hidden", var: "FORM_TYPE" }, el("value", {}, NS_SEARCH));
}

function value(name: string, text: string): XmlElement {
  return el("field", { var: name }, el("value", {}, text));
}
