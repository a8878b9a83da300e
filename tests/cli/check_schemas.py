"""check_schemas.py SCHEMA FILE [SCHEMA FILE ...]: validates JSON files, and .jsonl files line by
line, against JSON Schemas (jsonschema of scripts/test-requirements.txt)."""

import json
import sys

import jsonschema


def documents(path):
    with open(path, encoding="utf-8") as file:
        if path.endswith(".jsonl"):
            return [json.loads(line) for line in file]
        return [json.load(file)]


def main(arguments):
    for schema_path, path in zip(arguments[::2], arguments[1::2]):
        with open(schema_path, encoding="utf-8") as file:
            schema = json.load(file)
        validator = jsonschema.Draft202012Validator(schema)
        found = documents(path)
        assert found, f"{path} is empty"
        for document in found:
            for error in validator.iter_errors(document):
                sys.exit(f"{path}: {error.json_path}: {error.message}")
        print(f"{path}: {len(found)} valid")


main(sys.argv[1:])
