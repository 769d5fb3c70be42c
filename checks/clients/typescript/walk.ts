// The walk of a dashboard, and of the member of staff whose change it shows, by a generated client.

import assert from "node:assert/strict";
import createClient from "openapi-fetch";
import readSheet from "read-excel-file/node";
import type { components, paths } from "./made/api.js";
import { cell, readCsv, typed, withoutApostrophe } from "./table.js";

type Commitment = components["schemas"]["Commitment"];

const [address = "", password = ""] = process.argv.slice(2);
const api = createClient<paths>({ baseUrl: address });

/** What the walk is about: what civil society supports in Iași and Timișoara. */
const supported = { member: ["IAS", "ROTMR"], role: ["support" as const], sector: ["civil_society" as const] };

interface Answer<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

/** What an answer says, or else why there is none. */
function said<T>(answer: Answer<T>): T {
  assert.ok(answer.data !== undefined, `${answer.response.url}: ${JSON.stringify(answer.error)}`);
  return answer.data;
}

/** The same of what also comes as text, when JSON is asked for. */
function document<T>(answer: Answer<T>): Exclude<T, string> {
  const data = said(answer);
  assert.ok(typeof data !== "string");
  return data as Exclude<T, string>;
}

type Filter = NonNullable<paths["/api/v1/commitments"]["get"]["parameters"]["query"]>;

/** All pages of the list of commitments. */
async function commitments(filter: Filter): Promise<Commitment[]> {
  const all: Commitment[] = [];
  let cursor: string | undefined;
  do {
    const query = { ...filter, limit: 2, ...(cursor === undefined ? {} : { cursor }) };
    const page = document(await api.GET("/api/v1/commitments", { params: { query } }));
    all.push(...page.data);
    cursor = page.page.next ?? undefined;
  } while (cursor !== undefined);
  return all;
}

const all = await commitments(supported);
assert.ok(all.length > 2, `only ${all.length} commitments are supported by civil society`);
for (const commitment of all) {
  assert.ok(supported.member.includes(commitment.member.code));
  assert.ok(commitment.supporters.some((supporter) => supporter.sector === "civil_society"));
}

const day = "2024-10-01";
const overdue = await commitments({ ...supported, schedule: ["overdue"], on: day });
assert.ok(overdue.length > 0 && overdue.length < all.length, `${overdue.length} were overdue on ${day}`);
assert.ok(overdue.every((commitment) => commitment.schedule === "overdue"));

const series = document(
  await api.GET("/api/v1/statistics", {
    params: {
      query: { ...supported, group_by: ["member"], from: "2023-01-01", to: "2024-12-31", interval: "quarter" },
    },
  }),
);
const shares = series.totals.map((total) => [total.day, total.evidence.share] as const);
assert.equal(shares.length, 8);
assert.ok(shares.some(([, share]) => share !== null && share > 0 && share < 1));
assert.ok(series.totals.every((total) => total.commitments.total === all.length));

// Somebody of the staff changes one of them.
const before = new Date(Date.now() - 1_000).toISOString();
const start = said(await api.GET("/api/v1/changes", { params: { query: { limit: 1 } } }));
const session = said(
  await api.POST("/api/v1/auth/token", { body: { email: "editor.rotmr@demo.invalid", password } }),
);
const chosen = all.find((commitment) => commitment.member.code === "ROTMR");
assert.ok(chosen);
const one = { path: { commitment: chosen.id } };
const read = await api.GET("/api/v1/commitments/{commitment}", { params: one });
const tag = read.response.headers.get("etag");
assert.ok(tag);
const headers = { Authorization: `Bearer ${session.access_token}` };
const change = {
  headers,
  bodySerializer: (body: unknown) => JSON.stringify(body),
  body: { number: "1 (typescript)", reason: "As it is printed." },
};
const contentType = { "Content-Type": "application/merge-patch+json" };
const changed = said(
  await api.PATCH("/api/v1/commitments/{commitment}", {
    ...change,
    headers: { ...headers, ...contentType },
    params: { ...one, header: { "If-Match": tag } },
  }),
);
assert.equal(changed.number, "1 (typescript)");
const stale = await api.PATCH("/api/v1/commitments/{commitment}", {
  ...change,
  headers: { ...headers, ...contentType },
  params: { ...one, header: { "If-Match": tag } },
});
assert.equal(stale.error?.code, "version_stale");

// The dashboard sees it: in the record, once it is numbered there, and in the list.
async function isInRecord(): Promise<boolean> {
  let after = start.page.next;
  for (;;) {
    const page = said(await api.GET("/api/v1/changes", { params: { query: { after, limit: 200 } } }));
    if (page.data.some((entry) => entry.resource_id === changed.id && entry.recorded_at >= before)) {
      return true;
    }
    if (!page.page.more) {
      return false;
    }
    after = page.page.next;
  }
}
let tries = 0;
while (!(await isInRecord())) {
  assert.ok(++tries < 100, "the change is not in the record");
  await new Promise((resolve) => setTimeout(resolve, 100));
}
const updated = await commitments({ ...supported, updated_since: before });
assert.deepEqual(
  updated.map((commitment) => commitment.id),
  [changed.id],
);

// It takes the list away, and reads both files back equal to the JSON.
const columns = [
  "id",
  "code",
  "number",
  "member.code",
  "action_plan.slug",
  "title",
  "policy_areas.code",
  "ogp_values",
  "starts.date",
  "starts.text",
  "ends.date",
  "progress",
  "schedule",
  "leads.name",
  "supporters.name",
  "supporters.sector",
  "version",
] as const;
const fields = [...columns];
const fresh = await commitments({ ...supported, fields });
assert.equal(fresh.length, all.length);

const csv = await api.GET("/api/v1/commitments", {
  params: { query: { ...supported, fields, format: "csv" } },
  parseAs: "text",
});
const [names = [], ...rows] = readCsv(said(csv));
assert.deepEqual([...names].sort(), [...columns].sort());
assert.deepEqual(
  rows.map((row) => row.map(withoutApostrophe)),
  fresh.map((commitment) => names.map((name) => cell(commitment, name))),
);

const xlsx = await api.GET("/api/v1/commitments", {
  params: { query: { ...supported, fields, format: "xlsx" } },
  parseAs: "arrayBuffer",
});
const sheets = await readSheet(Buffer.from(said(xlsx)));
const [first = [], ...cells] = sheets[0]?.data ?? [];
assert.deepEqual(first.map(typed), names);
assert.deepEqual(
  cells.map((row) => row.map(typed)),
  fresh.map((commitment) => names.map((name) => cell(commitment, name))),
);

console.log(
  `openapi-fetch: ${all.length} supported, ${overdue.length} of them overdue on ${day}, ` +
    `share with evidence by quarter ${shares.map(([, share]) => share).join(", ")}; one changed, and seen; ` +
    `${rows.length} rows read back from CSV and XLSX`,
);
