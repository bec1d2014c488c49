"""Answers every question through clickhouse-connect, in the server's Native format, and prints what it got as JSON.

Arguments: port, database, files. Values are printed as the client gives them: what is typed becomes text.
"""

import json
import sys

import clickhouse_connect
from clickhouse_connect.driver.exceptions import DatabaseError


def plain(value):
    if isinstance(value, dict):
        return [plain(item) for item in value.values()]
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if value is None or isinstance(value, bool):
        return value
    if hasattr(value, "isoformat") and hasattr(value, "hour"):
        return value.strftime("%Y-%m-%d %H:%M:%S.%f")
    return format(value, "f") if type(value).__name__ == "Decimal" else str(value)


port, database, files = int(sys.argv[1]), sys.argv[2], sys.argv[3:]
client = clickhouse_connect.get_client(host="127.0.0.1", port=port, database=database)
answers = {}
for path in files:
    with open(path, encoding="utf-8") as file:
        answer = client.query(file.read().rstrip().rstrip(";"))
    answers[path] = [list(answer.column_names)] + [plain(row) for row in answer.result_rows]
try:
    client.query("SELECT no_such_column FROM transactions")
    raise SystemExit("no error")
except DatabaseError as error:
    assert "UNKNOWN_IDENTIFIER" in str(error), error
json.dump(answers, sys.stdout, ensure_ascii=False)
