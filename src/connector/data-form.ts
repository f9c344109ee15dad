/** XEP-0004 Data Forms: a command's form as `<x/>`, a submitted one as values, lines as a result. */
import type { CommandField, CommandForm } from "../commands/definition.ts";
import { DxError } from "../errors/error.ts";
import { NS_DATA } from "../pep/namespaces.ts";
import { childrenNamed, el, textOf, type XmlElement } from "../xml/element.ts";

/** A form has few fields; what has more is not ours. */
const MAX_FIELDS = 100;

const TYPES: Readonly<Record<CommandField["kind"], string>> = {
  text: "text-single",
  long: "text-multi",
  person: "text-single",
  target: "text-single",
  flag: "boolean",
  choice: "list-single",
};

export function dataForm(form: CommandForm, formType: string): XmlElement {
  return el(
    "x",
    { xmlns: NS_DATA, type: "form" },
    el("title", {}, form.title),
    el("instructions", {}, form.instructions),
    el("field", { type: "hidden", var: "FORM_TYPE" }, el("value", {}, formType)),
    form.fields.map((field) =>
      el(
        "field",
        { type: TYPES[field.kind], var: field.name, label: field.label },
        field.required ? el("required") : null,
        field.value === undefined ? null : el("value", {}, field.value),
        (field.choices ?? []).map(([value, label]) =>
          el("option", { label }, el("value", {}, value)),
        ),
      ),
    ),
  );
}

/** The fields of a submitted form, unchecked. Throws DX_BAD_REQUEST when it is none. */
export function submittedFields(form: XmlElement): ReadonlyMap<string, string> {
  const fields = childrenNamed(form, "field", NS_DATA);
  if (form.attrs["type"] !== "submit" || fields.length > MAX_FIELDS) {
    throw new DxError("DX_BAD_REQUEST");
  }
  const values = new Map<string, string>();
  for (const field of fields) {
    const name = field.attrs["var"];
    if (name === undefined) continue;
    // XEP-0004 §3.3: of text-multi, each line is a value.
    values.set(name, childrenNamed(field, "value", NS_DATA).map(textOf).join("\n"));
  }
  return values;
}

export function resultForm(title: string, lines: readonly string[]): XmlElement {
  return el(
    "x",
    { xmlns: NS_DATA, type: "result" },
    el("title", {}, title),
    el(
      "field",
      { type: "text-multi", var: "lines", label: title },
      lines.map((line) => el("value", {}, line)),
    ),
  );
}
