{#- What databases say differently about texts. -#}

{%- macro as_text(expression) -%}
    cast({{ expression }} as {{ dbt.type_string() }})
{%- endmacro %}

{%- macro matches(expression, pattern) -%}
    {{ return(adapter.dispatch('matches', 'healthcare')(expression, pattern)) }}
{%- endmacro %}

{%- macro default__matches(expression, pattern) -%}
    ({{ expression }} ~ '^({{ pattern }})$')
{%- endmacro %}

{%- macro duckdb__matches(expression, pattern) -%}
    regexp_full_match({{ expression }}, '{{ pattern }}')
{%- endmacro %}

{#- Where the character at a place stands in a list of characters, from 0. -#}
{%- macro index_in(characters, text, place) -%}
    (position(substr({{ text }}, {{ place }}, 1) in '{{ characters }}') - 1)
{%- endmacro %}

{%- macro hashed(expression) -%}
    {{ return(adapter.dispatch('hashed', 'healthcare')(expression)) }}
{%- endmacro %}

{%- macro default__hashed(expression) -%}
    encode(sha256(convert_to({{ expression }}, 'UTF8')), 'hex')
{%- endmacro %}

{%- macro duckdb__hashed(expression) -%}
    sha256({{ expression }})
{%- endmacro %}
