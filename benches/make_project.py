"""Writes a dbt project of N models, to be timed.

    python benches/make_project.py FOLDER --models 1000

The same arguments give the same files. The shape is a claims warehouse's:
staging models over seeds, intermediate models that join them, facts and marts
over these; macros in most models, two to three tests on each.
"""

import argparse
import random
from pathlib import Path

PROJECT = """\
name: bench
version: "1.0"
config-version: 2
profile: bench
vars:
  from_date: "2023-01-01"
models:
  bench:
    staging: {+materialized: view, +tags: [staging]}
    intermediate: {+materialized: view}
    fact: {+materialized: table, +tags: [fact, nightly]}
    mart: {+materialized: table, +meta: {owner: analytics}}
"""

PROFILE = """\
bench:
  target: dev
  outputs:
    dev:
      type: duckdb
      path: bench.duckdb
      threads: 2
"""

MACROS = """\
{% macro dollars(column, places=2) -%}
  round(cast({{ column }} as double), {{ places }})
{%- endmacro %}

{% macro key_of(columns) -%}
  {%- set parts = [] -%}
  {%- for column in columns -%}
    {%- do parts.append("coalesce(cast(" ~ column ~ " as varchar), '')") -%}
  {%- endfor -%}
  {{ return("md5(" ~ parts | join(" || '|' || ") ~ ")") }}
{%- endmacro %}

{% macro paid_by_type(types) -%}
  {%- for type in types %}
  sum(case when claim_type = '{{ type }}' then paid else 0 end) as paid_{{ type }}
  {%- if not loop.last %},{% endif -%}
  {%- endfor -%}
{%- endmacro %}

{% test not_negative(model, column_name) %}
select {{ column_name }} from {{ model }} where {{ column_name }} < 0
{% endtest %}
"""

COLUMNS = ["claim_id", "member_id", "service_date", "paid", "claim_type", "claim_key"]
SHARES = {"staging": 0.25, "intermediate": 0.3, "fact": 0.3, "mart": 0.15}
# Models of one folder, as people keep them.
PER_FOLDER = 50


