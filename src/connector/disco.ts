/**
 * XEP-0030 Service Discovery for one class of addressee: identities, the features of its
 * handlers, and the nodes below it. The answer is the same with and without `node#ver`
 * (XEP-0115 §6.2), so one caps string fits every asker.
 */
import type { Jid } from "../activitystreams/ids.ts";
import { DxError } from "../errors/error.ts";
import { el, type XmlElement } from "../xml/element.ts";
import { capsElement, capsOf, infoForm, type Identity, type InfoForm } from "./caps.ts";
import type { Addressee, AddresseeClass, IqHandler, IqRequest } from "./handler.ts";

export const NS_DISCO_INFO = "http://jabber.org/protocol/disco#info";
export const NS_DISCO_ITEMS = "http://jabber.org/protocol/disco#items";

export interface DiscoItem {
  readonly jid: string;
  readonly node?: string;
  readonly name?: string;
}

/** A node below an entity, as it looks to one asker; null where there is none for them. */
export interface DiscoNode {
  readonly identities: readonly Identity[];
  readonly features: readonly string[];
  /** XEP-0128. */
  readonly form?: InfoForm;
  /** Asked for where the items are. */
  readonly items: readonly DiscoItem[] | (() => Promise<readonly DiscoItem[]>);
}

export interface DiscoOptions {
  readonly to: AddresseeClass;
  readonly identities: readonly Identity[];
  /** XEP-0128: what it says of itself beside identities and features. */
  forms?(): readonly InfoForm[];
  /** Of the router, so that what is advertised is what is handled. */
  features(): readonly string[];
  /** XEP-0115 §4: a URI of the software, the same for ever. */
  readonly capsNode: string;
  /** Throws when there is no such entity: then it looks like any unknown address. */
  exists?(to: Addressee, asker: Jid): Promise<void>;
  items?(to: Addressee, asker: Jid): Promise<readonly DiscoItem[]>;
  node?(node: string, to: Addressee, asker: Jid): Promise<DiscoNode | null>;
}

export interface Disco {
  readonly handlers: readonly IqHandler[];
  /** For a presence: `<c/>` of what disco#info answers now. */
  caps(): XmlElement;
}

export function createDisco(options: DiscoOptions): Disco {
  const { to, capsNode, identities } = options;
  const forms = (): readonly InfoForm[] => options.forms?.() ?? [];
  const ver = (): string => capsOf(identities, options.features(), forms());
  return {
    handlers: [
      {
        kind: "iq",
        to,
        type: "get",
        ns: NS_DISCO_INFO,
        name: "query",
        features: [NS_DISCO_INFO],
        answer: async (request) => {
          await options.exists?.(request.to, request.from.bare);
          const node = request.payload.attrs["node"];
          if (node === undefined || node === `${capsNode}#${ver()}`) {
            return info(node, identities, options.features(), forms());
          }
          const found = await nodeOf(options, node, request);
          const form = found.form === undefined ? [] : [found.form];
          return info(node, found.identities, found.features, form);
        },
      },
      {
        kind: "iq",
        to,
        type: "get",
        ns: NS_DISCO_ITEMS,
        name: "query",
        features: [NS_DISCO_ITEMS],
        answer: async (request) => {
          await options.exists?.(request.to, request.from.bare);
          const node = request.payload.attrs["node"];
          if (node !== undefined) {
            const found = (await nodeOf(options, node, request)).items;
            return items(node, typeof found === "function" ? await found() : found);
          }
          return items(undefined, (await options.items?.(request.to, request.from.bare)) ?? []);
        },
      },
    ],
    caps: () => capsElement(capsNode, ver()),
  };
}

async function nodeOf(options: DiscoOptions, node: string, request: IqRequest): Promise<DiscoNode> {
  const found = await options.node?.(node, request.to, request.from.bare);
  if (found === undefined || found === null) throw new DxError("DX_ITEM_NOT_FOUND");
  return found;
}

function info(
  node: string | undefined,
  identities: readonly Identity[],
  features: readonly string[],
  forms: readonly InfoForm[],
): XmlElement {
  return el(
    "query",
    { xmlns: NS_DISCO_INFO, node },
    identities.map(({ category, type, name, lang }) =>
      el("identity", { category, type, name, "xml:lang": lang }),
    ),
    features.map((feature) => el("feature", { var: feature })),
    forms.map(infoForm),
  );
}

function items(node: string | undefined, list: readonly DiscoItem[]): XmlElement {
  return el(
    "query",
    { xmlns: NS_DISCO_ITEMS, node },
    list.map((item) => el("item", { jid: item.jid, node: item.node, name: item.name })),
  );
}
