/**
 * XEP-0077 In-Band Registration: the oldest door to the commands of src/commands/register.ts,
 * and the one that every gateway-aware client knows (XEP-0100 §4.1).
 */
import { validValues, type Command, type Occasion } from "../commands/definition.ts";
import { NS_DATA } from "../pep/namespaces.ts";
import { child, childElements, childText, el, type XmlElement } from "../xml/element.ts";
import { dataForm, submittedFields } from "./data-form.ts";
import type { IqHandler, IqRequest } from "./handler.ts";

export const NS_REGISTER = "jabber:iq:register";

export interface RegisterOptions {
  readonly register: Command;
  readonly unregister: Command;
}

export function registerHandlers(options: RegisterOptions): readonly IqHandler[] {
  const common = { kind: "iq", to: "component", ns: NS_REGISTER, name: "query" } as const;
  return [
    {
      ...common,
      type: "get",
      features: [NS_REGISTER],
      answer: async ({ from }) => {
        const form = await options.register.form(from.bare);
        const registered = await options.unregister.mayUse(from.bare);
        return el(
          "query",
          { xmlns: NS_REGISTER },
          registered ? el("registered") : null,
          el("instructions", {}, form.instructions),
          form.fields.length === 0 ? null : dataForm(form, NS_REGISTER),
        );
      },
    },
    {
      ...common,
      type: "set",
      answer: async (request) => {
        // XEP-0077 §3.2: `<remove/>` ends the registration and stands alone.
        if (child(request.payload, "remove", NS_REGISTER) !== undefined) {
          await options.unregister.run(request.from.bare, {}, OCCASION);
        } else await register(options.register, request);
        return null;
      },
    },
  ];
}

/** Nothing was read or answered before, and done twice is done once. */
const OCCASION: Occasion = { it: () => Promise.resolve(null), key: NS_REGISTER };

async function register(command: Command, { from, payload }: IqRequest): Promise<void> {
  const { fields } = await command.form(from.bare);
  await command.run(from.bare, validValues(fields, rawValues(payload)), OCCASION);
}

/** XEP-0077 §4: a data form comes before the legacy fields. */
function rawValues(query: XmlElement): ReadonlyMap<string, string> {
  const form = child(query, "x", NS_DATA);
  if (form !== undefined) return submittedFields(form);
  return new Map(
    childElements(query).map(({ local }) => [local, childText(query, local) ?? ""] as const),
  );
}
