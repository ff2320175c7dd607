{% test no_overlap(model, key, start_column, end_column, end_is_included=true) %}
{{ return(adapter.dispatch('test_no_overlap', 'healthcare')(model, key, start_column, end_column, end_is_included)) }}
{% endtest %}

{% macro default__test_no_overlap(model, key, start_column, end_column, end_is_included) %}
{%- set keys = healthcare.as_list(key) | join(', ') %}

with spans as (

    select
        {{ keys }},
        {{ start_column }},
        {{ end_column }},
        max(coalesce(cast({{ end_column }} as date), {{ healthcare.end_of_time() }})) over (
            partition by {{ keys }}
            order by {{ start_column }}, {{ end_column }}
            rows between unbounded preceding and 1 preceding
        ) as latest_end_before
    from {{ model }}

)

select *
from spans
where latest_end_before {{ '>=' if end_is_included else '>' }} cast({{ start_column }} as date)

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
      where cast(happened.{{ column_name }} as date) >= cast(spans.{{ start_column }} as date)
        and cast(happened.{{ column_name }} as date) {{ '<=' if end_is_included else '<' }}
            coalesce(cast(spans.{{ end_column }} as date), {{ healthcare.end_of_time() }})
        {%- for one in keys %}
        and happened.{{ one }} = spans.{{ span_keys[loop.index0] }}
        {%- endfor %}
  )

{% endmacro %}
