-- The rows that were rejected, as they came, each with its reason. They are looked at
-- again at every run: what was mended leaves the table.
{%- set checked = ['patients', 'encounters', 'transactions', 'claims', 'providers', 'departments'] %}

{%- for table in checked %}
select
    '{{ table }}' as table_name,
    datasource,
    source_file,
    replace(outcome, 'rejected: ', '') as reason,
    record,
    row_hash,
    loaded_at
from {{ ref('checked_' ~ table) }}
where starts_with(outcome, 'rejected')
{{ 'union all' if not loop.last }}
{%- endfor %}
