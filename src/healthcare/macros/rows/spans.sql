{% test no_overlap(model, key, start_column, end_column, end_is_included=true) %}
{{ return(adapter.dispatch('test_no_overlap', 'healthcare')(model, key, start_column, end_column, end_is_included)) }}
{% endtest %}

{% macro default__test_no_overlap(model, key, start_column, end_column, end_is_included) %}
{%- set keys = healthcare.as_list(key) %}
{#- A last day is a whole day; the moment at which a span ends may be any of a day. -#}
{%- set type = 'date' if end_is_included else dbt.type_timestamp() %}

with spans as (

    select
        {{ keys | join(', ') }},
        {{ start_column }},
        {{ end_column }},
        coalesce(cast({{ start_column }} as {{ type }}), {{ healthcare.beginning_of_time() }}) as begins,
        coalesce(cast({{ end_column }} as {{ type }}), {{ healthcare.end_of_time() }}) as ends
    from {{ model }}
    where
        {%- for one in keys %}
        {{ 'and ' if not loop.first }}{{ one }} is not null
        {%- endfor %}

),

with_before as (

    select
        *,
        max(ends) over (
            partition by {{ keys | join(', ') }}
            order by begins, ends
            rows between unbounded preceding and 1 preceding
        ) as latest_end_before
    from spans

)

select *
from with_before
where latest_end_before {{ '>=' if end_is_included else '>' }} begins

{% endmacro %}

{% test within_span(model, column_name, to, key, start_column, end_column, span_key=none, end_is_included=true) %}
{{ return(adapter.dispatch('test_within_span', 'healthcare')(
    model, column_name, to, key, start_column, end_column, span_key or key, end_is_included)) }}
{% endtest %}

{% macro default__test_within_span(model, column_name, to, key, start_column, end_column, span_key, end_is_included) %}
{%- set keys = healthcare.as_list(key) %}
{%- set span_keys = healthcare.as_list(span_key) %}
{%- if keys | length != span_keys | length %}
    {{ exceptions.raise_compiler_error('within_span: `key` and `span_key` must have the same number of columns') }}
{%- endif %}
{%- set type = 'date' if end_is_included else dbt.type_timestamp() %}

with happened as (

    select *
    from {{ model }}

),

spans as (

    select *
    from {{ to }}

)

select
    {{ keys | join(', ') }},
    {{ column_name }}
from happened
where {{ column_name }} is not null
  and not exists (
      select 1
      from spans
      where cast(happened.{{ column_name }} as {{ type }}) >= cast(spans.{{ start_column }} as {{ type }})
        and cast(happened.{{ column_name }} as {{ type }}) {{ '<=' if end_is_included else '<' }}
            coalesce(cast(spans.{{ end_column }} as {{ type }}), {{ healthcare.end_of_time() }})
        {%- for one in keys %}
        and happened.{{ one }} = spans.{{ span_keys[loop.index0] }}
        {%- endfor %}
  )

{% endmacro %}
