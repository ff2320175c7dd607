{% test one_row_per(model, columns) %}
{{ return(adapter.dispatch('test_one_row_per', 'healthcare')(model, columns)) }}
{% endtest %}

{% macro default__test_one_row_per(model, columns) %}
{%- set grain = healthcare.as_list(columns) | join(', ') %}

select
    {{ grain }},
    count(*) as row_count
from {{ model }}
group by {{ grain }}
having count(*) > 1

{% endmacro %}

{% test referential_across(model, columns, to, to_columns=none) %}
{{ return(adapter.dispatch('test_referential_across', 'healthcare')(model, columns, to, to_columns or columns)) }}
{% endtest %}

{% macro default__test_referential_across(model, columns, to, to_columns) %}
{%- set keys = healthcare.as_list(columns) %}
{%- set to_keys = healthcare.as_list(to_columns) %}
{%- if keys | length != to_keys | length %}
    {{ exceptions.raise_compiler_error('referential_across: `columns` and `to_columns` must have the same number of columns') }}
{%- endif %}

with child as (

    select *
    from {{ model }}

),

parent as (

    select *
    from {{ to }}

)

select
    {{ keys | join(', ') }},
    count(*) as row_count
from child
where
    {%- for one in keys %}
    {{ 'and ' if not loop.first }}child.{{ one }} is not null
    {%- endfor %}
    and not exists (
        select 1
        from parent
        where
            {%- for one in keys %}
            {{ 'and ' if not loop.first }}child.{{ one }} = parent.{{ to_keys[loop.index0] }}
            {%- endfor %}
    )
group by {{ keys | join(', ') }}

{% endmacro %}

{% test amount_order(model, columns, tolerance=0) %}
{{ return(adapter.dispatch('test_amount_order', 'healthcare')(model, columns, tolerance)) }}
{% endtest %}

{% macro default__test_amount_order(model, columns, tolerance) %}

select {{ columns | join(', ') }}
from {{ model }}
where {{ healthcare.out_of_order(columns, tolerance) }}

{% endmacro %}

{% test leading_zeros_kept(model, column_name, length) %}
{{ return(adapter.dispatch('test_leading_zeros_kept', 'healthcare')(model, column_name, length)) }}
{% endtest %}

{% macro default__test_leading_zeros_kept(model, column_name, length) %}
{%- set digits = healthcare.as_text(column_name) %}
{{ healthcare.failing_values(
    model, column_name,
    'not (' ~ healthcare.matches(digits, '[0-9]+') ~ ' and length(' ~ digits ~ ') < ' ~ length ~ ')'
) }}
{% endmacro %}
