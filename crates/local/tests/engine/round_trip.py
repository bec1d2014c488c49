"""Reads a table through clickhouse-connect, writes what it read into a copy, and looks at a server error.

Arguments: port, database. The tables `every_type` and `copy` have the same columns.
"""

import sys

import clickhouse_connect
from clickhouse_connect.driver.exceptions import DatabaseError

port, database = int(sys.argv[1]), sys.argv[2]
for compress in (True, False, "lz4", "zstd", "gzip"):
    client = clickhouse_connect.get_client(host="127.0.0.1", port=port, database=database, compress=compress)
    client.command("TRUNCATE TABLE copy")
    read = client.query("SELECT * FROM every_type ORDER BY id")
    assert len(read.result_rows) == 2, read.result_rows
    summary = client.insert("copy", read.result_rows, column_names=read.column_names)
    assert summary.written_rows == 2, summary.summary
    again = client.query("SELECT * FROM copy ORDER BY id")
    assert again.result_rows == read.result_rows, (again.result_rows, read.result_rows)
    found = client.query("SELECT id FROM copy WHERE station = {station:String}", {"station": read.result_rows[0][2]})
    assert found.result_rows == [(1,), (2,)], found.result_rows
    client.close()

client = clickhouse_connect.get_client(host="127.0.0.1", port=port, database=database)
try:
    client.query("SELECT * FROM no_such_table")
    raise SystemExit("no error")
except DatabaseError as error:
    text = str(error)
    assert "60" in text and "UNKNOWN_TABLE" in text, text
client.command("SET max_threads = 1")
assert int(client.command("SELECT getSetting('max_threads')")) == 1
print("rows equal, error 60 seen")