def make(
    folder: Path, models: int, rows: int = 200, seed: int = 1, columns: int = len(COLUMNS)
) -> None:
    """Writes the project into an empty or absent folder.

    With more than six columns a model, the further ones are amounts that staging models
    compute, the ones between carry on and marts sum up.
    """
    rng = random.Random(seed)
    more = [f"amount_{number:02}" for number in range(columns - len(COLUMNS))]
    texts = {"dbt_project.yml": PROJECT, "profiles.yml": PROFILE, "macros/macros.sql": MACROS}
    feeds = max(2, min(20, models // 50))
    for feed in range(feeds):
        texts[f"seeds/claims_{feed}.csv"] = feed_csv(rng, rows)
    counts = {layer: max(1, int(models * share)) for layer, share in SHARES.items()}
    counts["mart"] += models - sum(counts.values())

    # What the next layer may read: marts are read by none.
    readable: list[str] = []
    for layer, count in counts.items():
        below = list(readable)
        for number in range(count):
            name = f"{layer}_{number:05}"
            place = f"models/{layer}/{number // PER_FOLDER:03}"
            if layer == "staging":
                texts[f"{place}/{name}.sql"] = staging(number, number % feeds, more)
            elif layer == "mart":
                texts[f"{place}/{name}.sql"] = mart(pick(rng, below, 1)[0], more)
            else:
                incremental = layer == "fact" and number % 10 == 1
                parents = pick(rng, below, rng.choice([1, 2, 2, 3]))
                texts[f"{place}/{name}.sql"] = joined(parents, incremental, more)
            properties = texts.setdefault(f"{place}/properties.yml", "version: 2\nmodels:\n")
            texts[f"{place}/properties.yml"] = properties + described(name, layer)
            if layer != "mart":
                readable.append(name)
        if layer == "staging":
            readable = readable[-count:]
    for number in range(max(1, models // 50)):
        model = f"fact_{number % counts['fact']:05}"
        texts[f"tests/paid_{number:03}.sql"] = (
            f"select * from {{{{ ref('{model}') }}}} where paid > 1000000\n"
        )
    for name, text in texts.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def pick(rng: random.Random, names: list[str], count: int) -> list[str]:
    """Picks parents, mostly among the latest, as in projects that grow."""
    near = names[-max(40, len(names) // 3) :]
    picked = [rng.choice(near if rng.random() < 0.7 else names) for _ in range(count)]
    return list(dict.fromkeys(picked))


def feed_csv(rng: random.Random, rows: int) -> str:
    lines = ["claim_id,member_id,service_date,paid,claim_type"]
    for row in range(1, rows + 1):
        member = rng.randint(1, max(2, rows // 4))
        day = f"2024-{rng.randint(1, 12):02}-{rng.randint(1, 28):02}"
        paid = rng.randint(0, 100_000) / 100
        lines.append(f"{row},{member},{day},{paid:.2f},{rng.choice(['ip', 'op', 'pharmacy'])}")
    return "\n".join(lines) + "\n"


def staging(number: int, feed: int, more: list[str]) -> str:
    amounts = "".join(f",\n  paid * {n + 1} as {name}" for n, name in enumerate(more))
    return (
        "select\n  claim_id,\n  member_id,\n  cast(service_date as date) as service_date,\n"
        "  {{ dollars('paid') }} as paid,\n  claim_type,\n"
        "  {{ key_of(['claim_id', 'claim_type']) }} as claim_key"
        f"{amounts}\nfrom {{{{ ref('claims_{feed}') }}}}\n"
        "where service_date >= cast('{{ var('from_date') }}' as date)\n"
        f"  and claim_id % 7 <> {number % 7}\n"
    )


def joined(parents: list[str], incremental: bool, more: list[str]) -> str:
    head = ""
    if incremental:
        head = (
            "{{ config(materialized='incremental', unique_key='claim_key', "
            "incremental_strategy='delete+insert') }}\n"
        )
    ctes = ",\n".join(
        f"p{i} as (\n  select * from {{{{ ref('{parent}') }}}}\n)"
        for i, parent in enumerate(parents)
    )
    others = "".join(f" + coalesce(p{i}.paid, 0) * 0.{i}" for i in range(1, len(parents)))
    columns = ",\n  ".join(
        f"p0.paid{others} as paid" if column == "paid" else f"p0.{column}" for column in [*COLUMNS, *more]
    )
    joins = "".join(
        f"left join p{i} on p{i}.claim_key = p0.claim_key\n" for i in range(1, len(parents))
    )
    tail = ""
    if incremental:
        tail = (
            "{% if is_incremental() %}\n"
            "where p0.service_date > (select max(service_date) from {{ this }})\n"
            "{% endif %}\n"
        )
    return f"{head}with {ctes}\nselect\n  {columns}\nfrom p0\n{joins}{tail}"


def mart(parent: str, more: list[str]) -> str:
    amounts = "".join(f",\n  sum({name}) as {name}" for name in more)
    return (
        "select\n  member_id,\n  date_trunc('month', service_date) as month,\n"
        "  count(*) as claims,\n  {{ dollars('sum(paid)') }} as total_paid,"
        "\n  {{ paid_by_type(['ip', 'op', 'pharmacy']) }}"
        f"{amounts}\nfrom {{{{ ref('{parent}') }}}}\ngroup by 1, 2\n"
    )


def described(name: str, layer: str) -> str:
    if layer == "mart":
        columns = (
            "      - name: member_id\n        description: Whose claims.\n"
            "        data_tests: [not_null]\n"
            "      - name: total_paid\n        description: What was paid.\n"
            "        data_tests: [not_negative]\n"
        )
    else:
        columns = (
            "      - name: claim_key\n        description: Names the claim.\n"
            "        data_tests: [not_null]\n"
            "      - name: claim_type\n        description: Its kind.\n        data_tests:\n"
            "          - accepted_values:\n"
            "              arguments: {values: [ip, op, pharmacy]}\n"
        )
    return (
        f"  - name: {name}\n    description: A model of the {layer} layer.\n    columns:\n{columns}"
    )


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("folder", type=Path)
    arguments.add_argument("--models", type=int, default=1000)
    arguments.add_argument("--rows", type=int, default=200, help="in each seed")
    arguments.add_argument("--columns", type=int, default=len(COLUMNS), help="of a model")
    arguments.add_argument("--seed", type=int, default=1)
    given = arguments.parse_args()
    make(given.folder, given.models, given.rows, given.seed, given.columns)
