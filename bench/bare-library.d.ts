/** What only the reference of the XMPP bench uses of @xmpp/component. */
import "@xmpp/component";

declare module "@xmpp/component" {
  interface Component {
    start(): Promise<unknown>;
    send(stanza: unknown): Promise<void>;
    readonly iqCallee: {
      get(ns: string, name: string, handler: () => unknown): void;
    };
  }
}
