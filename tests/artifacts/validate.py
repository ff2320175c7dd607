"""Reads dbt artifacts with the models of dbt-artifacts-parser.

Those forbid keys that dbt's schemas do not have and demand those they require,
so what passes here is what other tools can read.

    python validate.py FOLDER NAME...

where FOLDER is a target folder and each NAME one of its artifacts,
`manifest.json` for instance.
"""

import json
import sys
from pathlib import Path

from dbt_artifacts_parser import parser

# The versions that dbt-core 1.11 writes.
READERS = {
    "manifest.json": ("v12", parser.parse_manifest_v12),
    "run_results.json": ("v6", parser.parse_run_results_v6),
    "catalog.json": ("v1", parser.parse_catalog_v1),
    "sources.json": ("v3", parser.parse_sources_v3),
}


def problems_of(path: Path) -> list[str]:
    version, read = READERS[path.name]
    try:
        artifact = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        return [str(error)]
    schema = str(artifact.get("metadata", {}).get("dbt_schema_version"))
    if not schema.endswith(f"/{version}.json"):
        return [f"its schema is {schema}, not {version}"]
    try:
        read(artifact)
    except Exception as error:  # pydantic's errors tell all at once
        errors = getattr(error, "errors", None)
        if errors is None:
            return [repr(error)]
        return nearest_branches(errors())
    return []


def nearest_branches(errors: list[dict]) -> list[str]:
    """Words the errors. A node is tried as every kind of node, and all of these
    fail; only the kind that fits best tells anything."""
    branches: dict[tuple, dict[str, list[str]]] = {}
    for error in errors:
        place, branch, inner = error["loc"][:2], error["loc"][2:3], error["loc"][3:]
        line = f"{'.'.join(map(str, place + inner))}: {error['msg']}"
        branches.setdefault(place, {}).setdefault(str(branch), []).append(line)
    return [line for tried in branches.values() for line in min(tried.values(), key=len)]


def main() -> int:
    folder, names = Path(sys.argv[1]), sys.argv[2:]
    failed = False
    for name in names:
        problems = problems_of(folder / name)
        print(f"{folder / name}: {'not as dbt writes it' if problems else 'ok'}")
        for problem in problems[:50]:
            print(f"  {problem}")
        if len(problems) > 50:
            print(f"  and {len(problems) - 50} more")
        failed |= bool(problems)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
