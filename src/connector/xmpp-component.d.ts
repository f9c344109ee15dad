/**
 * The part of @xmpp/component 0.13 that we use; the package ships no types. Members
 * with an underscore are its own overridable methods (stream-session.ts says why).
 */
declare module "@xmpp/component" {
  import type { EventEmitter } from "node:events";
  import type { Socket } from "node:net";

  export interface LtxElement {
    readonly name: string;
    readonly attrs: Readonly<Record<string, string>>;
    children: (LtxElement | string)[];
    readonly parent: LtxElement | null;
  }

  export class Parser extends EventEmitter {
    root: LtxElement | null;
    cursor: LtxElement | null;
    onStartElement(name: string, attrs: Readonly<Record<string, string>>): void;
    onEndElement(name: string): void;
    onText(text: string): void;
    write(data: string): void;
  }

  export interface Component extends EventEmitter {
    timeout: number;
    socket: Socket | null;
    parser: Parser | null;
    Parser: typeof Parser;
    readonly reconnect: { stop(): void };
    socketParameters(service: string): { host: string; port: number };
    connect(service: string): Promise<void>;
    open(options: { domain: string; timeout?: number }): Promise<void>;
    stop(): Promise<void>;
    /** The socket takes bytes as well. */
    write(text: string | Buffer): Promise<void>;
    _onData(data: string): void;
    _onSeeOtherHost(error: Error): void;
  }

  export function component(options: {
    service: string;
    domain: string;
    password: string;
  }): Component;

  export const xml: { readonly Parser: typeof Parser };
}
