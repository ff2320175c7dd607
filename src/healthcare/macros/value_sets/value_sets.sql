{#- The value sets that come with this package. -#}
{%- macro public_value_sets() -%}
    {{ return([
        'place_of_service', 'discharge_status', 'admission_type', 'us_state', 'administrative_gender', 'restricted_zip3'
    ]) }}
{%- endmacro %}

{#- Value sets that somebody owns, and who. Whoever has a license supplies them. -#}
{%- macro licensed_value_sets() -%}
    {{ return({
        'cpt': 'the American Medical Association',
        'cdt': 'the American Dental Association',
        'snomed_ct': 'SNOMED International, through the National Library of Medicine in the United States',
        'nubc_revenue_code': 'the American Hospital Association',
        'nubc_bill_type': 'the American Hospital Association',
        'nucc_taxonomy': 'the National Uniform Claim Committee',
    }) }}
{%- endmacro %}

{#- The relation with a value set: one of this package, or the one that the
    variable `healthcare_value_sets` gives for the name. -#}
{%- macro value_set(name) -%}
    {%- set supplied = var('healthcare_value_sets', {}) -%}
    {%- if name is not string -%}
        {{ return(name) }}
    {%- elif name in supplied -%}
        {{ return(ref(supplied[name])) }}
    {%- elif name in healthcare.public_value_sets() -%}
        {{ return(ref('healthcare', 'value_set_' ~ name)) }}
    {%- elif not execute -%}
        {#- Said when the test runs, so that the rest of the project can. -#}
        {{ return(none) }}
    {%- elif name in healthcare.licensed_value_sets() -%}
        {{ exceptions.raise_compiler_error(
            "the value set `" ~ name ~ "` is the property of " ~ healthcare.licensed_value_sets()[name]
            ~ " and does not come with hcdbt. Load the list that your license gives you as a seed or model with the columns"
            ~ " `code`, `effective_from` and `effective_to`, and name it in `dbt_project.yml`:"
            ~ " vars: {healthcare_value_sets: {" ~ name ~ ": my_" ~ name ~ "}}"
        ) }}
    {%- else -%}
        {{ exceptions.raise_compiler_error(
            "there is no value set `" ~ name ~ "`. This package has "
            ~ healthcare.public_value_sets() | join(', ')
            ~ "; the variable `healthcare_value_sets` can name others"
        ) }}
    {%- endif -%}
{%- endmacro %}

{#- Whether a code is in a value set on a day. -#}
{%- macro is_in_value_set(code, value_set, as_of=none) -%}
    {{ return(adapter.dispatch('is_in_value_set', 'healthcare')(code, value_set, as_of)) }}
{%- endmacro %}

{%- macro default__is_in_value_set(code, value_set, as_of) -%}
    exists (
        select 1
        from {{ healthcare.value_set(value_set) }} as value_set
        where {{ healthcare.as_text('value_set.code') }} = {{ healthcare.as_text(code) }}
        {%- if as_of is not none %}
          and coalesce({{ healthcare.day_of('value_set.effective_from') }} <= cast({{ as_of }} as date), true)
          and coalesce({{ healthcare.day_of('value_set.effective_to') }} >= cast({{ as_of }} as date), true)
        {%- endif %}
    )
{%- endmacro %}

{#- A date of a list, whatever type a seed gave to a column that is empty or has texts. -#}
{%- macro day_of(column) -%}
    cast(nullif({{ healthcare.as_text(column) }}, '') as date)
{%- endmacro %}

{% test in_value_set(model, column_name, value_set, as_of=none) %}
{{ return(adapter.dispatch('test_in_value_set', 'healthcare')(model, column_name, value_set, as_of)) }}
{% endtest %}

{% macro default__test_in_value_set(model, column_name, value_set, as_of) %}

with tested as (

    select *
    from {{ model }}

)

select
    {{ column_name }} as failing_value,
    {%- if as_of is not none %}
    {{ as_of }} as as_of,
    {%- endif %}
    count(*) as row_count
from tested
where {{ column_name }} is not null
  {%- if as_of is not none %}
  and {{ as_of }} is not null
  {%- endif %}
  and not {{ healthcare.is_in_value_set('tested.' ~ column_name, value_set, as_of) }}
group by {{ column_name }}{% if as_of is not none %}, {{ as_of }}{% endif %}

{% endmacro %}
