/**
 * What a property of an entity is: its type, its rule, and what becomes of nil. The entities'
 * tables (*-tables.ts) are made of these, and reading, checking and writing go by the tables.
 */
import type { DiasporaId, Guid } from "../../activitystreams/ids.ts";
import { isDiasporaId, isGuid } from "./rules.ts";

/** A value that is no entity. */
export type Scalar = string | boolean | number | Date;
export interface Properties {
  readonly [name: string]: Scalar | Properties | readonly Properties[] | null;
}
export type Value = Properties[string];

export function isProperties(value: Value | undefined): value is Properties {
  return (
    typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Date)
  );
}

/**
 * What nil, the gem's word for "no value", does: it breaks the rule, is written as an empty
 * element, or leaves the element out.
 */
export type Nil = "refused" | "written" | "omitted";

export type Form =
  | { readonly type: "string"; readonly valid: (text: string) => boolean }
  | { readonly type: "boolean" | "integer" | "timestamp" }
  | { readonly type: "entity"; readonly of: EntityDefinition }
  | { readonly type: "entities"; readonly of: EntityDefinition; readonly least: number };

declare const holds: unique symbol;

export interface Property<T> {
  readonly form: Form;
  readonly nil: Nil;
  /** The value where the element is missing; without one and without `omitted`, it may not be. */
  readonly initial?: boolean | "now" | "empty list" | "author";
  /** Never there: it carries the type only. */
  readonly [holds]?: T;
}

export type PropertyTable = Readonly<Record<string, Property<unknown>>>;

export type ValuesOf<P extends PropertyTable> = {
  readonly [K in keyof P]: P[K] extends Property<infer T> ? T : never;
};

/** What makes an entity a relayable (§5), and the type of its parent where it is implied. */
export interface RelayableTraits {
  readonly parentType: "Post" | "Poll" | "Event" | "parent_type";
}

export interface EntityDefinition<P extends PropertyTable = PropertyTable> {
  /** The element's name. */
  readonly name: string;
  readonly properties: P;
  readonly relayable?: RelayableTraits;
  /** A rule over several properties: what is wrong, or null. A method, so that it takes its own table's values. */
  check?(values: ValuesOf<P>): string | null;
}

const property = <T>(form: Form, nil: Nil = "refused"): Property<T> => ({ form, nil });

export const string = (valid: (text: string) => boolean): Property<string> =>
  property({ type: "string", valid });
export const oneOf = <T extends string>(...words: readonly T[]): Property<T> =>
  property({ type: "string", valid: (text) => words.some((word) => word === text) });
export const anyString: Property<string> = string(() => true);
export const guid: Property<Guid> = property({ type: "string", valid: isGuid });
export const diasporaId: Property<DiasporaId> = property({ type: "string", valid: isDiasporaId });
export const boolean: Property<boolean> = property({ type: "boolean" });
export const integer: Property<number> = property({ type: "integer" });
export const timestamp: Property<Date> = property({ type: "timestamp" });

export function nested<P extends PropertyTable>(of: EntityDefinition<P>): Property<ValuesOf<P>> {
  return property({ type: "entity", of });
}

export function list<P extends PropertyTable>(
  of: EntityDefinition<P>,
  least = 0,
): Property<readonly ValuesOf<P>[]> {
  return property({ type: "entities", of, least });
}

/** nil leaves the element out. */
export const optional = <T>(of: Property<T>): Property<T | null> => ({ ...of, nil: "omitted" });
/** nil is an empty element. */
export const nillable = <T>(of: Property<T>): Property<T | null> => ({ ...of, nil: "written" });

export const withDefault = <T>(
  of: Property<T>,
  initial: boolean | "now" | "empty list" | "author",
): Property<T> => ({ ...of, initial });

/** A list's and an entity's element bears the nested entity's name, whatever the property's. */
export function elementName(name: string, { form }: Property<unknown>): string {
  return form.type === "entity" || form.type === "entities" ? form.of.name : name;
}
