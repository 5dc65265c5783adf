"""Makes the Avro fixtures of Tests/Data/Packets/AvroFileTests.cs with Apache's own writer, and the values as JSON.

Run with a Python that has the avro package: python3 Tests/Reference/make_avro_fixtures.py
"""
import json
import pathlib
import avro.datafile
import avro.schema
from avro.datafile import DataFileWriter
from avro.io import DatumWriter

FOLDER = pathlib.Path(__file__).parent.parent / "Fixtures" / "data" / "avro"
FOLDER.mkdir(parents=True, exist_ok=True)
SCHEMA = {
    "type": "record", "name": "sky.outer", "doc": "every kind of type", "fields": [
        {"name": "flag", "type": "boolean"},
        {"name": "small", "type": "int"},
        {"name": "large", "type": {"type": "long", "logicalType": "not-known"}},
        {"name": "single", "type": "float"},
        {"name": "double", "type": "double"},
        {"name": "text", "type": "string"},
        {"name": "bytes", "type": "bytes"},
        {"name": "first", "type": ["null", "long"], "default": None},
        {"name": "second", "type": ["string", "null"]},
        {"name": "inner", "type": {"type": "record", "name": "inner", "fields": [
            {"name": "x", "type": ["double", "null"]},
            {"name": "colour", "type": {"type": "enum", "name": "colour", "symbols": ["g", "r", "i"]}}]}},
        {"name": "again", "type": ["null", "sky.inner"]},
        {"name": "list", "type": ["null", {"type": "array", "items": "inner"}]},
        {"name": "lists", "type": {"type": "array", "items": {"type": "array", "items": "int"}}},
        {"name": "map", "type": {"type": "map", "values": ["null", "int", "string"]}},
        {"name": "fixed", "type": {"type": "fixed", "name": "four", "size": 4}},
        {"name": "colour", "type": "colour"},
        {"name": "next", "type": ["null", "outer"], "default": None},
    ]}


def record(n, following=None):
    return {
        "flag": n % 2 == 1, "small": -n * 1000, "large": (-1) ** n * (2**63 - 1 - n), "single": n * 0.25, "double": n / 3.0,
        "text": "estrella é ☆ 🌟"[:n + 3], "bytes": bytes(range(n)), "first": None if n == 2 else n - 3,
        "second": None if n == 1 else "s" * n, "inner": {"x": n * 1.5, "colour": "gri"[n % 3]},
        "again": {"x": None, "colour": "r"} if n > 1 else None,
        "list": [{"x": float(i), "colour": "g"} for i in range(n)] if n != 3 else None,
        "lists": [[i] * i for i in range(n)], "map": {f"k{i}": [None, i, f"v{i}"][i % 3] for i in range(n)},
        "fixed": bytes([n, 255, 0, 7]), "colour": "i", "next": following,
    }


def plain(value):
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    return [plain(item) for item in value] if isinstance(value, list) else value


records = [record(n, record(n + 1) if n % 2 else None) for n in range(6)]
avro.datafile.randbytes = lambda count: bytes(range(count))  # the sync marker: drawn, it would differ in each run
schema = avro.schema.parse(json.dumps(SCHEMA))
for codec in ("null", "deflate"):
    with DataFileWriter(open(FOLDER / f"every-type-{codec}.avro", "wb"), DatumWriter(), schema, codec=codec) as writer:
        for n, item in enumerate(records):
            writer.append(item)
            if n % 2:
                writer.flush()
(FOLDER / "every-type.json").write_text(json.dumps(plain(records)), encoding="utf-8")
