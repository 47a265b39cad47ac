"""Writes ``src/dpgn/schema.py`` from the OpenAPI document: ``python3 tools/schema.py``; with ``--check`` it compares.

Generators of the field write pydantic models or need ``typing_extensions`` where this package runs; it has neither. The
document uses little of OpenAPI, and whatever this does not know stops it.
"""

from __future__ import annotations

import json
import keyword
import sys
import textwrap
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
DOCUMENT = HERE.parents[1] / "openapi.json"
WRITTEN = HERE.parent / "src/dpgn/schema.py"
WIDTH = 120
HEAD = '''"""What goes over the wire, as the OpenAPI document has it. ``tools/schema.py`` writes it: change nothing."""

from __future__ import annotations

from typing import Any, Literal, TypedDict
'''
PLAIN = {
    "integer": "int",
    "number": "float",
    "string": "str",
    "boolean": "bool",
    "null": "None",
    "object": "dict[str, Any]",
}

Schema = dict[str, Any]


def type_of(schema: Schema, name: str = "") -> str:
    """Write the type of a value in Python's words."""
    if reference := schema.get("$ref"):
        return str(reference).rsplit("/", 1)[1]
    if name.startswith("Page_") and schema.get("type") == "object":
        # The items of a page are written out in the document; they are those that the page is named by.
        return name.removeprefix("Page_")
    if choices := schema.get("oneOf"):
        return " | ".join(type_of(choice) for choice in choices)
    kind = schema.get("type")
    if isinstance(kind, list):
        return " | ".join(type_of({**schema, "type": each}) for each in kind)
    if kind == "array":
        return f"list[{type_of(schema['items'], name)}]"
    if kind is None and not schema.keys() - {"description"}:
        return "Any"
    if kind == "object" and "properties" in schema:
        raise ValueError(f"an object without a name: {schema}")
    return PLAIN[str(kind)]


def doc(text: str, indent: str) -> list[str]:
    """Write a comment as a docstring."""
    words = " ".join(text.split()) or "A value without a comment."
    lines = textwrap.wrap(words, WIDTH - len(indent) - 3, break_long_words=False, break_on_hyphens=False)
    if len(lines) == 1 and len(lines[0]) + len(indent) + 6 <= WIDTH:
        return [f'{indent}"""{lines[0]}"""']
    return [f'{indent}"""{lines[0]}', *(indent + line for line in lines[1:]), f'{indent}"""']


def fields(schema: Schema, name: str, wanted: set[str]) -> list[str]:
    """Write those fields of an object that are wanted."""
    lines = []
    for key, value in schema["properties"].items():
        if key in wanted:
            lines.append(f"    {key}: {type_of(value, name)}")
            lines.extend(doc(value["description"], "    ") if "description" in value else [])
    return lines


def class_of(name: str, schema: Schema, base: str = "TypedDict") -> list[str]:
    """Write an object as a ``TypedDict``; what may be missing stands in a class of its own below it."""
    keywords = {key for key in schema["properties"] if keyword.iskeyword(key)}
    required = set(schema.get("required", [])) - keywords
    optional = set(schema["properties"]) - required - keywords
    about = schema.get("description", "")
    lines = []
    if keywords:
        lines += named(name, schema, keywords)
        base = f"{name}Named" if base == "TypedDict" else f"{base}, {name}Named"
    if optional and required:
        lines += ["", "", f"class {name}Required({base}):", *doc(f"What always stands in {name}.", "    "), ""]
        lines += fields(schema, name, required)
        base, required = f"{name}Required", set()
    total = ", total=False" if optional else ""
    lines += ["", "", f"class {name}({base}{total}):", *doc(about, "    "), ""]
    return lines + fields(schema, name, required or optional)


def named(name: str, schema: Schema, keywords: set[str]) -> list[str]:
    """Write those fields of an object whose names Python's syntax has other uses for."""
    if keywords - set(schema.get("required", [])):
        raise ValueError(f"{name} has fields that may be missing, and are keywords")
    lines = ["", f"{name}Named = TypedDict(", f'    "{name}Named",', "    {"]
    for key in sorted(keywords):
        value = schema["properties"][key]
        lines += [f"        # {line}" for line in textwrap.wrap(value.get("description", ""), WIDTH - 10)]
        lines.append(f'        "{key}": "{type_of(value, name)}",')
    return [*lines, "    },", ")"]


def whole(document: Schema) -> str:
    """Write all types of the document, those that others inherit from first."""
    lines = []
    schemas: dict[str, Schema] = document["components"]["schemas"]
    plain = {name: schema for name, schema in schemas.items() if "allOf" not in schema}
    for name, schema in {**plain, **schemas}.items():
        if "enum" in schema:
            values = [f"    {json.dumps(value)}," for value in schema["enum"]]
            about = [f"# {line}" for line in textwrap.wrap(schema.get("description", ""), WIDTH - 2)]
            lines += ["", *about, f"{name} = Literal[", *values, "]"]
        elif "allOf" in schema:
            base, more = schema["allOf"]
            lines += class_of(name, {**more, "description": schema.get("description", "")}, type_of(base))
        else:
            lines += class_of(name, schema)
    return HEAD + "\n".join(lines) + "\n"


def main() -> int:
    """Write the file, or compare it."""
    wanted = whole(json.loads(DOCUMENT.read_text()))
    if sys.argv[1:] == ["--check"]:
        return 0 if WRITTEN.read_text() == wanted else 1
    WRITTEN.write_text(wanted)
    return 0


if __name__ == "__main__":
    sys.exit(main())
