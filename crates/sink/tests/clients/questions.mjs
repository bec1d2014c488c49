// Answers every question through ClickHouse's own client for Node, streaming and compressed, and prints what it got as
// JSON. Arguments: folder of the installed client, port, database, files.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const [folder, port, database, ...files] = process.argv.slice(2);
const { createClient } = createRequire(`${folder}/package.json`)("@clickhouse/client");

const client = createClient({
  url: `http://127.0.0.1:${port}`,
  database,
  compression: { response: true },
  clickhouse_settings: {
    output_format_json_quote_64bit_integers: 1,
    output_format_json_quote_decimals: 1,
    output_format_json_named_tuples_as_objects: 0,
  },
});

const answers = {};
for (const path of files) {
  const result = await client.query({ query: readFileSync(path, "utf8"), format: "JSONCompactEachRowWithNames" });
  answers[path] = [];
  for await (const rows of result.stream()) answers[path].push(...rows.map((row) => row.json()));
}
const failure = await client.query({ query: "SELECT no_such_column FROM transactions" }).catch((error) => error);
if (failure.type !== "UNKNOWN_IDENTIFIER") throw new Error(`not the error of the server: ${failure}`);
await client.close();
process.stdout.write(JSON.stringify(answers));
