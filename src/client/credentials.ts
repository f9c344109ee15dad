/**
 * Logging in (RFC 6120 §6) and, before that where it is asked for, making the account
 * (XEP-0077 §3.1: in-band, on the stream that is not yet authenticated).
 */
import { xml, type Client, type Options } from "@xmpp/client";
import { DxError } from "../errors/error.ts";

const NS_REGISTER = "jabber:iq:register";
const NS_STANZAS = "urn:ietf:params:xml:ns:xmpp-stanzas";

export interface Account {
  readonly username: string;
  readonly password: string;
  /** Make it first. */
  readonly create: boolean;
}

type Factory = Extract<NonNullable<Options["credentials"]>, (...args: never[]) => unknown>;

export function credentialsFor(account: Account): Factory {
  return async (authenticate, mechanisms, _fast, entity) => {
    if (account.create) await createAccount(entity, account);
    const mechanism = mechanismFor(account, mechanisms, entity.isSecure());
    const { username, password } = account;
    const bytes = (text: string) => Buffer.from(text, "utf8").toString("latin1");
    const credentials =
      // COMPAT(xmpp.js 0.14): it encodes PLAIN by btoa, which takes each character for one byte.
      mechanism === "PLAIN"
        ? { username: bytes(username), password: bytes(password) }
        : { username, password };
    await authenticate(credentials, mechanism, xml("user-agent"));
  };
}

/** SCRAM where it can be: a password then never leaves this machine. */
function mechanismFor(
  { username }: Account,
  mechanisms: readonly string[],
  secure: boolean,
): string {
  // Its user name would go through the same btoa, and be signed in another form.
  const ascii = /^[\u0020-\u007e]*$/.test(username);
  if (ascii && mechanisms.includes("SCRAM-SHA-1")) return "SCRAM-SHA-1";
  if (secure && mechanisms.includes("PLAIN")) return "PLAIN";
  throw new DxError("DX_CLIENT_LOGIN", {
    detail: secure ? "no common SASL mechanism" : "no SASL mechanism that is safe without TLS",
  });
}

async function createAccount(entity: Client, { username, password }: Account): Promise<void> {
  const iq = xml(
    "iq",
    { type: "set", id: "register", to: entity.options.domain },
    xml(
      "query",
      { xmlns: NS_REGISTER },
      xml("username", {}, username),
      xml("password", {}, password),
    ),
  );
  const answer = await entity.sendReceive(iq);
  if (answer.is("iq") && answer.attrs["type"] === "result") return;
  const error = answer.getChild("error");
  const condition =
    error?.getChildElements().find((part) => part.is(part.name, NS_STANZAS))?.name ?? "unknown";
  throw new DxError("DX_CLIENT_ACCOUNT", {
    detail: EXPLANATIONS[condition] ?? condition,
    evidence: { condition },
  });
}

const EXPLANATIONS: Readonly<Record<string, string>> = {
  conflict: "there is such an account already",
  "not-acceptable": "the user name or the password is not good enough",
  "not-allowed": "this server takes no registrations from here",
  forbidden: "this server takes no registrations from here",
  "resource-constraint": "too many registrations from this address, try again later",
};
