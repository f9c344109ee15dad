/**
 * Every statement that this process puts to PostgreSQL, as the driver gets it: the text, the values
 * and what was going on. It is listened to in the driver, below knex and below the connection that
 * listens for wake-ups, so that nothing is missed.
 */
import pg from "pg";

export interface Captured {
  /** What was going on. */
  readonly path: string;
  readonly text: string;
  readonly values: readonly unknown[];
}

export interface Capture extends Disposable {
  /** From now on it belongs to this; null: to nothing, and is not kept. */
  path: string | null;
  readonly statements: readonly Captured[];
}

/** What this process asks for itself begins so, and is not captured. */
export const OWN = "/* own */";

type Query = (this: unknown, ...args: unknown[]) => unknown;

export function captureStatements(): Capture {
  const statements: Captured[] = [];
  const prototype: { query: Query } = pg.Client.prototype;
  const original = prototype.query;
  const capture = {
    path: null as string | null,
    statements,
    [Symbol.dispose]() {
      prototype.query = original;
    },
  };
  prototype.query = function (...args) {
    const found = statementOf(args);
    if (capture.path !== null && found !== null && !found.text.startsWith(OWN)) {
      statements.push({ path: capture.path, ...found });
    }
    return original.apply(this, args);
  };
  return capture;
}

/** `query(text, values)` or `query({ text, values })`. */
function statementOf([first, second]: readonly unknown[]): Omit<Captured, "path"> | null {
  if (typeof first === "string") return { text: first, values: valuesOf(second) };
  if (typeof first !== "object" || first === null || !("text" in first)) return null;
  const values = "values" in first ? first.values : second;
  return typeof first.text === "string" ? { text: first.text, values: valuesOf(values) } : null;
}

function valuesOf(values: unknown): readonly unknown[] {
  return Array.isArray(values) ? (values as readonly unknown[]) : [];
}
