// Tables as the tracker writes them, made of its JSON, and read back from CSV and XLSX.

/** The text that a cell has: of what is nested, by its dotted name; of a list, its items with `|` between. */
export function cell(row: unknown, name: string): string {
  return values(row, name.split("."))
    .map((value) => (value.many ? text(value.value).replace(/[\\|]/g, "\\$&") : text(value.value)))
    .join("|");
}

interface Found {
  value: unknown;
  many: boolean;
}

function values(value: unknown, path: readonly string[]): Found[] {
  if (Array.isArray(value)) {
    return value.flatMap((item) => values(item, path)).map((found) => ({ ...found, many: true }));
  }
  const [first, ...rest] = path;
  if (first === undefined) {
    return [{ value, many: false }];
  }
  const isObject = typeof value === "object" && value !== null;
  return values(isObject ? (value as Record<string, unknown>)[first] : undefined, rest);
}

function text(value: unknown): string {
  return value === null || value === undefined ? "" : String(value);
}

/** Reads CSV (RFC 4180). */
export function readCsv(text: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  for (const match of text.matchAll(/("(?:[^"]|"")*"|[^",\r\n]*)(,|\r\n|\n|$)/g)) {
    const [, field = "", end] = match;
    if (end === "" && field === "" && row.length === 0) {
      break;
    }
    row.push(field.startsWith('"') ? field.slice(1, -1).replaceAll('""', '"') : field);
    if (end !== ",") {
      rows.push(row);
      row = [];
    }
  }
  return rows;
}

/** Takes away the apostrophe before what a spreadsheet program would take for a formula. */
export function withoutApostrophe(text: string): string {
  return text.startsWith("'") ? text.slice(1) : text;
}

/** The text of a typed cell. */
export function typed(value: unknown): string {
  if (value instanceof Date) {
    const instant = value.toISOString();
    return instant.endsWith("T00:00:00.000Z") ? instant.slice(0, 10) : instant;
  }
  return text(value);
}
